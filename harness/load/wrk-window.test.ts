import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LoadError } from './client.js';
import { unaccounted } from './testing.js';
import {
  type Latencies,
  measuredLatencies,
  reportIn,
  uncorrected,
  type WrkAccount,
  wrkRequest,
  wrkSnapshot,
  wrkWindow,
} from './wrk-window.js';

const account = (atMs: number, bytesRead: number, bytesWritten: number): WrkAccount => ({
  monotonicNs: BigInt(atMs) * 1_000_000n,
  bytesRead,
  bytesWritten,
  cpuNs: BigInt(atMs) * 500_000n,
});

const report = {
  durationUs: 2_000_000,
  requests: 1000,
  bytes: 80_000,
  connect: 0,
  read: 0,
  write: 0,
  status: 0,
  timeout: 0,
  latencies: [[100, 1000]] as [number, number][],
};
const sizes = { requestBytes: 40, connections: 4 };
const first = account(1000, 5000 + 8000, 4160);
const last = account(2000, 5000 + 48_000, 24_160);

describe('a window of wrk', () => {
  test('is counted from the bytes that the process read and wrote', () => {
    const window = wrkWindow(report, first, last, sizes);
    expect(window).toMatchObject({ completed: 500, sent: 500, ok: 496, unfinished: 4, errors: {} });
    expect(window.cpuUs.value).toBe(500_000);
    expect(window.service).toMatchObject({ count: 1000, unit: 'ns' });
    expect(window.service.p50).toBeCloseTo(100_000, -3);
    expect(window.firstError).toBeUndefined();
    expect(unaccounted(window)).toBe(0);
  });

  test('has the errors of the whole run', () => {
    const bad = { ...report, read: 2, write: 1, status: 3, timeout: 1, latencies: [[9, 999]] };
    const window = wrkWindow(bad as typeof report, first, last, sizes);
    expect(window.errors).toEqual({ reset: 3, bad_status: 3 });
    expect(window.timeouts).toBe(1);
    expect(window.firstError).toBe('wrk counted errors: 2 read, 1 write, 3 status, 1 timeout');
    expect(unaccounted(window)).toBe(0);
  });

  test('without any reply', () => {
    const none = { ...report, requests: 0, bytes: 0, latencies: [] };
    const window = wrkWindow(none, first, { ...first, monotonicNs: last.monotonicNs }, sizes);
    expect(window).toMatchObject({ completed: 0, sent: 0, ok: 0, unfinished: 0 });
  });

  test('is refused when the report contradicts itself', () => {
    const torn = { ...report, latencies: [[100, 7]] as [number, number][] };
    expect(() => wrkWindow(torn, first, last, sizes)).toThrow(LoadError);
  });
});

test('a snapshot counts what must have been answered', () => {
  expect(wrkSnapshot(account(1, 0, 0), 40, 4)).toMatchObject({ completed: 0 });
  expect(wrkSnapshot(account(1, 0, 400), 40, 4)).toMatchObject({ completed: 6 });
});

test('the request as wrk writes it', () => {
  expect(wrkRequest('127.0.0.1', 80, '/')).toBe('GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n');
});

/** What wrk adds, straight from its definition. */
function corrected(latencies: Latencies, intervalUs: number): Latencies {
  const counts = new Map(latencies);
  for (const [us, count] of latencies) {
    if (us < 2 * intervalUs) continue;
    for (let added = us - intervalUs; added > intervalUs; added -= intervalUs) {
      counts.set(added, (counts.get(added) ?? 0) + count);
    }
  }
  return [...counts].sort(([a], [b]) => a - b);
}

const latencies = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 50 })), {
    selector: ([us]) => us,
    minLength: 1,
  })
  .map((pairs): Latencies => pairs.sort(([a], [b]) => a - b));

const total = (pairs: Latencies) => pairs.reduce((sum, [, count]) => sum + count, 0);

const reportOf = (pairs: Latencies, requests: number, durationUs: number) => ({
  durationUs,
  requests,
  bytes: 0,
  connect: 0,
  read: 0,
  write: 0,
  status: 0,
  timeout: 0,
  latencies: pairs.map(([us, count]): [number, number] => [us, count]),
});

describe("wrk's correction", () => {
  test('is taken away exactly', () => {
    fc.assert(
      fc.property(latencies, fc.integer({ min: 1, max: 500 }), (measured, interval) => {
        expect(uncorrected(corrected(measured, interval), interval)).toEqual(measured);
      }),
    );
  });

  test('adds samples: a 10 ms stall among 1 ms replies', () => {
    const measured: Latencies = [
      [1000, 90],
      [10_000, 1],
    ];
    expect(total(corrected(measured, 1000)) - total(measured)).toBe(8);
  });

  test('is recognised by the number of samples', () => {
    const measured: Latencies = [
      [1000, 90],
      [10_000, 10],
    ];
    const durationUs = 190_000;
    const report = reportOf(corrected(measured, 1900), 100, durationUs);
    expect(measuredLatencies(report, 1)).toEqual(measured);
    expect(measuredLatencies(reportOf(measured, 100, durationUs), 1)).toEqual(measured);
    expect(measuredLatencies({ ...report, requests: 101 }, 1)).toBeUndefined();
  });

  test('is not made with fewer requests than connections', () => {
    const measured: Latencies = [
      [10, 1],
      [500, 2],
    ];
    expect(measuredLatencies(reportOf(measured, 3, 1000), 4)).toEqual(measured);
  });
});

describe('the report', () => {
  test('stands in a line of its own among the rest', () => {
    const report = reportOf([[5, 1]], 1, 7);
    const output = `Running 1s test\niomodels-report ${JSON.stringify(report)}\n`;
    expect(reportIn(output)).toEqual(report);
  });

  test('may be missing', () => {
    expect(reportIn('unable to connect to 127.0.0.1:1 Connection refused\n')).toBeUndefined();
  });
});
