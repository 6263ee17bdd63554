/** Made-up findings of a gate for tests. Never used outside tests. */
import type { GateConfig } from './config.js';
import type { CountSample } from './counts.js';
import type { Slowdowns } from './pairs.js';
import { EMPTY_ROW, type GateRow } from './rows.js';
import type { GateFile } from './schema.js';

export const CONFIG: GateConfig = {
  counts: {
    trials: 5,
    morePairs: 7,
    keepaliveRequests: 500,
    greetingRequests: 100,
    idleConnections: 1000,
    margins: {
      keepalive: {
        syscalls_per_request: { relative: 0.01, absolute: 0.02 },
        voluntary_switches_per_request: { relative: 0.05, absolute: 0.05 },
      },
      greeting: { syscalls_per_request: { relative: 0.01, absolute: 0.5 } },
      idle: { idle_bytes_per_connection: { relative: 0.01, absolute: 128 } },
    },
  },
  timing: {
    workloads: ['keepalive'],
    connections: [1, 64],
    blocks: 13,
    extraBlocks: 2,
    slices: 20,
    warmupMs: 60,
    sliceWarmupMs: 5,
    windowMs: 25,
    margins: { cpu_us_per_request: 0.05, requests_per_s: 0.07, latency_us_p99: 0.15 },
    failConfidence: 0.99,
    passConfidence: 0.95,
  },
  baseline: { historyRuns: 10 },
};

/** Slowdowns of one row from their relative sizes. */
export function slowdownOf(
  changes: readonly number[],
  overrides: Partial<Slowdowns> = {},
): Slowdowns {
  return {
    variant: 'demo',
    condition: 'keepalive-c64',
    metric: 'cpu_us_per_request',
    unit: 'us',
    base: 10,
    candidate: 10,
    refused: null,
    blocks: changes.map((change, block) => ({ block, log: Math.log1p(change) })),
    ...overrides,
  };
}

/** Changes about a centre, all of them different: ranks have no ties. */
export function about(centre: number, spread: number, n = 10): number[] {
  return Array.from({ length: n }, (_, i) => centre + spread * ((i + 0.5) / n - 0.5));
}

export function samplesOf(
  base: readonly (number | null)[],
  candidate: readonly (number | null)[],
  overrides: Partial<CountSample> = {},
): CountSample[] {
  const of = (side: CountSample['side'], values: readonly (number | null)[]) =>
    values.map(
      (value, trial): CountSample => ({
        variant: 'demo',
        side,
        condition: 'keepalive-c1',
        metric: 'syscalls_per_request',
        trial,
        value,
        failed: false,
        ...(value === null ? { why: 'not counted' } : {}),
        ...overrides,
      }),
    );
  return [...of('base', base), ...of('candidate', candidate)];
}

export function rowOf(overrides: Partial<GateRow> = {}): GateRow {
  return {
    lane: 'timing',
    variant: 'demo',
    condition: 'keepalive-c64',
    metric: 'cpu_us_per_request',
    unit: 'us',
    ...EMPTY_ROW,
    base: 10,
    candidate: 10.1,
    change: 0.01,
    lo: -0.01,
    hi: 0.03,
    allowed: 0.05,
    n: 10,
    p: 1,
    verdict: 'pass',
    detectable: 0.09,
    why: 'within the margin',
    ...overrides,
  };
}

export function gateFile(overrides: Partial<GateFile> = {}): GateFile {
  const rows: GateRow[] = [
    rowOf({
      lane: 'correctness',
      condition: 'all',
      metric: 'faults',
      change: null,
      why: '25 trials',
    }),
    rowOf({
      lane: 'counts',
      condition: 'keepalive-c1',
      metric: 'syscalls_per_request',
      base: 3,
      candidate: 4,
      change: 1 / 3,
      lo: 1 / 3,
      hi: 1 / 3,
      allowed: 0.01,
      n: 5,
      verdict: 'fail',
      why: 'worse in all 5 pairs',
      detectable: null,
      p: null,
    }),
    rowOf(),
    rowOf({ metric: 'latency_us_p99', verdict: 'inconclusive', why: 'a noisy run', allowed: 0.15 }),
    rowOf({ metric: 'requests_per_s', verdict: 'skipped', change: null, why: 'the client' }),
  ];
  return {
    schemaVersion: 1,
    runId: 'gate-20261126-080000-abcd',
    startedAt: '2026-11-26T08:00:00.000Z',
    finishedAt: '2026-11-26T08:09:00.000Z',
    argv: ['gate', '--base', 'main'],
    mode: {
      kind: 'base',
      base: { ref: 'main', commit: 'a'.repeat(40), tree: 'b'.repeat(40) },
      candidate: { ref: null, commit: null, tree: 'c'.repeat(40) },
    },
    candidateArgs: [],
    machineClass: 'x86-64-2cpu-demo-vm',
    environment: { cpus: 2 },
    qualification: { qualified: true, text: 'qualified on x86-64-2cpu-demo-vm, 2026-11-20' },
    config: CONFIG,
    verdict: 'fail',
    strict: false,
    exitCode: 1,
    rows,
    notes: ['a note'],
    unused: [],
    durations: [
      { step: 'building', ms: 60_000 },
      { step: 'timing', ms: 240_000 },
    ],
    batches: [{ folder: 'batch-1', blocks: 10, quality: 'clean', reasons: [], conditions: [] }],
    counts: samplesOf([3, 3, 3, 3, 3], [4, 4, 4, 4, 4]),
    ...overrides,
  };
}
