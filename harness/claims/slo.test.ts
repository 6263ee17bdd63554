import { describe, expect, test } from 'vitest';
import type { Condition, Results, Trial } from '../results/schema.js';
import { coroutinesAsFast } from './coroutines-as-fast.js';
import { rateLadders, SLO_P99_US, sloCells } from './slo.js';
import { CALLBACK, COROUTINE, GO, madeResults, THREAD } from './testing.js';

const RATES = [20_000, 40_000, 80_000, 160_000];

/** A run with open loads, in which a subject keeps the level up to its rate. */
function withRates(best: Readonly<Record<string, number>>, rates = RATES): Results {
  const base = madeResults({ connections: [64] });
  const [plain] = base.header.plan.conditions;
  if (plain === undefined) throw new Error('no condition');
  const open = rates.map((ratePerS): Condition => {
    const load = { kind: 'open', ratePerS, arrivals: 'poisson' } as const;
    return { ...plain, id: `keepalive-c64-r${ratePerS}`, load };
  });
  const trials = open.flatMap((condition, i) =>
    base.trials.map((trial) => {
      const isKept = (rates[i] ?? 0) <= (best[trial.subject] ?? 0);
      return openTrial(trial, condition.id, isKept ? SLO_P99_US / 2 : SLO_P99_US * 4);
    }),
  );
  const conditions = [plain, ...open];
  const order = conditions.map(() => base.header.plan.order[0] ?? []);
  const header = { ...base.header, plan: { ...base.header.plan, conditions, order } };
  return { ...base, header, trials: [...base.trials, ...trials] };
}

function openTrial(trial: Trial, condition: string, p99Us: number): Trial {
  if (!trial.latency || !trial.counts || !trial.client) throw new Error('no window');
  const response = { ...trial.latency.service, p99: p99Us * 1000, count: 100_000 };
  const share = { value: 0.2, source: 'made up', quality: 'exact' as const };
  return {
    ...trial,
    id: `${condition}-b${trial.block}-p${trial.position}`,
    condition,
    counts: { ...trial.counts, offered: trial.counts.ok, starved: 0 },
    latency: { ...trial.latency, response, lateness: null },
    client: { ...trial.client, busyShare: share },
  };
}

const pair = { subject: COROUTINE, versus: CALLBACK, confidence: 0.95 };

describe('sloCells', () => {
  test('the highest rate kept, as a cost of the subject', () => {
    const results = withRates({ [CALLBACK]: 80_000, [COROUTINE]: 40_000 });
    const [cell] = sloCells(results, pair);
    expect(cell?.ratio).toMatchObject({ estimate: expect.closeTo(2), n: 12 });
    expect(cell?.at).toBe('with p99 within 5 ms, 64 connections, open');
  });

  test('no comparison where the top rate was kept, or none', () => {
    const top = sloCells(withRates({ [CALLBACK]: 160_000, [COROUTINE]: 40_000 }), pair);
    expect(top[0]?.ratio.why).toContain('kept the level at every rate');
    const none = sloCells(withRates({ [CALLBACK]: 80_000, [COROUTINE]: 0 }), pair);
    expect(none[0]?.ratio.estimate).toBeNull();
  });

  test('a block that was repeated under another number at one rate is compared all the same', () => {
    const results = withRates({ [CALLBACK]: 80_000, [COROUTINE]: 40_000 });
    const trials = results.trials.map((trial) =>
      trial.condition === 'keepalive-c64-r40000' && trial.block === 3
        ? { ...trial, block: 12, id: `${trial.condition}-b12-p${trial.position}`, replaces: 3 }
        : trial,
    );
    const [cell] = sloCells({ ...results, trials }, pair);
    expect(cell?.ratio).toMatchObject({ estimate: expect.closeTo(2), n: 12 });
  });

  test('two rates are no ladder', () => {
    expect(rateLadders(withRates({}, [20_000, 40_000]))).toEqual([]);
    expect(rateLadders(withRates({}))).toHaveLength(1);
  });
});

test('a server that keeps the level at fewer requests is not as fast', () => {
  const best = { [CALLBACK]: 80_000, [COROUTINE]: 80_000, [GO]: 40_000, [THREAD]: 20_000 };
  const decision = coroutinesAsFast.decide(withRates(best));
  expect(decision).toMatchObject({ verdict: 'inconclusive', because: 'depends' });
  expect(decision.sentence).toContain(
    `throughput of ${GO} against ${CALLBACK}: 50 % less with p99 within 5 ms, 64 connections, open`,
  );
  expect(decision.sentence).not.toContain('No throughput at a service level');
});

test('a server with flags of its own, which belongs to another condition, spoils no ladder', () => {
  const results = withRates({ [CALLBACK]: 80_000, [COROUTINE]: 40_000 });
  const [some] = results.header.subjects;
  if (some === undefined) throw new Error('no subject');
  const dosed = { ...some, id: 'dosed', args: ['--inject-handoffs', '1'] };
  const header = { ...results.header, subjects: [...results.header.subjects, dosed] };
  expect(rateLadders({ ...results, header })).toHaveLength(1);
});
