import fc from 'fast-check';
import { expect, test } from 'vitest';
import { known, unknown } from '../probe/reading.js';
import type { Stats } from '../server/control.js';
import { countAt, measuredRss, measuredThreads, statsDeltas } from './deltas.js';

const stats = (values: Record<string, string | number>): Stats => ({
  event: 'stats',
  monotonic_ns: 1000,
  user_cpu_us: 10,
  system_cpu_us: 20,
  voluntary_switches: 1,
  involuntary_switches: 2,
  max_rss_bytes: 4096,
  ...values,
});

test('counters become differences, levels stay as they were at the end', () => {
  const first = stats({ requests: 5, syscalls: 10, connections_open: 3, note: 'x' });
  const last = stats({
    monotonic_ns: 9000,
    user_cpu_us: 110,
    max_rss_bytes: 8192,
    requests: 25,
    syscalls: 60,
    connections_open: 3,
    note: 'x',
  });
  const server = { source: 'server', quality: 'exact' };
  const rusage = { source: 'rusage', quality: 'exact' };
  expect(statsDeltas(first, last)).toEqual({
    user_cpu_us: { value: 100, ...rusage },
    system_cpu_us: { value: 0, ...rusage },
    voluntary_switches: { value: 0, ...rusage },
    involuntary_switches: { value: 0, ...rusage },
    max_rss_bytes: { value: 8192, ...server },
    requests: { value: 20, ...server },
    syscalls: { value: 50, ...server },
    connections_open: { value: 3, ...server },
  });
});

test('what a server does not count is null with a why, never 0', () => {
  const deltas = statsDeltas(stats({}), stats({}));
  expect(deltas.syscalls).toEqual({
    value: null,
    source: 'server',
    quality: 'unavailable',
    why: 'the server does not count syscalls',
  });
});

test('a counter that went backwards or came late is not believed', () => {
  const deltas = statsDeltas(stats({ reads: 9 }), stats({ reads: 4, writes: 7 }));
  expect(deltas.reads).toMatchObject({
    value: null,
    why: 'the counter went backwards, from 9 to 4',
  });
  expect(deltas.writes).toMatchObject({ value: null, why: 'the first stats line had no writes' });
});

test('memory and threads keep their source and their doubt', () => {
  const partial = { bytes: 5, source: 'statm', quality: 'partial', why: 'may lag' } as const;
  expect(measuredRss(known(partial))).toEqual({
    value: 5,
    source: 'statm',
    quality: 'partial',
    why: 'may lag',
  });
  expect(measuredRss(unknown('gone'))).toMatchObject({ value: null, why: 'gone' });
  expect(measuredThreads(known([7, 8]))).toMatchObject({ value: 2, quality: 'exact' });
  expect(measuredThreads(unknown('gone'))).toMatchObject({ value: null, why: 'gone' });
});

test('the count at an instant lies on the line between the snapshots', () => {
  const bracket = { beforeNs: 100, afterNs: 200, before: 10, after: 30 };
  expect(countAt(bracket, 100)).toBe(10);
  expect(countAt(bracket, 150)).toBe(20);
  expect(countAt(bracket, 200)).toBe(30);
  expect(countAt(bracket, 5_000_000)).toBe(20);
});

test('whatever the instant, the count is one that the client had between the snapshots', () => {
  const count = fc.nat(1_000_000);
  fc.assert(
    fc.property(
      count,
      count,
      count,
      count,
      fc.integer(),
      (beforeNs, ns, before, grown, instant) => {
        const bracket = { beforeNs, afterNs: beforeNs + ns, before, after: before + grown };
        const at = countAt(bracket, instant);
        expect(at).toBeGreaterThanOrEqual(before);
        expect(at).toBeLessThanOrEqual(before + grown);
      },
    ),
  );
});
