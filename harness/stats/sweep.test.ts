import { describe, expect, it } from 'vitest';
import type { Trial } from '../results/schema.js';
import { failTrial, makeResults, voidTrial } from '../results/testing.js';
import { CAPACITIES, FLOOR_US, makeSweepResults } from '../results/testing-sweep.js';
import { commonConditions, doubtsOf, kneeOf, type SubjectSweep, sweepOf } from './sweep.js';

function sweep(edit?: (trial: Trial) => Trial) {
  const { header, trials } = makeSweepResults(edit);
  return sweepOf(header, trials) ?? expect.fail('no sweep');
}

function of(subject: string, edit?: (trial: Trial) => Trial): SubjectSweep {
  return sweep(edit).subjects.find((one) => one.subject === subject) ?? expect.fail('absent');
}

it('a run without a pilot is no sweep', () => {
  const { header, trials } = makeResults({ blocks: 1, connections: [1] });
  expect(sweepOf(header, trials)).toBeNull();
});

it('the summary has rows of the subjects that a condition was planned for, and no others', () => {
  const { summary, quality } = makeSweepResults();
  const at = (rate: number) =>
    new Set(summary.flatMap((row) => (row.load === `open ${rate}/s` ? [row.subject] : [])));
  expect(at(53_400)).toEqual(new Set(['go-net', 'go-net-twin']));
  expect(at(64_000)).toEqual(new Set(['callback-epoll']));
  expect(at(10_000).size).toBe(4);
  // Where the twin takes no part, nothing is missing.
  expect(quality.reasons.filter((reason) => reason.includes('no interval'))).toEqual([]);
});

describe('the curve', () => {
  it('has every rate of the subject, ascending, with medians and intervals', () => {
    const { points } = of('callback-epoll');
    const rates = points.map(({ ratePerS }) => ratePerS);
    expect(rates).toEqual([4000, 10_000, 20_000, 30_000, 36_000, 40_000, 64_000, 71_200, 77_600]);
    for (const { share, p99, n, failed, achieved, latenessP99Us, busyShare } of points) {
      expect(p99.estimate).toBeCloseTo(FLOOR_US / (1 - (share ?? 0)), 6);
      expect(p99.lo).toBeLessThan(p99.estimate ?? 0);
      expect({ n, failed, achieved, latenessP99Us, busyShare }).toEqual({
        n: 6,
        failed: 0,
        achieved: 1,
        latenessP99Us: 9,
        busyShare: 0.3,
      });
    }
  });

  it('gives a twin the capacity of its original', () => {
    expect(of('go-net-twin').capacityPerS).toBe(CAPACITIES['go-net']);
    expect(of('go-net-twin').points.map(({ share }) => share)).toContain(0.5);
  });

  it('has no p99 where an ok trial lacks one', () => {
    const few = (trial: Trial): Trial => {
      const { latency } = trial;
      if (trial.block !== 2 || trial.condition !== 'keepalive-c64-open-4000') return trial;
      if (latency?.response == null) return trial;
      return { ...trial, latency: { ...latency, response: { ...latency.response, count: 900 } } };
    };
    expect(of('go-net', few).points[0]?.p99).toMatchObject({
      estimate: null,
      why: '1 of 6 trials lack a value',
    });
  });

  it('knows which conditions compare all subjects', () => {
    const rates = commonConditions(makeSweepResults().header).map(({ id }) => id);
    expect(rates).toEqual(
      [4000, 10_000, 20_000, 30_000, 36_000].map((r) => `keepalive-c64-open-${r}`),
    );
    expect(sweep().slowestPerS).toBe(40_000);
  });
});

describe('the knee', () => {
  it('is where p99 has doubled, per block, with an interval', () => {
    const { knee } = of('go-net');
    // The floor is at 1/15 of capacity, twice that at 8/15; between two rates the line is not the
    // curve.
    expect(knee.estimate).toBeGreaterThan(0.5 * 60_000);
    expect(knee.estimate).toBeLessThan(0.56 * 60_000);
    expect(knee).toMatchObject({ n: 6, bound: null });
    expect(knee.lo).not.toBeNull();
  });

  it('is a lower bound when p99 did not double in some block', () => {
    const flat = (trial: Trial): Trial => {
      const { latency } = trial;
      if (trial.block !== 1 || latency?.response == null) return trial;
      return { ...trial, latency: { ...latency, response: { ...latency.response, p99: 1e5 } } };
    };
    expect(of('go-net', flat).knee).toMatchObject({
      bound: 'lower',
      why: 'in 1 of 6 blocks p99 had not doubled at the highest rate',
    });
  });

  it('leaves out blocks that lack a rate', () => {
    const edit = (trial: Trial) =>
      trial.block === 3 && trial.condition.endsWith('-10000') ? voidTrial(trial) : trial;
    expect(of('go-net', edit).knee.n).toBe(5);
  });
});

