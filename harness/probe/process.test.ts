import { expect, test } from 'vitest';
import {
  parseCpuTimes,
  parseInvoluntary,
  parseMigrations,
  parsePeakRss,
  parseRunDelay,
  parseVoluntary,
  processDeltas,
  readPerThread,
  readProcessState,
  readUsage,
  threadGrowth,
  usageDeltas,
} from './process.js';
import { known, unknown } from './reading.js';

const STATUS =
  'Name:\tx\nVmHWM:\t  2048 kB\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n';

test('the files of a thread and of a process', () => {
  expect(parseRunDelay('100 2500 7\n')).toBe(2500);
  expect(parseRunDelay('0\n')).toBeNull();
  expect(parseMigrations('se.nr_migrations                             :  42\n')).toBe(42);
  expect(parseMigrations('policy : 0\n')).toBeNull();
  expect([parseVoluntary(STATUS), parseInvoluntary(STATUS)]).toEqual([12, 3]);
  expect(parsePeakRss(STATUS)).toBe(2_097_152);
  expect([parseVoluntary(''), parseInvoluntary(''), parsePeakRss('')]).toEqual([null, null, null]);
});

test('CPU times behind a name that tries to confuse', () => {
  const stat = '7 (a) b) S 1 7 7 0 -1 4194304 1 0 0 0 150 25 9 9 20 0 1 0 5 6 7\n';
  expect(parseCpuTimes(stat)).toEqual({ userUs: 1_500_000, systemUs: 250_000 });
  expect(parseCpuTimes('7 (a) S\n')).toBeNull();
});

test('growth over the threads alive at the end: old, new, and new under an old id', () => {
  const first = new Map([
    [1, 100],
    [2, 50],
    [3, 900],
  ]);
  const last = new Map([
    [1, 130],
    [3, 5],
    [4, 7],
  ]);
  expect(threadGrowth(first, last)).toBe(30 + 5 + 7);
});

test('what could not be read is unavailable, never 0', () => {
  const nothing = { runDelayNs: unknown('no schedstat'), migrations: unknown('no sched') };
  expect(processDeltas(nothing, nothing)).toEqual({
    run_queue_wait_us: expect.objectContaining({ value: null, why: 'no schedstat' }),
    migrations: expect.objectContaining({ value: null, why: 'no sched' }),
  });
  const some = { ...nothing, runDelayNs: known(new Map([[1, 5000]])) };
  expect(processDeltas(some, some).run_queue_wait_us).toMatchObject({
    value: 0,
    quality: 'partial',
  });
});

test('too many threads, and a process that is gone, are unknown', () => {
  expect(readPerThread(process.pid, 'sched', parseMigrations, 0)).toMatchObject({
    ok: false,
    why: expect.stringContaining('more than 0 would take too long'),
  });
  expect(readPerThread(2 ** 30, 'schedstat', parseRunDelay)).toMatchObject({ ok: false });
});

test('live: this process burns CPU and sleeps, and both are seen', () => {
  const before = readUsage(process.pid);
  const stateBefore = readProcessState(process.pid);
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user + process.cpuUsage(start).system < 60_000);
  for (let i = 0; i < 5; i += 1) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
  const usage = usageDeltas(before, readUsage(process.pid));
  const { user_cpu_us: user, system_cpu_us: system, voluntary_switches: voluntary } = usage;
  expect((user?.value ?? 0) + (system?.value ?? 0)).toBeGreaterThanOrEqual(40_000);
  expect(user?.quality).toBe('partial');
  expect(voluntary?.value).toBeGreaterThanOrEqual(5);
  expect(usage.max_rss_bytes?.value).toBeGreaterThan(1e6);
  const waits = processDeltas(stateBefore, readProcessState(process.pid));
  expect(waits.run_queue_wait_us?.value).toBeGreaterThanOrEqual(0);
});
