/**
 * Rows that are calls of this very process: what the harness' own instruments cost in JavaScript.
 * tinybench warms up and measures; a value is its mean over one sample's time, which the rounds
 * then repeat.
 */
import { createHistogram } from 'node:perf_hooks';
import { addon } from '../load/addon.js';
import type { Outcome } from './programs.js';

/** Calls per call of the benchmark, so that tinybench's own two clock reads cost little. */
const CALLS = 1000;

type Call = () => unknown;

function calls(): Readonly<Record<string, () => Call>> {
  return {
    'addon-clock': () => {
      const native = addon();
      return () => native.monotonicNs();
    },
    'node-clock': () => () => process.hrtime.bigint(),
    'node-histogram': () => {
      const histogram = createHistogram();
      return () => histogram.record(123_456);
    },
  };
}

/** Measures one row for about `ms`. */
export async function measureInProcess(row: string, ms: number): Promise<Outcome> {
  const make = calls()[row];
  if (make === undefined) throw new Error(`no row ${row}`);
  const call = make();
  // Loaded when it is needed: other commands have no use for it.
  const { Bench } = await import('tinybench');
  const bench = new Bench({ time: ms, warmupTime: ms / 5, iterations: 1, warmupIterations: 1 });
  bench.add(row, () => {
    for (let i = 0; i < CALLS; i++) call();
  });
  await bench.run();
  const result = bench.tasks[0]?.result;
  if (result === undefined || !('latency' in result)) {
    return { ok: false, why: `tinybench did not finish ${row}` };
  }
  const { mean, samplesCount } = result.latency;
  const operations = samplesCount * CALLS;
  const wallNs = Math.round(mean * 1e6 * samplesCount);
  // The process has other threads: its CPU time would say more than these calls.
  return { ok: true, line: { cost: { operations, cpuNs: wallNs, wallNs } } };
}
