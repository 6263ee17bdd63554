import fc from 'fast-check';
import { expect, test } from 'vitest';
import fixture from './fixtures/tests.json' with { type: 'json' };
import { holm } from './holm.js';

test.each(fixture.holm)("agrees with R's p.adjust: $p", ({ p, adjusted }) => {
  holm(p).forEach((value, i) => {
    expect(value).toBeCloseTo(adjusted[i] as number, 12);
  });
  expect(holm(p)).toHaveLength(p.length);
});

test('never below the p-value itself, never above Bonferroni, and in the same order', () => {
  const families = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
  fc.assert(
    fc.property(families, (p) => {
      const adjusted = holm(p);
      p.forEach((own, i) => {
        const value = adjusted[i] as number;
        expect(value).toBeGreaterThanOrEqual(own);
        expect(value).toBeLessThanOrEqual(Math.min(1, own * p.length));
        p.forEach((other, j) => {
          if (own < other) expect(value).toBeLessThanOrEqual(adjusted[j] as number);
        });
      });
    }),
    { seed: 20260302, numRuns: 200 },
  );
});
