import { describe, expect, it } from 'vitest';
import type { Slice, Trial } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { slicedLog } from './slice-pairs.js';

const [blank] = makeRun({ blocks: 1, connections: [1] }).trials;

/** A life with these slices. */
function life(slices: readonly Slice[]): Trial {
  if (blank === undefined) throw new Error('no trial');
  return { ...blank, slices: [...slices] };
}

/** 1000 requests in 50 ms, for so much CPU time, us. */
const slice = (round: number, cpuUs: number | null, change: Partial<Slice> = {}): Slice => ({
  round,
  leg: 0,
  windowNs: 50e6,
  completed: 1000,
  requests: 1000,
  cpuUs,
  ...change,
});
const lifeOf = (...cpuUs: (number | null)[]) => life(cpuUs.map((us, round) => slice(round, us)));
const CPU = 'cpu_us_per_request';

describe('the ratio of two lives', () => {
  it('is the median over rounds of what one slice cost against the other', () => {
    const log = slicedLog(lifeOf(1100, 1200, 5000), [lifeOf(1000, 1000, 1000)], CPU);
    expect(log).toBeCloseTo(Math.log(1.2), 12);
    const four = slicedLog(lifeOf(1100, 1200, 1300, 9000), [lifeOf(1000, 1000, 1000, 1000)], CPU);
    expect(four).toBeCloseTo((Math.log(1.2) + Math.log(1.3)) / 2, 12);
  });

  it('takes the mean of the reference and its twin, of their logarithms', () => {
    const log = slicedLog(lifeOf(1200, 1200), [lifeOf(1000, 1000), lifeOf(1440, 1440)], CPU);
    expect(log).toBeCloseTo(0, 12);
  });

  it('of the twin is against the reference alone: the same cost is no difference', () => {
    expect(slicedLog(lifeOf(900, 1100), [lifeOf(900, 1100)], CPU)).toBe(0);
  });

  it('does not see what slows down a whole round', () => {
    const log = slicedLog(lifeOf(1100, 3300, 11_000), [lifeOf(1000, 3000, 10_000)], CPU);
    expect(log).toBeCloseTo(Math.log(1.1), 12);
  });

  it('has throughput and requests per CPU second the other way up', () => {
    const others = [lifeOf(1000, 1000)];
    expect(slicedLog(lifeOf(2000, 2000), others, 'requests_per_cpu_s')).toBeCloseTo(-Math.log(2));
    const slow = life([0, 1].map((round) => slice(round, 1000, { completed: 500 })));
    expect(slicedLog(slow, others, 'requests_per_s')).toBeCloseTo(-Math.log(2));
  });
});

describe('slices are paired', () => {
  it('by round and leg, in whatever order they were measured', () => {
    const at = (round: number, leg: number, us: number) => slice(round, us, { leg });
    const reference = life([at(0, 1, 500), at(0, 0, 1000), at(1, 0, 2000), at(1, 1, 700)]);
    const other = life([at(1, 1, 770), at(0, 1, 550)]);
    expect(slicedLog(other, [reference], CPU)).toBeCloseTo(Math.log(1.1), 12);
  });

  it('by their order in files of before slices had a place', () => {
    const old = (...all: number[]) =>
      life(
        all.map((us) => {
          const { round: _, leg: __, ...rest } = slice(0, us);
          return rest;
        }),
      );
    expect(slicedLog(old(110, 330), [old(100, 300)], CPU)).toBeCloseTo(Math.log(1.1), 12);
  });

  it('or tell nothing: one is missing, unknown or 0, or there are too few', () => {
    const reference = [lifeOf(1000, 1000, 1000)];
    expect(slicedLog(lifeOf(1000, null, 1000), reference, CPU)).toBeNull();
    expect(slicedLog(lifeOf(1000, 0, 1000), reference, CPU)).toBeNull();
    expect(slicedLog(lifeOf(1000, 1000, 1000, 1000), reference, CPU)).toBeNull();
    expect(slicedLog(lifeOf(1000), [lifeOf(1000)], CPU)).toBeNull();
    expect(slicedLog(lifeOf(1000, 1000), [], CPU)).toBeNull();
    expect(slicedLog(lifeOf(1000, 1000, 1000), reference, 'latency_us_p50')).toBeNull();
  });
});

describe('p99', () => {
  const p99s = (us: readonly number[], completed = 1000) =>
    life(us.map((one, round) => slice(round, 1000, { completed, p99Ns: 1000 * one })));
  const same = Array.from({ length: 20 }, () => 100);

  it('is the mean without a tenth at either end: stalls of the machine weigh nothing', () => {
    const log = slicedLog(p99s(same.with(3, 9000).with(7, 9000)), [p99s(same)], 'latency_us_p99');
    expect(log).toBeCloseTo(0, 12);
  });

  it('keeps the stalls of a server that has more of them', () => {
    const stalls = same.map((us, i) => (i % 4 === 0 ? 2000 : us));
    const log = slicedLog(p99s(stalls), [p99s(same)], 'latency_us_p99');
    expect(log).toBeCloseTo((3 / 16) * Math.log(20), 12);
  });

  it('is not that of slices with fewer than a thousand replies', () => {
    expect(slicedLog(p99s(same, 999), [p99s(same)], 'latency_us_p99')).toBeNull();
    expect(slicedLog(p99s(same), [p99s(same, 999)], 'latency_us_p99')).toBeNull();
    expect(slicedLog(p99s(same), [p99s(same)], 'latency_us_p99')).toBe(0);
  });
});
