import { describe, expect, it } from 'vitest';
import type { Slice } from '../results/schema.js';
import { failTrial, makeRun, voidTrial } from '../results/testing.js';
import { TIMING_METRICS } from './config.js';
import { slowdownsOf } from './pairs.js';

const SIDES = { variant: 'epoll', base: 'callback-epoll', candidate: 'thread-per-connection' };
const SUBJECTS = ['go-net', 'go-net-twin', SIDES.base, SIDES.candidate];
const options = { subjects: SUBJECTS, connections: [64], blocks: 8 };
const of = (run: ReturnType<typeof makeRun>, side = SIDES) =>
  slowdownsOf(run, [side], TIMING_METRICS);

describe('slowdowns', () => {
  it('are positive where the candidate is worse, whatever is better', () => {
    for (const { metric, blocks, refused } of of(makeRun(options))) {
      expect([metric, refused]).toEqual([metric, null]);
      expect(blocks.map(({ block }) => block)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      for (const { log } of blocks) expect(log).toBeGreaterThan(0);
    }
  });

  it('turn their sign when the sides are swapped', () => {
    const run = makeRun(options);
    const [there] = of(run);
    const [back] = of(run, { ...SIDES, base: SIDES.candidate, candidate: SIDES.base });
    there?.blocks.forEach(({ log }, i) => {
      expect(back?.blocks[i]?.log).toBeCloseTo(-log, 12);
    });
  });

  it('leave out void blocks whole, and failed trials with their pair', () => {
    const run = makeRun({
      ...options,
      edit: (trial) => {
        if (trial.block === 2 && trial.subject === 'go-net') return voidTrial(trial);
        return trial.block === 5 && trial.subject === SIDES.base ? failTrial(trial) : trial;
      },
    });
    const [cpu] = of(run);
    expect(cpu?.blocks.map(({ block }) => block)).toEqual([0, 1, 3, 4, 6, 7]);
  });

  it('are refused for throughput and p99 where the client was the limit, not for CPU', () => {
    const found = of(makeRun({ ...options, clientCpuUsPerRequest: 30 }));
    const refused = new Map(found.map(({ metric, refused: why }) => [metric, why]));
    expect(refused.get('cpu_us_per_request')).toBeNull();
    expect(refused.get('requests_per_s')).toContain('the client was the limit');
    expect(refused.get('latency_us_p99')).toContain('the client was the limit');
  });

  it('are not made for a pair that a condition does not plan', () => {
    expect(of(makeRun({ ...options, subjects: ['go-net', SIDES.base] }))).toEqual([]);
  });

  const everyBlock = (log: number) => Array(options.blocks).fill(expect.closeTo(log, 12));
  const slicedRun = (bases: readonly Slice[], candidates: readonly Slice[]) =>
    makeRun({
      ...options,
      edit: (trial) => {
        if (trial.subject === SIDES.base) return { ...trial, slices: [...bases] };
        return trial.subject === SIDES.candidate ? { ...trial, slices: [...candidates] } : trial;
      },
    });

  it('of interleaved trials are the median over slices side by side', () => {
    const slice = (cpuUs: number | null, completed: number): Slice => ({
      windowNs: 50e6,
      requests: 1000,
      cpuUs,
      completed,
    });
    // A machine that is three times as slow in the second slice, and interrupts one in the third.
    const base = [slice(1000, 500), slice(3000, 200), slice(1000, 500)];
    const candidate = [slice(1100, 450), slice(3300, 180), slice(9000, 10)];
    const [cpu, throughput, p99] = of(slicedRun(base, candidate));
    expect(cpu?.blocks.map(({ log }) => log)).toEqual(everyBlock(Math.log(1.1)));
    expect(throughput?.blocks.map(({ log }) => log)).toEqual(everyBlock(Math.log(1 / 0.9)));
    // Slices without a p99: as without slices.
    expect(p99).toEqual(of(makeRun(options))[2]);
    // Not known in one slice: then the trial's own figure.
    const [unknown] = of(slicedRun([slice(null, 500), ...base.slice(1)], candidate));
    expect(unknown).toEqual(of(makeRun(options))[0]);
  });

  describe('of the p99 of interleaved trials', () => {
    const slice = (p99Us: number, completed = 1000): Slice => ({
      windowNs: 25e6,
      requests: completed,
      cpuUs: 10_000,
      completed,
      p99Ns: 1000 * p99Us,
    });
    /** Twenty slices, some of which a stall visits. */
    const slices = (p99Us: number, stalls: number, completed?: number) =>
      Array.from({ length: 20 }, (_, i) => slice(i < stalls ? 2000 : p99Us, completed));
    const p99Of = (bases: readonly Slice[], candidates: readonly Slice[]) =>
      of(slicedRun(bases, candidates))[2]?.blocks.map(({ log }) => log);

    it('a stall of the machine in a tenth of the slices weighs nothing', () => {
      expect(p99Of(slices(100, 0), slices(110, 2))).toEqual(everyBlock(Math.log(1.1)));
    });

    it('stalls of the server in a quarter of them do', () => {
      const log = (3 / 16) * Math.log(20);
      expect(p99Of(slices(100, 0), slices(100, 5))).toEqual(everyBlock(log));
    });

    it('are those of whole trials where slices have too few requests for a p99', () => {
      const whole = of(makeRun(options))[2]?.blocks.map(({ log }) => log);
      expect(p99Of(slices(100, 0, 150), slices(300, 0, 150))).toEqual(whole);
      expect(p99Of(slices(100, 0), slices(300, 0, 150))).toEqual(whole);
    });
  });
});
