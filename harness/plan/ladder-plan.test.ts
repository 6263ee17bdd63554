import { describe, expect, it } from 'vitest';
import type { Pilot } from '../results/header.js';
import { type Plan, planSchema } from '../results/schema.js';
import { makePlan } from './compare-plan.js';
import { estimateMs } from './estimate.js';
import { ladderMs, ratesAround, withLadder } from './ladder-plan.js';
import { FOUR, FULL_SERVES, makeMachine } from './testing.js';

describe('ratesAround', () => {
  it.each([7, 9])('stands 4 %% apart around what the pilot found, wider at the ends: %d', (n) => {
    for (const found of [80_000, 47_300, 123_000, 999_000]) {
      const rates = ratesAround(found, n);
      expect(rates).toHaveLength(n);
      const steps = rates.slice(1).map((rate, i) => rate / (rates[i] ?? 0) - 1);
      const [first = 0, ...inner] = steps;
      const last = inner.pop() ?? 0;
      expect(Math.max(...inner)).toBeLessThanOrEqual(0.05);
      for (const end of [first, last]) expect(end).toBeCloseTo(0.125, 1);
      // The pilot's rate held, and the border is up to 6 % above it: 10 % lie to each side.
      expect(rates[0]).toBeLessThan(0.9 * found);
      expect(rates.at(-1)).toBeGreaterThan(1.06 * 1.1 * found);
    }
  });

  it('gives servers that are much the same the same rates', () => {
    expect(ratesAround(80_000, 6)).toEqual(ratesAround(80_300, 6));
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
  const search = (subject: string, foundPerS: number | null) => {
    return { subject, sloMs: 5, steps: [], foundPerS };
  };
  const pilot = (perS: number | null, foundPerS: number | null = perS): Pilot => ({
    durationMs: 1,
    slosMs: [5],
    capacities: [
      { subject: 'go-net', perS: 50_000 },
      { subject: 'callback-epoll', perS, ...(perS === null ? { why: 'it died' } : {}) },
    ],
    searches: [
      search('go-net', 47_000),
      ...(perS === null ? [] : [search('callback-epoll', foundPerS)]),
    ],
  });
  const ratesOf = (made: Plan, subject: string) =>
    made.conditions.flatMap(({ load }, i) =>
      load.kind === 'open' && made.order[i]?.[0]?.includes(subject) ? [load.ratePerS] : [],
    );

  it('adds a rate for all, and for each server rates around its own', () => {
    const made = withLadder(plan, ladder, pilot(80_000), subjects);
    expect(planSchema.parse(made)).toEqual(made);
    const added = made.conditions.slice(plan.conditions.length);
    expect(made.conditions.slice(0, plan.conditions.length)).toEqual(plan.conditions);
    expect(added[0]).toEqual({
      id: 'keepalive-c64-open-30000',
      workload: 'keepalive',
      connections: 64,
      load: { kind: 'open', ratePerS: 30_000, arrivals: 'poisson' },
    });
    const [all, ...own] = made.order.slice(plan.conditions.length);
    expect([...(all?.[0] ?? [])].sort()).toEqual(['callback-epoll', 'go-net', 'go-net-twin']);
    for (const blocks of [all, ...own]) expect(blocks).toHaveLength(ladder.blocks);
    const near = (found: number) => [30_000, ...ratesAround(found, ladder.rates - 1)];
    expect(ratesOf(made, 'go-net')).toEqual(near(47_000));
    expect(ratesOf(made, 'go-net-twin')).toEqual(near(47_000));
    expect(ratesOf(made, 'callback-epoll')).toEqual(near(80_000));
    const rates = added.map(({ load }) => (load.kind === 'open' ? load.ratePerS : 0));
    expect(rates).toEqual([...rates].sort((a, b) => a - b));
  });

  it('follows a server beyond a capacity that is a lower bound', () => {
    const made = withLadder(plan, ladder, pilot(80_000, 140_000), subjects);
    expect(ratesOf(made, 'callback-epoll').at(-1)).toBeGreaterThan(150_000);
  });

  it('takes the capacity where no rate held', () => {
    const made = withLadder(plan, ladder, pilot(80_000, null), subjects);
    expect(ratesOf(made, 'callback-epoll')).toEqual([30_000, ...ratesAround(80_000, 6)]);
  });

  it('does without a server that could not be measured, and not without all', () => {
    const made = withLadder(plan, ladder, pilot(null), subjects);
    expect(ratesOf(made, 'callback-epoll')).toEqual([30_000]);
    expect(ratesOf(made, 'go-net')).toHaveLength(ladder.rates);
    const none = { ...pilot(null), capacities: [{ subject: 'go-net', perS: null, why: 'dead' }] };
    expect(() => withLadder(plan, ladder, none, subjects)).toThrow(
      expect.objectContaining({ message: 'The pilot measured no server', output: 'go-net: dead' }),
    );
  });

  it('estimates as many trials as it adds', () => {
    const made = withLadder(plan, ladder, pilot(80_000), subjects);
    const { trialsMs } = ladderMs(plan, ladder, subjects);
    expect(trialsMs).toBeCloseTo(estimateMs(made) - estimateMs(plan), -1);
    // A life under an open load is measured for a second, and for two where all take part.
    const lives = made.order.slice(plan.conditions.length).flat(2).length;
    expect(trialsMs / lives).toBeGreaterThan(1000);
  });
});
