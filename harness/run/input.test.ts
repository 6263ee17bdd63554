import { expect, test } from 'vitest';
import { makeRun } from '../results/testing.js';
import { extrasOf, planOf, type RunInput } from './input.js';
import { fixtureVariant, resumedInput, runInput } from './testing.js';

const variants = [fixtureVariant('good')];
const { input: fresh } = runInput('/nowhere', variants, { instrumented: true });
const { header, trials } = makeRun({ blocks: 1, connections: [1] });
const earlier = { header, trials, truncated: false };
const sweep = {
  slosMs: [1],
  commonShares: [0.5],
  ownShares: [0.5],
  pilot: { warmupMs: 1, windowMs: 1 },
};

test('a run that is taken up has the plan of its header, the others their own', () => {
  expect(planOf(fresh)).toBe(fresh.plan);
  expect(planOf({ ...fresh, kind: 'batch' })).toBe(fresh.plan);
  expect(planOf({ ...fresh, kind: 'sweep' })).toBe(fresh.plan);
  expect(planOf(resumedInput('/nowhere', variants, earlier))).toBe(header.plan);
});

test('only a run of a comparison measures more than its trials', () => {
  expect(extrasOf(fresh).instrumented).toBe(true);
  const resumed = resumedInput('/nowhere', variants, earlier, { instrumented: true });
  expect(extrasOf(resumed).instrumented).toBe(true);
  const others: RunInput[] = [
    { ...fresh, kind: 'batch' },
    { ...fresh, kind: 'sweep', sweep },
  ];
  for (const one of others) expect(extrasOf(one)).toEqual({});
});
