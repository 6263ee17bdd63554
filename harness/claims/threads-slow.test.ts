/** What the cases of claims.test.ts do not reach: where it begins, where it turns, what is refused. */
import { describe, expect, test } from 'vitest';
import type { Results, Trial } from '../results/schema.js';
import { summarise } from '../stats/summary.js';
import { epollBetter } from './epoll-better.js';
import { CALLBACK, type Made, madeResults, THREAD, usualCpu } from './testing.js';
import { threadsSlow } from './threads-slow.js';

/** Threads cost this many times what callbacks cost, by connections. */
function threadsAt(factors: Readonly<Record<number, number>>): NonNullable<Made['cpuUs']> {
  return (subject, n) =>
    subject === THREAD ? usualCpu(CALLBACK, n) * (factors[n] ?? 1) : usualCpu(subject, n);
}

describe('where it begins', () => {
  test.each([
    [{ 1: 0.8, 8: 1, 64: 1.3, 512: 1.6 }, 'supported', 'From 64 connections on'],
    [{ 1: 1.2, 8: 1.2, 64: 1.2, 512: 1.2 }, 'supported', 'From 1 connection on'],
    [{ 1: 1.3, 8: 1.3, 64: 1.3, 512: 1 }, 'inconclusive', 'It depends'],
    [{ 1: 1.3, 8: 1.3, 64: 1.02, 512: 1.02 }, 'refuted', 'never cost 10 % more'],
  ])('%j: %s', (factors, verdict, words) => {
    const decision = threadsSlow.decide(madeResults({ cpuUs: threadsAt(factors) }));
    expect(decision.verdict).toBe(verdict);
    expect(decision.sentence).toContain(words);
  });

  test('where threads win is named, in all that was measured', () => {
    const results = madeResults({ cpuUs: threadsAt({ 1: 0.8, 8: 1, 64: 1.3, 512: 1.6 }) });
    const { sentence, flips } = threadsSlow.decide(results);
    expect(sentence).toMatch(
      /Threads win at 1 connection\. It rests on keepalive-c64 and keepalive-c512\.$/,
    );
    expect(flips.join(' ')).toMatch(/throughput of thread-.* 2\d % more at 1 connection/);
  });
});

test('the confidence is that of the claim, not that of the rows', () => {
  const results = madeResults({ cpuUs: threadsAt({ 1: 1, 8: 1, 64: 1.3, 512: 1.3 }), blocks: 7 });
  const rows = summarise(results.header, results.trials);
  expect(rows.some((row) => row.kind === 'ratio' && row.lo !== null)).toBe(true);
  const decision = threadsSlow.decide(results);
  expect(decision).toMatchObject({ verdict: 'inconclusive', because: 'unresolved' });
  expect(decision.sentence).toContain('no 99 % interval from 7 values: 8 are needed');
});

/** The client's CPU was the limit in every trial. */
function clientBound(results: Results): Results {
  const trials = results.trials.map((trial): Trial => {
    if (!trial.client || !trial.window) return trial;
    const ns = Number(BigInt(trial.window.endNs) - BigInt(trial.window.startNs));
    const cpuUs = { value: ns / 1000, source: 'made up', quality: 'exact' as const };
    // Twice the interval: the server is busy half of its time.
    const statsIntervalNs = 2 * trial.client.statsIntervalNs;
    return { ...trial, client: { ...trial.client, cpuUs, statsIntervalNs } };
  });
  return { ...results, trials };
}

test('two lower bounds are never compared', () => {
  const results = clientBound(madeResults());
  for (const claim of [threadsSlow, epollBetter]) {
    const { verdict, numbers, basedOn } = claim.decide(results);
    expect(verdict).toBe('supported');
    expect(numbers.length).toBeGreaterThan(0);
    for (const { label } of numbers) expect(label).toMatch(/^CPU per request/);
    expect(basedOn.join()).not.toContain('requests_per_s');
  }
});

test('other workloads are compared too, and listed where they say otherwise', () => {
  const base = madeResults();
  const [first] = base.header.plan.conditions;
  if (first === undefined) throw new Error('no condition');
  const greeting = { ...first, id: 'greeting-c1', workload: 'greeting' as const };
  const more = base.trials
    .filter(({ condition }) => condition === first.id)
    .map((trial) => ({ ...trial, id: `g-${trial.id}`, condition: greeting.id }));
  const { plan } = base.header;
  const conditions = [...plan.conditions, greeting];
  const header = { ...base.header, plan: { ...plan, conditions } };
  const decision = threadsSlow.decide({ ...base, header, trials: [...base.trials, ...more] });
  expect(decision.verdict).toBe('supported');
  expect(decision.flips.join()).toContain('at 1 connection (greeting-c1, closed)');
});
