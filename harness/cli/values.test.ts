import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import {
  parseChoice,
  parseCount,
  parseCounts,
  parseDuration,
  parseNames,
  parsePercent,
  parseSeed,
} from './values.js';

function refusal(act: () => unknown): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('values of options', () => {
  it('are whole numbers in a range', () => {
    const range = { min: 1, max: 1000 };
    expect(parseCount('--blocks', '1', range)).toBe(1);
    expect(parseCount('--blocks', '1000', range)).toBe(1000);
    for (const text of ['0', '1001', '-1', '1.5', '1e2', '0x10', '', ' 1', '9'.repeat(30)]) {
      const { message, remedy, exitCode } = refusal(() => parseCount('--blocks', text, range));
      expect(message).toContain('--blocks cannot be');
      expect(remedy).toBe('give a whole number from 1 to 1000');
      expect(exitCode).toBe(2);
    }
  });

  it('are lists of numbers, sorted, each once', () => {
    const range = { min: 1, max: 1000 };
    expect(parseCounts('--connections', '512, 1,64,1', range)).toEqual([1, 64, 512]);
    refusal(() => parseCounts('--connections', '1,,2', range));
    refusal(() => parseCounts('--connections', '', range));
  });

  it('are lists of names, each once', () => {
    expect(parseNames('--variants', 'b, a,b')).toEqual(['b', 'a']);
    refusal(() => parseNames('--variants', 'a,'));
  });

  it('are times in milliseconds or seconds', () => {
    const range = { min: 50, max: 600_000 };
    expect(parseDuration('--window', '1500', range)).toBe(1500);
    expect(parseDuration('--window', '1500ms', range)).toBe(1500);
    expect(parseDuration('--window', '1.5s', range)).toBe(1500);
    for (const text of ['1h', '49', '601s', '-1s', 's', '1.s', '1,5s', '']) {
      expect(refusal(() => parseDuration('--window', text, range)).remedy).toContain(
        '50ms to 600s',
      );
    }
    expect(parseDuration('--warmup', '0', { min: 0, max: 1 })).toBe(0);
  });

  it('are shares in per cent', () => {
    const range = { min: 0.5, max: 50 };
    const parse = (text: string) => parsePercent('--precision', text, range);
    expect(['3%', '3', '3 %', '2.5%', '0.5', '50%'].map(parse)).toEqual([
      0.03, 0.03, 0.03, 0.025, 0.005, 0.5,
    ]);
    for (const text of ['', '%', '0', '0.4%', '51', '-3%', '3,5%', '3%%', '3e1', '0.03x']) {
      const { message, remedy, exitCode } = refusal(() => parse(text));
      expect(message).toContain('--precision cannot be');
      expect(remedy).toBe('give a percentage from 0.5% to 50%, for example 3% or 2.5%');
      expect(exitCode).toBe(2);
    }
  });

  it('are one of a few words', () => {
    expect(parseChoice('--profile', 'full', ['smoke', 'full'])).toBe('full');
    const { message, remedy } = refusal(() => parseChoice('--profile', 'fll', ['smoke', 'full']));
    expect(message).toBe('there is no profile fll');
    expect(remedy).toBe('did you mean full? there are smoke, full');
  });

  it('are seeds that any shell takes as they are', () => {
    expect(parseSeed('--seed', '2026-11.a:b_c+d')).toBe('2026-11.a:b_c+d');
    for (const text of ['', 'a b', '$x', 'a/b', 'x'.repeat(65)]) {
      refusal(() => parseSeed('--seed', text));
    }
  });
});
