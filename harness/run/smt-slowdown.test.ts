import { expect, test } from 'vitest';
import { hiddenSmt } from '../findings/hidden-smt.js';
import type { SentinelReport, Spin } from '../probe/native.js';
import { Interrupted } from '../server/wait.js';
import { judgeRounds, smtSlowdown } from './smt-slowdown.js';

const on = { serverCpus: [0], clientCpus: [1] };
const { signal } = new AbortController();

function report(turnsPerMs: number | null): SentinelReport {
  return { lostShare: 0.3, maxGapUs: 9000, gaps: 4, elapsedMs: 100, turnsPerMs };
}

/** CPUs whose speed is divided by `together` while another one spins as well. */
function machine(together: number): Spin {
  let spinning = 0;
  return async (cpu) => {
    spinning += 1;
    await Promise.resolve();
    const speed = (1000 + 100 * cpu) / (spinning > 1 ? together : 1);
    await Promise.resolve();
    spinning -= 1;
    return report(speed);
  };
}

test.each([
  [1, false],
  [1.05, false],
  [1.3, true],
  [2, true],
])('CPUs that slow each other down by %d', async (together, isWarned) => {
  const value = await smtSlowdown(machine(together), on, signal);
  expect(value.value).toBeCloseTo(together, 6);
  expect(value.source).toContain(`6 rounds, from ${together.toFixed(2)}`);
  const calibration = { durationMs: 1, values: [value], selfTests: [] };
  expect(hiddenSmt(calibration) !== null).toBe(isWarned);
});

test('one round that something disturbed does not matter; two that disagree do', () => {
  expect(judgeRounds([1.0, 1.02, 1.01, 1.9, 0.99, 1.0]).value).toBeCloseTo(1.005, 6);
  const moved = judgeRounds([1.0, 1.6, 1.01, 1.55, 1.62, 1.0]);
  expect(moved).toMatchObject({ value: null, why: 'noisy: the rounds go from 1.00 to 1.62' });
});

test('what cannot be measured is null with a why', async () => {
  const whyOf = async (spin: Spin | undefined, placement = on) => {
    const { value, why } = await smtSlowdown(spin, placement, signal);
    expect(value).toBeNull();
    return why;
  };
  expect(await whyOf(undefined)).toBe('no thread can spin here');
  const shared = { serverCpus: [0], clientCpus: [0] };
  expect(await whyOf(machine(1), shared)).toBe('server and client share their only CPU');
  expect(await whyOf(async () => report(null))).toBe('a spinning thread never ran');
  const failing = async () => Promise.reject(new Error('cannot pin a thread to CPU 1'));
  expect(await whyOf(failing)).toBe('cannot pin a thread to CPU 1');
});

test('an interruption ends it', async () => {
  await expect(smtSlowdown(machine(1), on, AbortSignal.abort())).rejects.toThrow(Interrupted);
});
