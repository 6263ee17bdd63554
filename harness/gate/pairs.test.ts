import { describe, expect, it } from 'vitest';
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
});
