import { expect, test } from 'vitest';
import type { SummaryRow, Trial } from '../results/schema.js';
import { type MadeRun, makeRun } from '../results/testing.js';
import { summarise } from './summary.js';

const SUBJECTS = ['thread-per-connection', 'go-net'];
const run = makeRun({ subjects: SUBJECTS, connections: [64], blocks: 6 });

/** Six more blocks in which the processor was counted: `each` instructions per request, and a bit. */
function counted(each: Readonly<Record<string, number>>): Trial[] {
  return run.trials.map((trial) => {
    const requests = trial.client?.requestsBetweenStats.value ?? Number.NaN;
    const value = requests * ((each[trial.subject] ?? Number.NaN) + trial.block);
    const hw_instructions = { value, source: 'perf instructions', quality: 'exact' } as const;
    const block = trial.block + 6;
    return { ...trial, block, instrumented: true, server: { ...trial.server, hw_instructions } };
  });
}

function rows(trials: readonly Trial[], metric: string, { header }: MadeRun = run): SummaryRow[] {
  return summarise(header, trials).filter((row) => row.metric === metric);
}

test('what the processor counted: from blocks of its own, with an interval and a ratio', () => {
  const trials = [...run.trials, ...counted({ 'thread-per-connection': 20_000, 'go-net': 10_000 })];
  const [threads, ratio, go] = rows(trials, 'instructions_per_request');
  expect(threads).toMatchObject({ subject: 'thread-per-connection', n: 6, lo: 20_000, hi: 20_005 });
  expect(threads).toMatchObject({ median: 20_002.5, source: 'perf instructions' });
  expect(threads).not.toHaveProperty('why');
  expect(go).toMatchObject({ kind: 'value', median: 10_002.5 });
  expect(ratio).toMatchObject({ kind: 'ratio', n: 6, decision: null, better: 'lower' });
  expect((ratio as { ratio: number }).ratio).toBeCloseTo(2, 2);
  expect(ratio).not.toHaveProperty('why');
});

test('such trials change no other row', () => {
  const more = counted({ 'thread-per-connection': 20_000, 'go-net': 10_000 });
  const others = (trials: readonly Trial[]) =>
    summarise(run.header, trials).filter(({ metric }) => !metric.includes('instructions'));
  expect(others([...run.trials, ...more])).toEqual(others(run.trials));
});

test('one that lacks the counter, and a run without any, say why', () => {
  const trials = [...run.trials, ...counted({ 'go-net': 10_000 })].map((trial) => {
    const lacks = trial.instrumented && trial.subject !== 'go-net';
    return lacks ? { ...trial, server: {} } : trial;
  });
  const [threads, ratio] = rows(trials, 'instructions_per_request');
  const why = expect.stringContaining('hardware counters were not read');
  expect(threads).toMatchObject({ median: null, why });
  expect(ratio).toMatchObject({ ratio: null, why });
  for (const row of rows(run.trials, 'cycles_per_request')) expect(row).toMatchObject({ why });
});

test('page faults come from the trials under instruments that counted them', () => {
  const counting = run.trials
    .filter(({ block }) => block === 0)
    .map((trial) => {
      const value = 2 * (trial.client?.requestsBetweenStats.value ?? Number.NaN);
      const perf_page_faults = { value, source: 'perf page_faults', quality: 'exact' } as const;
      const server = { ...trial.server, perf_page_faults };
      return { ...trial, block: 6, instrumented: true, server };
    });
  const [threads] = rows([...run.trials, ...counting], 'page_faults_per_request');
  expect(threads).toMatchObject({ median: 2, n: 1, source: 'perf page_faults' });
  const why = expect.stringContaining('no trial under instruments counted page faults');
  expect(rows(run.trials, 'page_faults_per_request')[0]).toMatchObject({ median: null, why });
});
