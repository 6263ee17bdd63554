import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clip, wrap } from './text.js';

describe('wrap', () => {
  it('keeps lines within the width and loses no word', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(words, fc.integer({ min: 24, max: 100 }), (list, width) => {
        const lines = wrap(list.join(' '), width, '  ').split('\n');
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        expect(lines.join(' ').split(/ +/)).toEqual(list);
      }),
    );
  });

  it('does not part a number from its per cent, nor a mark from its explanation', () => {
    expect(wrap('it is 31 % more', 8)).toBe('it is\n31 %\nmore');
    expect(wrap('~  same here', 7)).toBe('~  same\nhere');
  });

  it('gives the first line its whole width and indents the others', () => {
    expect(wrap('aaaa bbbb cccc', 9, '  ')).toBe('aaaa bbbb\n  cccc');
    expect(wrap('a b\nc d', 1, '  ')).toBe('a\n  b\nc\n  d');
  });

  it('leaves everything on one line when there is no end to it', () => {
    const text = 'a message '.repeat(99).trim();
    expect(wrap(text, Number.POSITIVE_INFINITY, '  ')).toBe(text);
  });

  it('leaves words alone that are longer than the width', () => {
    expect(wrap('a file:///very/long/path b', 8)).toBe('a\nfile:///very/long/path\nb');
  });
});

describe('clip', () => {
  it('marks what it cuts off', () => {
    expect(clip('abcdef', 6)).toBe('abcdef');
    expect(clip('abcdef', 5)).toBe('abcd…');
    expect(clip('a😀😀b', 3)).toBe('a😀…');
  });
});
