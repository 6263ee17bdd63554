/**
 * Takes the samples of `iomodels micro`: rounds of all rows, each round in a random order that the
 * next one mirrors, so that a slow drift of the machine affects all rows equally.
 */

import { createHistogram } from 'node:perf_hooks';
import { addon } from '../load/addon.js';
import { blockOrders } from '../plan/order.js';
import type { RunEvent } from '../run/progress.js';
import { Interrupted } from '../server/wait.js';
import { type GoProgram, measureOnce, type Outcome } from './programs.js';
import { ROWS, type RowSpec } from './rows.js';
import type { Sample } from './schema.js';
import { isVoid } from './switches.js';

export interface Measuring {
  readonly rounds: number;
  /** Measured time of a sample of weight 1. */
  readonly sampleMs: number;
  readonly seed: string;
  /** The CPU of everything, and the one that a wake-up comes from; null: there is none. */
  readonly cpu: number;
  readonly otherCpu: number | null;
  readonly probe: string;
  readonly go: GoProgram;
  /** Absent: all rows. */
  readonly rows?: readonly RowSpec[];
  readonly onEvent: (event: RunEvent) => void;
  readonly signal: AbortSignal;
}

/** Adds samples until all are there. Rejects with Interrupted; those so far are kept. */
export async function measureRounds(measuring: Measuring, samples: Sample[]): Promise<void> {
  const ids = (measuring.rows ?? ROWS).map(({ id }) => id);
  const orders = blockOrders(measuring.seed, 'micro', ids, measuring.rounds);
  for (const [round, order] of orders.entries()) {
    for (const [position, id] of order.entries()) {
      if (measuring.signal.aborted) throw new Interrupted();
      await sampleRow(rowSpec(id), { round, position }, measuring, samples);
    }
    const text = `round ${round + 1} of ${measuring.rounds}`;
    measuring.onEvent({ kind: 'phase', name: 'measure', text });
  }
}

/** A thread's sample that other work spoilt is taken again so often at most. */
const ATTEMPTS_MAX = 3;

async function sampleRow(
  spec: RowSpec,
  place: Pick<Sample, 'round' | 'position'>,
  measuring: Measuring,
  samples: Sample[],
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const outcome = await measureRow(spec, measuring);
    const found = outcome.ok ? { line: outcome.line } : { line: null, why: outcome.why };
    samples.push({ row: spec.id, ...place, attempt, ...found });
    if (!outcome.ok || !isVoid(outcome.line)) return;
  }
}

function rowSpec(id: string): RowSpec {
  const spec = ROWS.find((row) => row.id === id);
  if (spec === undefined) throw new Error(`no row ${id}`);
  return spec;
}

async function measureRow(spec: RowSpec, measuring: Measuring): Promise<Outcome> {
  const { cpu, otherCpu, probe, go, signal } = measuring;
  const ms = String(measuring.sampleMs * spec.weight);
  switch (spec.program) {
    case 'harness':
      return measureInProcess(spec.id, Number(ms));
    case 'go':
      if (!go.ok) return go;
      return measureOnce([probe, 'run-on', String(cpu), go.file, ...spec.args, ms], signal);
    case 'probe': {
      const other = spec.crossesCpus ? otherCpu : cpu;
      if (other === null) return { ok: false, why: 'this process may use one CPU only' };
      const cpus = ['--cpu', String(cpu), '--other-cpu', String(other)];
      return measureOnce([probe, ...spec.args, ...cpus, '--ms', ms], signal);
    }
  }
}

/** How long the rounds take, ms: an estimate for people. */
export function estimateRoundsMs(
  rounds: number,
  sampleMs: number,
  rows: readonly RowSpec[] = ROWS,
): number {
  return rounds * rows.reduce((sum, row) => sum + costMs(row, sampleMs), 0);
}

const START_MS = 20;
/** Warm-up, and for threads the same calls without a switch. */
const SHARE_BESIDE = { thread: 1.8, other: 1.2 };

function costMs(row: RowSpec, sampleMs: number): number {
  const isThread = row.args.some((arg) => arg.startsWith('thread-'));
  return START_MS + sampleMs * row.weight * (isThread ? SHARE_BESIDE.thread : SHARE_BESIDE.other);
}

/** Calls per call of the benchmark, so that tinybench's own two clock reads do not weigh. */
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

/**
 * Measures one row that is calls of this very process, for about `ms`: what the harness' own
 * instruments cost in JavaScript. tinybench warms up and measures; a value is its mean over one
 * sample's time, which the rounds then repeat.
 */
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
