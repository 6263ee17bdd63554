import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clip, clock, duration, figure, ratioFigure, shortFigure, wrap } from './text.js';

describe('figure', () => {
  it.each([
    [0, '0'],
    [0.00001, '<0.0001'],
    [0.00123, '0.0012'],
    [0.01234, '0.0123'],
    [0.9996, '1.00'],
    [0.998, '0.998'],
    [1, '1.00'],
    [9.996, '10.0'],
    [12.345, '12.3'],
    [99.96, '100'],
    [123.4, '123'],
    [999.4, '999'],
    [999.6, '1000'],
    [24137, '24100'],
  ])('%d is %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it('is within half a per cent of the value', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 1e7, noNaN: true }), (value) => {
        expect(Math.abs(Number(figure(value)) / value - 1)).toBeLessThan(0.00501);
      }),
    );
  });

  it('is never longer than seven characters below ten million', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9.9e6, noNaN: true }), (value) => {
        expect(figure(value).length).toBeLessThanOrEqual(7);
      }),
    );
  });
});

describe('shortFigure', () => {
  it.each([
    [9994, '9990'],
    [9996, '10.0k'],
    [104_213, '104k'],
    [999_400, '999k'],
    [999_600, '1.00M'],
    [1_234_567, '1.23M'],
  ])('%d is %s', (value, text) => {
    expect(shortFigure(value)).toBe(text);
  });
});

describe('ratioFigure', () => {
  it.each([
    [1, '1.00'],
    [0.8149, '0.81'],
    [0.0512, '0.051'],
    [0.00512, '0.0051'],
    [12.34, '12.3'],
    [91.2, '91.2'],
    [9.994, '9.99'],
  ])('%d is %s', (value, text) => {
    expect(ratioFigure(value)).toBe(text);
  });
});

describe('durations', () => {
  it.each([
    [400, '0 s'],
    [59_400, '59 s'],
    [59_600, '1 min 0 s'],
    [198_000, '3 min 18 s'],
    [2_550_000, '43 min'],
    [3_900_000, '1 h 5 min'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [0, '0:00'],
    [1, '0:01'],
    [112_000, '1:52'],
    [3_900_000, '1:05:00'],
  ])('a clock shows %d ms as %s', (ms, text) => {
    expect(clock(ms)).toBe(text);
  });
});

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
  });
});
