import { expect, test } from 'vitest';
import { HARDWARE_EVENTS, KERNEL_EVENTS } from '../probe/native.js';
import type { PerfReadings } from '../probe/perf.js';
import { known, unknown } from '../probe/reading.js';
import type { Stats } from '../server/control.js';
import { counterEntries, perfAgainstRusage } from './counters.js';
import { usageEntries } from './deltas.js';

const stats = (voluntary: number, requests = 0): Stats => ({
  event: 'stats',
  monotonic_ns: 0,
  voluntary_switches: voluntary,
  involuntary_switches: 0,
  requests,
});

/** Every counter at one value. */
const counters = (value: number): PerfReadings =>
  new Map(
    KERNEL_EVENTS.map((event) => [
      event,
      { ok: true, value: { value, enabledNs: 1, runningNs: 1 } },
    ]),
  );

const reading = (voluntary: number, value: number, requests = 0) => ({
  stats: stats(voluntary, requests),
  counters: counters(value),
});

test('entries of a server under counters, and none without them', () => {
  const entries = counterEntries(reading(0, 1000), reading(50, 6000));
  expect(Object.fromEntries(Object.entries(entries).map(([key, one]) => [key, one.value]))).toEqual(
    {
      perf_context_switches: 5000,
      perf_migrations: 5000,
      perf_page_faults: 5000,
      perf_task_clock_us: 5,
      traced_syscalls: 5000,
    },
  );
  expect(counterEntries({ stats: stats(0) }, { stats: stats(9) })).toEqual({});
});

const hardware = (instructions: number): PerfReadings =>
  new Map(
    HARDWARE_EVENTS.map((event) => [
      event,
      {
        ok: true,
        value: { value: event === 'llc_misses' ? 0 : instructions, enabledNs: 1, runningNs: 1 },
      },
    ]),
  );

test('counters of the hardware alone: their entries and no others; no cache miss is a true 0', () => {
  const start = { stats: stats(0), counters: hardware(0) };
  const entries = counterEntries(start, { stats: stats(50, 20), counters: hardware(90_000) });
  expect(Object.keys(entries)).toEqual(HARDWARE_EVENTS.map((event) => `hw_${event}`));
  expect(entries.hw_user_cycles).toMatchObject({ value: 90_000, quality: 'exact' });
  expect(entries.hw_llc_misses).toMatchObject({ value: 0, quality: 'exact' });
});

test('a counter of instructions that stands still while requests are answered: nothing is known', () => {
  const counters = hardware(7);
  const entries = counterEntries({ stats: stats(0), counters }, { stats: stats(50, 20), counters });
  for (const entry of Object.values(entries)) {
    expect(entry).toMatchObject({ value: null, why: expect.stringContaining('no instruction') });
  }
});

test('0 switches where rusage counted some: blind, so nothing is known', () => {
  const entries = counterEntries(reading(0, 7), reading(50, 7));
  for (const entry of Object.values(entries)) {
    expect(entry).toMatchObject({
      value: null,
      quality: 'unavailable',
      why: expect.stringContaining('kernel events'),
    });
  }
});

test('0 switches where rusage counted none: a true 0', () => {
  const entries = counterEntries(reading(4, 7), reading(4, 7));
  expect(entries.perf_context_switches).toMatchObject({ value: 0, quality: 'exact' });
});

test('0 system calls where requests were answered: that counter alone is blind', () => {
  const last = reading(0, 7, 20);
  const entries = counterEntries(reading(0, 7), last);
  expect(entries.traced_syscalls).toMatchObject({ value: null });
  expect(entries.perf_page_faults).toMatchObject({ value: 0 });
});

const exact = (value: number) => ({ value, source: 's', quality: 'exact' }) as const;
const server = (perf: number, voluntary: number, involuntary: number) => ({
  perf_context_switches: exact(perf),
  voluntary_switches: exact(voluntary),
  involuntary_switches: exact(involuntary),
});

test.each([
  [10_000, 9_000, 1_000, 0, 'ok'],
  [10_050, 10_000, 0, 0.5, 'ok'],
  [10_200, 10_000, 0, 2, 'warn'],
  [0, 10_000, 0, 100, 'warn'],
  // Few switches: those that fall between the two readings are no disagreement.
  [25, 10, 0, 150, 'ok'],
])('perf %i against rusage %i + %i', (perf, voluntary, involuntary, percent, level) => {
  const check = perfAgainstRusage(server(perf, voluntary, involuntary));
  expect(check).toMatchObject({ name: 'perf_against_rusage_percent', value: percent, level });
});

test('what cannot be compared says why, with a warning', () => {
  const { voluntary_switches: _, ...silent } = server(5, 5, 5);
  expect(perfAgainstRusage(silent)).toMatchObject({ value: null, level: 'warn' });
  const closed = { value: null, source: 's', quality: 'unavailable', why: 'EACCES' } as const;
  const check = perfAgainstRusage({ ...server(5, 5, 5), perf_context_switches: closed });
  expect(check.text).toContain('EACCES');
});

test('/proc stands in for the rusage keys that are missing, and for those alone', () => {
  const usage = (us: number) => ({
    times: known({ userUs: us, systemUs: 2 * us }),
    voluntary: known(new Map([[1, us]])),
    involuntary: unknown('gone'),
    peakRss: known(4096),
  });
  const { voluntary_switches: _, ...line } = stats(3);
  const first = { stats: line as Stats, usage: usage(10_000) };
  const last = { stats: line as Stats, usage: usage(30_000) };
  expect(usageEntries(first, last)).toEqual({
    user_cpu_us: expect.objectContaining({ value: 20_000, quality: 'partial' }),
    system_cpu_us: expect.objectContaining({ value: 40_000, quality: 'partial' }),
    voluntary_switches: expect.objectContaining({ value: 20_000, quality: 'partial' }),
    max_rss_bytes: expect.objectContaining({ value: 4096, quality: 'exact' }),
  });
  expect(usageEntries({ stats: stats(1) }, { stats: stats(2) })).toEqual({});
});
