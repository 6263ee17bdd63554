import { describe, expect, test } from 'vitest';
import type { Condition, Results, Trial } from '../../results/schema.js';
import { coroutinesAsFast } from '../coroutines-as-fast.js';
import { CALLBACK, COROUTINE, GO, madeResults, THREAD } from '../testing.js';
import { rateLadders, SLO_P99_US, sloCells } from './slo.js';

/** 4 % apart. */
const RATES = [38_500, 40_000, 41_600, 43_300, 45_000, 46_800, 48_700];
/** p99 doubles every 4 %. */
const GROWTH = Math.log(2) / Math.log(1.04);

interface Made {
  readonly rates?: readonly number[];
  /** Replies that a p99 rests on. */
  readonly count?: number;
  readonly windowMs?: number;
}

/** A run with open loads, in which the p99 of a subject reaches the limit at its rate. */
function withRates(
  crossings: Readonly<Record<string, number>>,
  { rates = RATES, count = 100_000, windowMs = 1500 }: Made = {},
): Results {
  const base = madeResults({ connections: [64] });
  const [plain] = base.header.plan.conditions;
  if (plain === undefined) throw new Error('no condition');
  const open = rates.map((ratePerS): Condition => {
    const load = { kind: 'open', ratePerS, arrivals: 'poisson' } as const;
    return { ...plain, id: `keepalive-c64-r${ratePerS}`, load };
  });
  const trials = open.flatMap((condition, i) =>
    base.trials.map((trial) => {
      const crossing = crossings[trial.subject] ?? 1;
      const p99Us = SLO_P99_US * ((rates[i] ?? 0) / crossing) ** GROWTH;
      return openTrial(trial, condition.id, p99Us, { count, windowMs });
    }),
  );
  const conditions = [plain, ...open];
  const order = conditions.map(() => base.header.plan.order[0] ?? []);
  const header = { ...base.header, plan: { ...base.header.plan, conditions, order } };
  return { ...base, header, trials: [...base.trials, ...trials] };
}

function openTrial(
  trial: Trial,
  condition: string,
  p99Us: number,
  { count, windowMs }: Required<Omit<Made, 'rates'>>,
): Trial {
  if (!trial.window || !trial.latency || !trial.counts || !trial.client) {
    throw new Error('no window');
  }
  const endNs = String(BigInt(trial.window.startNs) + BigInt(windowMs) * 1_000_000n);
  const response = { ...trial.latency.service, p99: p99Us * 1000, count };
  const share = { value: 0.2, source: 'made up', quality: 'exact' as const };
  return {
    ...trial,
    id: `${condition}-b${trial.block}-p${trial.position}`,
    condition,
    window: { ...trial.window, endNs },
    counts: { ...trial.counts, completed: trial.counts.ok, offered: trial.counts.ok, starved: 0 },
    latency: { ...trial.latency, response, lateness: null },
    client: { ...trial.client, busyShare: share },
  };
}

const pair = { subject: COROUTINE, versus: CALLBACK, confidence: 0.95 };