describe('the rate within a limit', () => {
  it('is the highest that most blocks kept, with the next that they did not', () => {
    // 100 us / (1 - x) within 1 ms: x = 0.89 keeps it, 0.97 does not.
    const [one, five] = of('go-net').slos;
    expect(one).toEqual({ sloMs: 1, ratePerS: 53_400, held: 6, of: 6, failedPerS: 58_200 });
    expect(five).toEqual({ sloMs: 5, ratePerS: 58_200, held: 6, of: 6, failedPerS: null });
  });

  it('counts a failed trial as not kept', () => {
    const fail = (blocks: number) => (trial: Trial) =>
      trial.block < blocks && trial.condition.endsWith('-53400') ? failTrial(trial) : trial;
    expect(of('go-net', fail(2)).slos[0]).toMatchObject({ ratePerS: 53_400, held: 4, of: 6 });
    expect(of('go-net', fail(3)).slos[0]).toMatchObject({ ratePerS: 48_000, failedPerS: 53_400 });
  });

  it('is none when the lowest rate is too much', () => {
    const slow = (trial: Trial): Trial => {
      const { latency } = trial;
      if (latency?.response == null) return trial;
      return { ...trial, latency: { ...latency, response: { ...latency.response, p99: 6e6 } } };
    };
    expect(of('go-net', slow).slos[1]).toEqual({
      sloMs: 5,
      ratePerS: null,
      held: 0,
      of: 6,
      failedPerS: 4000,
    });
  });
});

describe('doubts', () => {
  const [trial] = makeSweepResults().trials;
  const made = trial ?? expect.fail('no trial');
  const { client } = made;
  const of_ = client ?? expect.fail('no client');
  const warn = (name: string) =>
    doubtsOf({ ...made, checks: [{ name, value: 1, level: 'warn', text: '' }] });

  it('come from the checks, the CPU time and the busy share of the generator', () => {
    expect(doubtsOf(made)).toEqual([]);
    expect(warn('lateness_us')).toEqual(['late']);
    expect(warn('censored_requests')).toEqual(['censored']);
    const cpuUs = { ...of_.cpuUs, value: 0.89 * 700_000 };
    expect(doubtsOf({ ...made, client: { ...of_, cpuUs } })).toEqual(['descheduled']);
    const busyShare = { value: 0.51, source: '', quality: 'exact' as const };
    expect(doubtsOf({ ...made, client: { ...of_, busyShare } })).toEqual(['busy']);
  });

  it('are counted with the point that they qualify', () => {
    const late = (t: Trial): Trial =>
      t.block < 2
        ? { ...t, checks: [{ name: 'lateness_us', value: 80, level: 'warn', text: 'late' }] }
        : t;
    expect(of('go-net', late).points[0]?.doubts).toEqual({ late: 2 });
  });
});

const curve = (...points: [number, number][]) =>
  points.map(([ratePerS, p99Us]) => ({ ratePerS, p99Us }));

it('is where p99 has doubled, between two rates on log scales', () => {
  // From 100 to 400 over a doubling of the rate: 200 lies half way, at 2^0.5.
  const knee = kneeOf(curve([1000, 100], [10_000, 100], [20_000, 400], [30_000, 9000]));
  expect(knee?.kind).toBe('reached');
  expect(knee?.ratePerS).toBeCloseTo(10_000 * Math.SQRT2, 6);
});

it('of an M/M/1 queue is half its capacity', () => {
  // Every quantile of the response time is a multiple of 1 / (1 - load).
  const rates = Array.from({ length: 90 }, (_, i) => 10 * (i + 1));
  const knee = kneeOf(rates.map((ratePerS) => ({ ratePerS, p99Us: 50 / (1 - ratePerS / 1000) })));
  expect(knee?.ratePerS).toBeGreaterThan(495);
  expect(knee?.ratePerS).toBeLessThan(510);
});

it('does not take the wake-ups of low rates for the knee', () => {
  const knee = kneeOf(curve([100, 900], [1000, 150], [2000, 140], [4000, 200]));
  expect(knee).toEqual({ ratePerS: 4000, kind: 'lower' });
});

it('needs two points, in any order', () => {
  expect(kneeOf(curve([100, 50]))).toBeNull();
  expect(kneeOf(curve([2000, 400], [1000, 100]))?.kind).toBe('reached');
});
