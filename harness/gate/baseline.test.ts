import { describe, expect, it } from 'vitest';
import {
  againstStored,
  appendRun,
  type Baseline,
  historyMargin,
  parseBaseline,
  storedRows,
  storedValue,
  tooYoung,
  withStoredCounts,
} from './baseline.js';
import { decideCounts } from './counts.js';
import { about, CONFIG, samplesOf, slowdownOf } from './testing.js';
import { judgeFirst } from './timing.js';

const PLACE = { variant: 'demo', condition: 'keepalive-c64', metric: 'cpu_us_per_request' };

function history(...ratios: number[]): Baseline {
  const runs = ratios.map((value, i) => ({
    runId: `run-${i}`,
    at: '2026-11-20T10:00:00.000Z',
    commit: null,
    rows: [{ lane: 'timing' as const, ...PLACE, value }],
  }));
  return { schemaVersion: 1, machineClass: 'demo', runs };
}

describe('a stored value', () => {
  it('is the median of the runs, and unknown without one', () => {
    expect(storedValue(history(0.7, 0.9, 0.8), PLACE)).toBe(0.8);
    expect(storedValue(history(0.7), { ...PLACE, metric: 'requests_per_s' })).toBeNull();
  });

  it('is what a slowdown against the reference is taken against', () => {
    // 20 % cheaper than the reference before, 12 % now: 10 % worse.
    const now = [slowdownOf(about(-0.12, 0.01))];
    const [row] = judgeFirst(
      { levelOf: () => 'clean', blurOf: () => 0, slowdowns: againstStored(now, history(0.8, 0.8)) },
      CONFIG.timing,
    );
    expect(row?.change).toBeCloseTo(0.1, 2);
    expect(row?.base).toBe(0.8);
    expect(row?.candidate).toBeCloseTo(0.88, 2);
  });

  it('that is missing makes a row that is skipped, never a pass', () => {
    const [one] = againstStored([slowdownOf(about(0, 0.01))], history());
    expect(one?.refused).toContain('no such row');
  });
});

describe('the margin of a history', () => {
  it('is the configured one for a quiet history, and wider for a restless one', () => {
    expect(historyMargin(history(1, 1.001, 1), PLACE, 0.05)).toBe(0.05);
    const restless = history(1, 1.1, 1, 1.12, 1, 1.09, 1, 1.2, 1, 1.1, 1);
    expect(historyMargin(restless, PLACE, 0.05)).toBeGreaterThan(0.15);
  });

  it('is Q3 + 3 IQR of the changes from run to run', () => {
    // Changes of the logarithm: 0.1, 0.2, 0.3, 0.4; quartiles 0.175 and 0.325.
    const logs = [0, 0.1, 0.3, 0.6, 1.0];
    const found = historyMargin(history(...logs.map(Math.exp)), PLACE, 0.05);
    expect(found).toBeCloseTo(Math.expm1(0.325 + 3 * 0.15), 9);
  });
});

it('warns at most until the history is long enough', () => {
  expect(tooYoung(history(1, 1), CONFIG.baseline)).toContain('2 of the 10 runs');
  expect(tooYoung(history(...Array(10).fill(1)), CONFIG.baseline)).toBeNull();
});

it('keeps counts and slowdowns of a run, and reads back what it wrote', () => {
  const counts = samplesOf([], [3, 3, 3.1, 3, 3]);
  const rows = storedRows(counts, [slowdownOf(about(-0.2, 0.01))]);
  expect(rows.map(({ lane, metric, value }) => [lane, metric, Number(value.toFixed(2))])).toEqual([
    ['counts', 'syscalls_per_request', 3],
    ['timing', 'cpu_us_per_request', 0.8],
  ]);
  const run = { runId: 'x', at: '2026-11-26T10:00:00.000Z', commit: null, rows };
  const baseline = appendRun(null, 'demo', run);
  expect(parseBaseline(JSON.stringify(baseline), 'x.json')).toEqual(baseline);
  const later = withStoredCounts(samplesOf([], [4, 4, 4, 4, 4]), baseline);
  expect(decideCounts(later, CONFIG.counts)[0]).toMatchObject({ verdict: 'fail', base: 3 });
});
