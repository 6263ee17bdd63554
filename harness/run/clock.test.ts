import { expect, test } from 'vitest';
import { blockMs } from '../plan/estimate.js';
import type { Plan } from '../results/schema.js';
import { plannedBlocks } from './agenda.js';
import { Clock } from './clock.js';
import { keepalive, planOf } from './testing.js';

const condition = keepalive(2);

function clockOf(overrides: Partial<Plan> = {}) {
  const conditions = [condition];
  const plan = planOf(['a', 'b'], { conditions, blocks: 11, windowMs: 1000, ...overrides });
  const blocks = plannedBlocks(plan, new Set(['a', 'b']));
  return { clock: new Clock(plan), blocks, eachMs: blockMs(plan, condition, ['a', 'b']) };
}

test('time left is the estimate, corrected by how long the blocks took that were measured', () => {
  const { clock, blocks, eachMs } = clockOf();
  // Two windows of a second, and what is around them.
  expect(eachMs).toBeGreaterThan(2000);
  expect(eachMs).toBeLessThan(4000);
  expect(clock.remainingMs(blocks)).toBe(Math.round(11 * eachMs));
  const [first, second, ...left] = blocks;
  if (first === undefined || second === undefined) throw new Error('no blocks');
  clock.note(first, 1.1 * eachMs);
  clock.note(second, 1.5 * eachMs);
  expect(clock.remainingMs(left)).toBe(Math.round(9 * 1.3 * eachMs));
  expect(clock.remainingMs([])).toBe(0);
});

test('lives in slices have their slices, those of the reference in each leg', () => {
  const times = { rounds: 2, firstWarmupMs: 100, warmupMs: 20, windowMs: 50 };
  const sliced = (legs: string[][]) =>
    clockOf({ slicing: { [condition.id]: { ...times, legs } } }).eachMs;
  // Two further slices of the reference.
  const [once, twice] = [sliced([['a', 'b']]), sliced([['a', 'b'], ['a']])];
  expect(twice - once).toBeGreaterThanOrEqual(2 * (20 + 50));
  expect(twice - once).toBeLessThan(2 * (20 + 50) + 30);
});

test('a block of fewer servers takes less', () => {
  const { clock, blocks, eachMs } = clockOf();
  const one = blocks.slice(0, 1).map((block) => ({ ...block, places: block.places.slice(0, 1) }));
  expect(clock.remainingMs(one)).toBeLessThan(0.7 * eachMs);
});
