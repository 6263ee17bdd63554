import { describe, expect, it } from 'vitest';
import type { Pilot } from '../results/pilot.js';
import { planSchema } from '../results/schema.js';
import { makePlan } from './compare-plan.js';
import { ladderRates, withLadder } from './ladder-plan.js';
import { FOUR, FULL_SERVES, makeMachine } from './testing.js';

describe('ladderRates', () => {
  it('reaches from below every capacity to above every one, in equal steps', () => {
    const rates = ladderRates([80_000, 40_000, 60_000], 7);
    expect(rates).toHaveLength(7);
    expect(rates[0]).toBe(24_000);
    expect(rates.at(-1)).toBe(92_000);
    for (const [i, rate] of rates.slice(1).entries()) {
      expect(rate / (rates[i] ?? 0)).toBeCloseTo((92 / 24) ** (1 / 6), 1);
    }
  });

  it('has no two rates that are the same, even with one slow server', () => {
    const rates = ladderRates([3], 7);
    expect(new Set(rates).size).toBe(rates.length);
  });
});

describe('withLadder', () => {
  const request = { profile: 'full', pipeline: 1, seed: 's', client: 'native' } as const;
  const { plan, ladder, subjects } = makePlan(
    { ...request, variants: ['go-net', 'callback-epoll'] },
    FOUR.map((one) => ({ ...one, serves: FULL_SERVES })),
    makeMachine(),
  );
  if (ladder === undefined) throw new Error('no ladder');
  const pilot = (perS: number | null): Pilot => ({
    durationMs: 1,
    slosMs: [5],
    capacities: [
      { subject: 'go-net', perS: 50_000 },
      { subject: 'callback-epoll', perS, ...(perS === null ? { why: 'it died' } : {}) },
    ],
    searches: [],
  });

  it('adds open conditions after those of the plan, for servers without flags', () => {
    const made = withLadder(plan, ladder, pilot(80_000), subjects);
    expect(planSchema.parse(made)).toEqual(made);
    const added = made.conditions.slice(plan.conditions.length);
    expect(made.conditions.slice(0, plan.conditions.length)).toEqual(plan.conditions);
    expect(added).toHaveLength(ladder.rates);
    expect(added[0]).toEqual({
      id: 'keepalive-c64-open-30000',
      workload: 'keepalive',
      connections: 64,
      load: { kind: 'open', ratePerS: 30_000, arrivals: 'poisson' },
    });
    const order = made.order.slice(plan.conditions.length);
    expect(order.map((blocks) => blocks.length)).toEqual(added.map(() => ladder.blocks));
    expect([...(order[0]?.[0] ?? [])].sort()).toEqual(['callback-epoll', 'go-net', 'go-net-twin']);
  });

  it('does without a server that could not be measured, and not without all', () => {
    const rates = withLadder(plan, ladder, pilot(null), subjects).conditions.slice(-1);
    expect(rates[0]?.load).toMatchObject({ ratePerS: 57_500 });
    const none = { ...pilot(null), capacities: [{ subject: 'go-net', perS: null, why: 'dead' }] };
    expect(() => withLadder(plan, ladder, none, subjects)).toThrow(
      expect.objectContaining({ message: 'The pilot measured no server', output: 'go-net: dead' }),
    );
  });
});
