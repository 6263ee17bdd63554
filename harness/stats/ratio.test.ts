import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Pair, pairedRatio } from './ratio.js';

/** The same cases in every run. */
const SEEDED = { seed: 20260302, numRuns: 200 };

const value = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const pairs = fc.array(fc.record({ subject: value, reference: value }), {
  minLength: 6,
  maxLength: 30,
});

function close(a: number | null, b: number | null): void {
  expect(a === null || b === null ? a : a / b).toBeCloseTo(b === null ? Number.NaN : 1, 9);
}

describe('properties', () => {
  test('b / a is the mirror image of a / b', () => {
    fc.assert(
      fc.property(pairs, (sample) => {
        const there = pairedRatio(sample);
        const back = pairedRatio(
          sample.map(({ subject, reference }) => ({ subject: reference, reference: subject })),
        );
        close(back.estimate, 1 / (there.estimate as number));
        close(back.lo, 1 / (there.hi as number));
        close(back.hi, 1 / (there.lo as number));
        expect(back.confidence).toBe(there.confidence);
      }),
      SEEDED,
    );
  });

  test('the unit does not matter, nor what slows a whole block', () => {
    const factors = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 30 });
    fc.assert(
      fc.property(pairs, factors, (sample, slow) => {
        const plain = pairedRatio(sample);
        const scaled = pairedRatio(
          sample.map(({ subject, reference }, i) => ({
            subject: subject * 1000 * (slow[i] as number),
            reference: reference * 1000 * (slow[i] as number),
          })),
        );
        close(scaled.estimate, plain.estimate);
        close(scaled.lo, plain.lo);
        close(scaled.hi, plain.hi);
      }),
      SEEDED,
    );
  });
});

const six = [1.1, 1.2, 1.3, 1.1, 1.2, 1.3].map((r, i): Pair => {
  return { subject: r * (i + 1), reference: i + 1 };
});

describe('what a pair can lack', () => {
  test('all there: a ratio, an interval, no why', () => {
    const result = pairedRatio(six);
    expect(result.estimate).toBeCloseTo(1.2, 2);
    expect(result).toMatchObject({ n: 6, confidence: 0.96875 });
    expect(result).not.toHaveProperty('why');
  });

  test('a missing value takes its pair away and is mentioned', () => {
    const result = pairedRatio([...six, { subject: null, reference: 3 }]);
    expect(result.estimate).toBe(pairedRatio(six).estimate);
    expect(result).toMatchObject({ n: 6, why: '1 of 7 pairs lack a value' });
  });

  test('too few pairs left: a ratio without an interval', () => {
    const result = pairedRatio([...six.slice(1), { subject: 1, reference: null }]);
    expect(result).toMatchObject({ n: 5, lo: null, hi: null, confidence: null });
    expect(result.estimate).toBeCloseTo(1.2, 1);
    expect(result.why).toContain('6 are needed');
    expect(result.why).toContain('1 of 6 pairs lack a value');
  });

  test.each([0, -1])('a value of %i refuses the ratio: no choosing of blocks by outcome', (bad) => {
    const nothing = { estimate: null, lo: null, hi: null, confidence: null, n: 7 };
    const why = 'no ratio: a value is 0 or below in 1 of 7 pairs';
    expect(pairedRatio([...six, { subject: bad, reference: 1 }])).toEqual({ ...nothing, why });
    expect(pairedRatio([...six, { subject: 1, reference: bad }])).toEqual({ ...nothing, why });
  });

  test('no pairs at all', () => {
    expect(pairedRatio([])).toMatchObject({ estimate: null, n: 0, why: 'no pairs' });
  });
});
