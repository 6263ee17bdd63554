import { describe, expect, test } from 'vitest';
import type { SentinelReport } from '../probe/native.js';
import type { Trial } from '../results/schema.js';
import { failTrial, makeRun } from '../results/testing.js';
import { THRESHOLDS } from '../results/thresholds.js';
import { type Look, look, withLooks } from './sentinel.js';

const trial = makeRun({ blocks: 1, connections: [1] }).trials[0] as Trial;

function report(change: Partial<SentinelReport> = {}): SentinelReport {
  return { lostShare: 0.001, maxGapUs: 300, gaps: 3, elapsedMs: 300, turnsPerMs: 1000, ...change };
}

const quiet: Look = new Map([
  [0, report()],
  [1, report()],
]);

function seen(before: Look, after: Look | null, of: Trial = trial) {
  const { status, reason, checks, machine } = withLooks(of, THRESHOLDS, before, after);
  const level = (name: string) => checks.find((check) => check.name === name)?.level;
  return { status, reason, machine, level };
}

describe('withLooks', () => {
  test('a quiet machine changes nothing but the record', () => {
    const { status, machine, level } = seen(quiet, quiet);
    expect(status).toBe('ok');
    expect(machine.sentinel_lost_percent).toMatchObject({ value: 0.1, quality: 'sampled' });
    expect(machine.sentinel_gap_us).toMatchObject({ value: 300 });
    expect(machine.clock_drift_percent).toMatchObject({ value: 0 });
    expect(level('sentinel_gap_us')).toBe('ok');
  });

  test('the worst CPU of both looks counts', () => {
    const noisy: Look = new Map([
      [0, report()],
      [1, report({ lostShare: 0.06, maxGapUs: 3000 })],
    ]);
    for (const [before, after] of [
      [noisy, quiet],
      [quiet, noisy],
    ] as const) {
      const { status, reason, level } = seen(before, after);
      expect(status).toBe('void');
      expect(reason).toBe('6 % of its time a thread that only spins lost, on some CPU (limit 5 %)');
      expect(level('sentinel_gap_us')).toBe('warn');
    }
  });

  test('drift is known after the block only', () => {
    const slower: Look = new Map([
      [0, report({ turnsPerMs: 650 })],
      [1, report()],
    ]);
    expect(seen(quiet, null).machine).not.toHaveProperty('clock_drift_percent');
    expect(seen(quiet, slower).machine.clock_drift_percent?.value).toBeCloseTo(35, 9);
    expect(seen(quiet, slower).status).toBe('void');
  });

  test('a failed trial stays failed, and a look that was not possible voids nothing', () => {
    const lost: Look = new Map([[0, report({ lostShare: 0.5 })]]);
    expect(seen(lost, null, failTrial(trial)).status).toBe('failed');
    const none = seen({ why: 'not permitted' }, null);
    expect(none.status).toBe('ok');
    expect(none.machine.sentinel_gap_us).toMatchObject({ value: null, why: 'not permitted' });
    expect(none.level('sentinel_gap_us')).toBe('warn');
  });
});

test('look: every CPU once, and the reason where one fails', async () => {
  const asked: number[] = [];
  const placement = { serverCpus: [0, 1], clientCpus: [1, 2] };
  const found = await look(async (cpu) => {
    asked.push(cpu);
    return report();
  }, placement);
  expect(asked).toEqual([0, 1, 2]);
  expect(found).toEqual(new Map([0, 1, 2].map((cpu) => [cpu, report()])));
  const failed = await look(() => Promise.reject(new Error('CPU 1 is offline')), placement);
  expect(failed).toEqual({ why: 'CPU 1 is offline' });
});
