import { describe, expect, test } from 'vitest';
import type { Trial } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { makeHistogram } from '../results/testing-models.js';
import { percentileCurve } from './percentile-curve.js';

const { trials } = makeRun({ subjects: ['go-net'], connections: [64], blocks: 6 });

function withService(trial: Trial, medianNs: number, count = 20_000): Trial {
  const service = makeHistogram(medianNs, 0.2, count);
  return { ...trial, latency: { service, response: null, lateness: null } };
}

describe('percentileCurve', () => {
  test('at p50 and p99 it is the median of what the trials say', () => {
    const { points } = percentileCurve(trials, 'service');
    for (const [tail, key] of [
      [2, 'p50'],
      [100, 'p99'],
    ] as const) {
      const values = trials.map(({ latency }) => (latency?.service[key] ?? 0) / 1000);
      const [a, b] = values.sort((x, y) => x - y).slice(2, 4) as [number, number];
      const point = points.find((one) => one.tail === tail);
      expect(point?.us.estimate).toBeCloseTo((a + b) / 2, 6);
      expect(point?.us.n).toBe(6);
    }
  });

  test('rises', () => {
    const values = percentileCurve(trials, 'service').points.map(({ us }) => us.estimate ?? 0);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(values.length).toBeGreaterThan(15);
  });

  test('one trial that is slow moves the interval, not the median', () => {
    const alike = trials.map((trial) => withService(trial, 1e6));
    const slow = alike.map((trial, i) => (i === 0 ? withService(trial, 1e9) : trial));
    const at = (all: readonly Trial[]) =>
      percentileCurve(all, 'service').points.find(({ tail }) => tail === 2)?.us;
    expect(at(slow)?.estimate).toBe(at(alike)?.estimate);
    expect(at(slow)?.hi).toBeGreaterThan(100 * (at(alike)?.hi ?? 0));
  });

  test('ends where the shortest trial has fewer than 10 samples beyond', () => {
    const some = trials.map((trial, i) => withService(trial, 1e6, i === 3 ? 1000 : 50_000));
    expect(percentileCurve(some, 'service').points.at(-1)?.tail).toBe(100);
  });

  test('all trials or none', () => {
    expect(percentileCurve(trials, 'response')).toEqual({
      points: [],
      why: 'no trial has response times',
    });
    const [first, ...rest] = trials as [Trial, ...Trial[]];
    const partly = [{ ...first, latency: null }, ...rest];
    expect(percentileCurve(partly, 'service').why).toBe('1 of 6 trials have no service times');
    const short = trials.map((trial) => withService(trial, 1e6, 5));
    expect(percentileCurve(short, 'service').why).toBe('a trial has fewer than 10 replies');
  });
});
