import { expect, it } from 'vitest';
import type { Condition, Trial } from '../results/schema.js';
import { failTrial } from '../results/testing.js';
import { makeSweepResults } from '../results/testing-sweep.js';
import { levelOf } from './service-level.js';

const { header, trials } = makeSweepResults();
const condition: Condition =
  header.plan.conditions.find(({ id }) => id.endsWith('-20000')) ?? expect.fail('no condition');
const trial: Trial =
  trials.find((one) => one.condition === condition.id && one.subject === 'go-net') ??
  expect.fail('no trial');
const counts = trial.counts ?? expect.fail('no counts');

/** 14,000 requests due in 0.7 s. */
function level(change: Partial<typeof counts>, sloMs = 1) {
  return levelOf({ ...trial, counts: { ...counts, ...change } }, condition, sloMs);
}

it('holds with p99 within the limit and nothing else amiss', () => {
  expect(level({})).toEqual({ p99Us: expect.closeTo(150.8, 1), holds: true, why: null });
  expect(level({}, 0.1)).toMatchObject({ holds: false, why: 'p99 of 0.15 ms' });
});

it('does not hold when replies fall short, fail or pile up', () => {
  expect(level({ completed: 13_860 }).holds).toBe(true);
  expect(level({ completed: 13_850 }).why).toBe('replies for 98.9 % of what was due');
  expect(level({ errors: { reset: 1 } }).why).toBe('1 requests had no good reply');
  expect(level({ timeouts: 2 }).why).toBe('2 requests had no good reply');
  // 20 arrive within 1 ms; the 64 connections allow for more.
  expect(level({ ok: 14_000 - 64 }).holds).toBe(true);
  expect(level({ ok: 14_000 - 65 }).why).toBe('a backlog of 65 requests');
  expect(level({ ok: 14_000 - 65 }, 5).holds).toBe(true);
});

it('is unknown, and so not held, for a failed trial or one without a p99', () => {
  expect(levelOf(failTrial(trial, 'it died'), condition, 1).why).toBe('failed: it died');
  const { latency } = trial;
  if (latency?.response == null) throw new Error('no response times');
  const few = { ...latency, response: { ...latency.response, count: 999 } };
  expect(levelOf({ ...trial, latency: few }, condition, 1)).toEqual({
    p99Us: null,
    holds: false,
    why: 'fewer requests than a p99 needs',
  });
});
