import { expect, test } from 'vitest';
import { LatencyRecorder } from '../load/histogram.js';
import type { Part } from './merge.js';
import { processEntries } from './process-entries.js';

const unknown = { ok: false, why: 'not looked at' } as const;

/** A slice in which so many replies came between the stats lines, of so many in the life so far. */
function part(completedBetweenStats: number, completedInAll: number): Part {
  const service = new LatencyRecorder().summary();
  return {
    round: 0,
    leg: 0,
    errors: 0,
    completedInAll,
    tenths: { why: 'not recorded' },
    warmup: { completed: 1, wanted: 1, errors: 0 },
    seen: { firstNs: 0, lastNs: 1, completedBetweenStats, uncertain: 0, harnessUs: 0, server: {} },
    window: {
      startNs: 0n,
      endNs: 1n,
      completed: 1,
      sent: 1,
      ok: 1,
      errors: {},
      unfinished: 0,
      unanswered: 0,
      timeouts: 0,
      bytesRead: 0,
      service,
      cpuUs: { value: 1, source: 'test', quality: 'exact' },
    },
  };
}

const known = <T>(value: T) => ({ ok: true, value }) as const;
const instant = (delayNs: number, migrations: number) => ({
  process: {
    runDelayNs: known(new Map([[1, delayNs]])),
    migrations: known(new Map([[1, migrations]])),
  },
});

test('counts of a whole life are scaled to the requests of its windows, and said to be partial', () => {
  // 200 requests in the windows, of 400.
  const parts = [part(120, 180), part(80, 400)];
  const entries = processEntries(instant(1000, 3), instant(801_000, 13), parts);
  expect(entries.run_queue_wait_us?.value).toBeCloseTo(400, 9);
  expect(entries.migrations?.value).toBe(5);
  for (const entry of Object.values(entries)) {
    expect(entry.quality).toBe('partial');
    expect(entry.why).toContain('warm-ups included, and scaled to the windows');
  }
});

test('no scale exceeds the life itself, whatever the two counts of requests say', () => {
  const entries = processEntries(instant(0, 0), instant(1000, 8), [part(101, 100)]);
  expect(entries.migrations?.value).toBe(8);
});

test('what could not be read stays unknown, with its reason', () => {
  const none = { process: { runDelayNs: unknown, migrations: unknown } };
  const { migrations } = processEntries(none, instant(1, 1), [part(1, 1)]);
  expect(migrations).toMatchObject({ value: null, quality: 'unavailable', why: 'not looked at' });
});
