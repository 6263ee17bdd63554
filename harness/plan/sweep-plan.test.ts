import { describe, expect, it } from 'vitest';
import type { Pilot } from '../results/header.js';
import { makePlan } from './compare-plan.js';
import type { PlanRequest } from './profiles.js';
import { requireClientCpus } from './refusals.js';
import { estimateSweepMs, planSweep, sweepRequest, sweepSpec } from './sweep-plan.js';
import { FOUR, makeMachine } from './testing.js';

const REQUEST: PlanRequest = {
  profile: 'default',
  workloads: [{ workload: 'keepalive' }],
  pipeline: 1,
  seed: 's',
  client: 'native',
};
const SPEC = sweepSpec('default', [5, 1]);
const base = () => makePlan(sweepRequest(REQUEST), FOUR, makeMachine());

const PILOT: Pilot = {
  durationMs: 60_000,
  slosMs: [1, 5],
  capacities: [
    { subject: 'go-net', perS: 50_000 },
    { subject: 'callback-epoll', perS: 80_000 },
    { subject: 'coroutine-epoll', perS: null, why: 'it died' },
    { subject: 'thread-per-connection', perS: 40_000 },
  ],
  searches: [
    { subject: 'go-net', sloMs: 1, steps: [], foundPerS: 20_000 },
    { subject: 'go-net', sloMs: 5, steps: [], foundPerS: 44_400 },
    { subject: 'thread-per-connection', sloMs: 1, steps: [], foundPerS: null },
  ],
};

describe('planSweep', () => {
  const { plan, subjects } = base();
  const swept = planSweep(plan, SPEC, PILOT, subjects);
  const at = (rate: number) => {
    const index = swept.conditions.findIndex(({ id }) => id === `keepalive-c64-open-${rate}`);
    return {
      condition: swept.conditions[index],
      subjects: [...(swept.order[index]?.[0] ?? [])].sort(),
    };
  };
  const ALL = subjects.map(({ id }) => id).sort();

  it('offers all subjects the same shares of what the slowest can take', () => {
    for (const rate of [4000, 10_000, 20_000, 30_000, 36_000])
      expect(at(rate).subjects).toEqual(ALL);
    expect(at(20_000).condition).toMatchObject({
      workload: 'keepalive',
      connections: 64,
      load: { kind: 'open', ratePerS: 20_000, arrivals: 'poisson' },
    });
  });

  it('offers each subject shares of its own capacity, a twin those of its original', () => {
    expect(at(25_000).subjects).toEqual(['go-net', 'go-net-twin']);
    expect(at(64_000).subjects).toEqual(['callback-epoll']);
    expect(at(32_000).subjects).toEqual(['thread-per-connection']);
  });

  it('offers what the searches found; equal rates are one condition', () => {
    expect(at(44_400).subjects).toEqual(['go-net', 'go-net-twin']);
    // 50 % of the slowest, its own 50 %, and what was found for go-net.
    expect(swept.conditions.filter(({ id }) => id.endsWith('-20000'))).toHaveLength(1);
    // 40,000: 80 % of go-net's own and 50 % of callback-epoll's.
    expect(at(40_000).subjects).toEqual(['callback-epoll', 'go-net', 'go-net-twin']);
  });

  it('has unique ids, ascending rates and blocks of one set of subjects', () => {
    const rates = swept.conditions.map(({ load }) => (load.kind === 'open' ? load.ratePerS : 0));
    expect(rates).toEqual([...new Set(rates)].sort((a, b) => a - b));
    expect(swept.order).toHaveLength(rates.length);
    for (const blocks of swept.order) {
      expect(blocks).toHaveLength(6);
      expect(blocks[1]).toEqual([...(blocks[0] ?? [])].reverse());
    }
  });

  it('cannot do without any capacity, and says what failed', () => {
    const capacities = [{ subject: 'go-net', perS: null, why: 'it died' }];
    const nothing = { ...PILOT, capacities, searches: [] };
    expect(() => planSweep(plan, SPEC, nothing, subjects)).toThrow('measured no server');
  });
});

describe('a sweep starts from', () => {
  it('one closed condition of 64 connections and six blocks', () => {
    const { plan } = base();
    expect(plan).toMatchObject({ blocks: 6, windowMs: 700, warmupMs: 200 });
    expect(plan.conditions.map(({ id }) => id)).toEqual(['keepalive-c64']);
    const own = makePlan(
      sweepRequest({ ...REQUEST, blocks: 8, connections: [8] }),
      FOUR,
      makeMachine(),
    );
    expect(own.plan).toMatchObject({ blocks: 8, conditions: [{ connections: 8 }] });
  });

  it('takes about 7 minutes by default, under 2 in smoke, about an hour in full', () => {
    const minutes = (profile: PlanRequest['profile']) => {
      const { plan, subjects } = makePlan(
        sweepRequest({ ...REQUEST, profile }),
        FOUR,
        makeMachine(),
      );
      return estimateSweepMs(plan, sweepSpec(profile, [1, 5]), subjects) / 60_000;
    };
    expect(minutes('default')).toBeGreaterThan(5);
    expect(minutes('default')).toBeLessThan(7.5);
    expect(minutes('smoke')).toBeLessThan(2);
    expect(minutes('full')).toBeGreaterThan(55);
    expect(minutes('full')).toBeLessThan(65);
  });

  it.each([
    [{ client: 'autocannon' as const }, '--client'],
    [{ pipeline: 4 }, '--pipeline'],
    [{ connections: [1, 64] }, '--connections'],
    [{ workloads: [{ workload: 'keepalive' }, { workload: 'greeting' }] as const }, '--workloads'],
    [{ ratesPerS: [1000] }, '--rate'],
    [{ budgetMs: 60_000 }, '--budget'],
  ])('nothing that an open load cannot do: %j', (change, option) => {
    expect(() => sweepRequest({ ...REQUEST, ...change })).toThrow(
      expect.objectContaining({ exitCode: 2, remedy: expect.stringContaining(option) }),
    );
  });

  it('a CPU of its own for the client', () => {
    const one = makeMachine({ allowedCpus: [0], coreMates: new Map() });
    const { plan } = makePlan(sweepRequest(REQUEST), FOUR, one);
    const require =
      ({ placement }: typeof plan) =>
      () =>
        requireClientCpus(placement, 'a sweep');
    expect(require(plan)).toThrow('a sweep needs a CPU of its own for the client');
    expect(require(base().plan)).not.toThrow();
  });
});