describe('sloCells', () => {
  test('the rate at which p99 meets the limit lies between the rates that were offered', () => {
    // 5 % apart, neither on the grid: the grid says 4 % (45,000 over 43,300).
    const [cell] = sloCells(withRates({ [CALLBACK]: 46_200, [COROUTINE]: 44_000 }), pair);
    expect(cell?.ratio).toMatchObject({ estimate: expect.closeTo(1.05, 6), n: 12 });
    expect(cell?.ratio.lo).toBeCloseTo(1.05, 6);
    expect(cell?.at).toBe('with p99 within 5 ms, 64 connections, open, rates 4 % apart');
  });

  test('rates that stand too far apart decide no margin of 10 %', () => {
    const coarse = { rates: [28_000, 33_000, 38_000, 45_000, 52_000] };
    const [cell] = sloCells(withRates({ [CALLBACK]: 50_000, [COROUTINE]: 40_000 }, coarse), pair);
    expect(cell?.ratio).toMatchObject({ estimate: expect.closeTo(1.25, 6), lo: null, hi: null });
    expect(cell?.ratio.why).toMatch(/^the rates around it stand 1[68] % apart: more than 5.5 %$/);
  });

  test('no comparison where the top rate was kept, or none', () => {
    const top = sloCells(withRates({ [CALLBACK]: 60_000, [COROUTINE]: 44_000 }), pair);
    expect(top[0]?.ratio.why).toBe(`in too many blocks ${CALLBACK} kept the level at every rate`);
    const none = sloCells(withRates({ [CALLBACK]: 46_000, [COROUTINE]: 30_000 }), pair);
    expect(none[0]?.ratio).toMatchObject({ estimate: null, lo: null });
    expect(none[0]?.ratio.why).toBe(
      `in too many blocks ${COROUTINE} did not keep the level at the lowest rate`,
    );
  });

  test('a block that only bounds the rate widens the interval, on its side alone', () => {
    const results = withRates({ [CALLBACK]: 46_200, [COROUTINE]: 44_000 });
    const better = withRates({ [CALLBACK]: 60_000, [COROUTINE]: 44_000 });
    const isOdd = (block: number) => block === 3;
    const trials = [
      ...results.trials.filter(({ block }) => !isOdd(block)),
      ...better.trials.filter(({ block }) => isOdd(block)),
    ];
    const [cell] = sloCells({ ...results, trials }, pair);
    expect(cell?.ratio).toMatchObject({ n: 12, lo: expect.closeTo(1.05, 6) });
    // Above the highest rate by who knows how much: an upper end without it would be a guess.
    expect(cell?.ratio.hi ?? 1).toBeGreaterThanOrEqual(1.05 - 1e-9);
    expect(cell?.ratio.hi ?? 9).toBeLessThan(1.2);
  });

  test.each([
    ['replies', { count: 999 }],
    ['a second', { windowMs: 540 }],
  ])('a p99 of fewer than 1000 replies, or of less than a second, is none: %s', (_, made) => {
    const [cell] = sloCells(withRates({ [CALLBACK]: 46_200, [COROUTINE]: 44_000 }, made), pair);
    expect(cell?.ratio).toMatchObject({ estimate: null, lo: null });
    expect(cell?.ratio.why).toMatch(/a p99 needs 1000 replies and 1 s$/);
  });

  test('a block that was repeated under another number at one rate is compared all the same', () => {
    const results = withRates({ [CALLBACK]: 46_200, [COROUTINE]: 44_000 });
    const trials = results.trials.map((trial) =>
      trial.condition === 'keepalive-c64-r40000' && trial.block === 3
        ? { ...trial, block: 12, id: `${trial.condition}-b12-p${trial.position}`, replaces: 3 }
        : trial,
    );
    const [cell] = sloCells({ ...results, trials }, pair);
    expect(cell?.ratio).toMatchObject({ estimate: expect.closeTo(1.05, 6), n: 12 });
  });

  test('each server climbs the rates that it was offered', () => {
    const results = withRates({ [CALLBACK]: 46_200, [COROUTINE]: 40_700 });
    const { plan } = results.header;
    const own = (id: string, subject: string) =>
      (id.endsWith('r38500') && subject === CALLBACK) ||
      (id.endsWith('r48700') && subject === COROUTINE);
    const order = plan.order.map((blocks, i) =>
      blocks.map((ids) => ids.filter((id) => !own(plan.conditions[i]?.id ?? '', id))),
    );
    const trials = results.trials.filter(({ condition, subject }) => !own(condition, subject));
    const header = { ...results.header, plan: { ...plan, order } };
    const [cell] = sloCells({ ...results, header, trials }, pair);
    expect(cell?.ratio.estimate).toBeCloseTo(46_200 / 40_700, 6);
  });

  test('two rates are no ladder', () => {
    expect(rateLadders(withRates({}, { rates: RATES.slice(0, 2) }))).toEqual([]);
    expect(rateLadders(withRates({}))).toHaveLength(1);
  });
});

test('a server that keeps the level at fewer requests is not as fast', () => {
  const crossings = {
    [CALLBACK]: 48_000,
    [COROUTINE]: 47_900,
    [GO]: 41_000,
    [THREAD]: 39_000,
  };
  const decision = coroutinesAsFast.decide(withRates(crossings));
  expect(decision).toMatchObject({ verdict: 'inconclusive', because: 'depends' });
  expect(decision.sentence).toContain(
    `throughput of ${GO} against ${CALLBACK}: 15 % less with p99 within 5 ms, 64 connections, open`,
  );
  expect(decision.sentence).not.toContain('No throughput at a service level');
});

test('a server with flags of its own, which belongs to another condition, spoils no ladder', () => {
  const results = withRates({ [CALLBACK]: 46_200, [COROUTINE]: 44_000 });
  const [some] = results.header.subjects;
  if (some === undefined) throw new Error('no subject');
  const dosed = { ...some, id: 'dosed', args: ['--inject-handoffs', '1'] };
  const header = { ...results.header, subjects: [...results.header.subjects, dosed] };
  expect(rateLadders({ ...results, header })).toHaveLength(1);
});
