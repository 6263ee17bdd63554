import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Latencies, measuredLatencies, reportIn, uncorrected } from './wrk-report.js';

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
