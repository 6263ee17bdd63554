import { describe, expect, it } from 'vitest';
import type { LoadWindow } from '../load/client.js';
import { histogramOf } from '../load/histogram.js';
import type { Measured } from '../results/schema.js';
import { firstWarmup, mergedServer, mergedWindow, sliceOf } from './merge.js';

const exact = (value: number | null, why?: string): Measured =>
  value === null
    ? { value, source: 'server', quality: 'unavailable', why: why ?? 'not told' }
    : { value, source: 'server', quality: 'exact' };

function windowOf(startNs: bigint, change: Partial<LoadWindow> = {}): LoadWindow {
  return {
    startNs,
    endNs: startNs + 50n,
    completed: 10,
    sent: 12,
    ok: 9,
    errors: {},
    unfinished: 3,
    unanswered: 4,
    timeouts: 0,
    bytesRead: 100,
    threads: 2,
    cpuUs: exact(40),
    service: histogramOf(Float64Array.of(Number(startNs) + 1000, 10)),
    ...change,
  };
}

describe('the windows of slices', () => {
  it('add up, from the first start to the last end', () => {
    const merged = mergedWindow([
      windowOf(1000n, { errors: { reset: 1 } }),
      windowOf(9000n, { errors: { reset: 2, closed: 1 }, firstError: 'reset: by peer' }),
    ]);
    expect(merged).toMatchObject({
      ...{
        startNs: 1000n,
        endNs: 9050n,
        completed: 20,
        sent: 24,
        ok: 18,
        unfinished: 6,
        unanswered: 8,
      },
      errors: { reset: 3, closed: 1 },
      bytesRead: 200,
      threads: 2,
      cpuUs: { value: 80 },
      firstError: 'reset: by peer',
    });
    expect(merged.service).toMatchObject({ count: 20, min: 2000, max: expect.any(Number) });
    expect(merged.service.max).toBeGreaterThanOrEqual(10_000);
  });

  it('have no CPU time where one has none', () => {
    const merged = mergedWindow([windowOf(0n), windowOf(100n, { cpuUs: exact(null) })]);
    expect(merged.cpuUs.value).toBeNull();
  });
});

describe('the windows of slices of an open load', () => {
  const open = (change: Partial<LoadWindow> = {}) =>
    windowOf(0n, {
      offered: 12,
      starved: 2,
      busyShare: exact(0.2),
      response: histogramOf(Float64Array.of(2000, 10)),
      lateness: histogramOf(Float64Array.of(500, 12)),
      ...change,
    });

  it('add up what was due, and share the time in which the client was busy', () => {
    const merged = mergedWindow([open(), open({ starved: 0, busyShare: exact(0.6) })]);
    expect(merged).toMatchObject({ offered: 24, starved: 2, busyShare: { value: 0.4 } });
    expect(merged.response?.count).toBe(20);
    expect(merged.lateness?.count).toBe(24);
  });

  it('bound p99 by the smallest and the largest of theirs where requests were left', () => {
    const censored = (lo: number, hi: number | null, movesP99: boolean) => ({
      count: 2,
      oldestNs: lo,
      responseP99Ns: { lo, hi },
      movesP99,
    });
    const parts = [censored(5, 9, false), censored(3, 20, true)];
    const merged = mergedWindow(parts.map((one) => open({ censored: one })));
    expect(merged.censored).toEqual({
      count: 4,
      oldestNs: 5,
      responseP99Ns: { lo: 3, hi: 20 },
      movesP99: true,
    });
    const never = mergedWindow([open(), open({ censored: censored(3, null, true) })]);
    expect(never.censored?.responseP99Ns?.hi).toBeNull();
  });

  it('are closed windows where one lacks a response time', () => {
    expect(mergedWindow([open(), windowOf(0n)]).response).toBeUndefined();
  });
});

describe('the counters of slices', () => {
  it('add up; levels are the last', () => {
    const merged = mergedServer([
      { requests: exact(10), connections_open: exact(64) },
      { requests: exact(11), connections_open: exact(63) },
    ]);
    expect(merged).toEqual({ requests: exact(21), connections_open: exact(63) });
  });

  it('are unknown as soon as one is, with its reason', () => {
    const merged = mergedServer([{ syscalls: exact(5) }, { syscalls: exact(null, 'gone') }]);
    expect(merged.syscalls).toEqual(exact(null, 'gone'));
    expect(mergedServer([{ reads: exact(5) }, {}]).reads?.why).toBe('a slice lacks reads');
  });
});

describe('a slice', () => {
  const seen = {
    firstNs: 0,
    lastNs: 60,
    completedBetweenStats: 12,
    uncertain: 0,
    harnessUs: 0,
  };
  const rest = {
    round: 2,
    leg: 1,
    window: windowOf(0n),
    errors: 0,
    completedInAll: 17,
    warmup: { completed: 5, wanted: 2, errors: 0 },
    tenths: { why: 'not recorded' },
  };
  const common = { round: 2, leg: 1, windowNs: 50, completed: 10, clientCpuUs: 40, p99Ns: 1000 };

  it('has the CPU time and requests between its own two lines', () => {
    const server = {
      requests: exact(11),
      user_cpu_us: exact(3),
      system_cpu_us: exact(4),
      epoll_waits: exact(5),
    };
    const slice = { ...common, requests: 11, cpuUs: 7, waits: 5 };
    expect(sliceOf({ ...rest, seen: { ...seen, server } })).toEqual(slice);
  });

  it("takes the client's count of a server that does not count, and knows no CPU time then", () => {
    const slice = { ...common, requests: 12, cpuUs: null, waits: null };
    expect(sliceOf({ ...rest, seen: { ...seen, server: {} } })).toEqual(slice);
  });

  it('without a reply has no p99', () => {
    const window = windowOf(0n, { service: histogramOf(new Float64Array()) });
    expect(sliceOf({ ...rest, window, seen: { ...seen, server: {} } }).p99Ns).toBeNull();
  });

  it('of an open load has no p99 of its own, and no CPU time of a client that knows none', () => {
    const response = histogramOf(Float64Array.of(1000, 10));
    const window = windowOf(0n, { response, cpuUs: exact(null) });
    const slice = sliceOf({ ...rest, window, seen: { ...seen, server: {} } });
    expect(slice).toMatchObject({ p99Ns: null, clientCpuUs: null });
  });

  it('of a life is warmed up once: the first one tells how well', () => {
    const parts = [4, 40].map((completed) => ({
      ...rest,
      warmup: { completed, wanted: 4, errors: 0 },
      seen: { ...seen, server: {} },
    }));
    expect(firstWarmup(parts).completed).toBe(4);
  });
});
