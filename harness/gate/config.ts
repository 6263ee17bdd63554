/**
 * gate.config.json: what the gate measures and how much worse is too much. Margins are data, fixed
 * before any run; docs/GATE.md explains each of them.
 */
import { z } from 'zod';
import { UserError } from '../errors.js';
import { parseWorkload } from '../plan/workloads.js';
import { parseFile, refusal } from './parse.js';

/** Metrics of the count lane: nothing in them depends on time. */
export const COUNT_METRICS = [
  'syscalls_per_request',
  'voluntary_switches_per_request',
  'idle_bytes_per_connection',
] as const;
export type CountMetric = (typeof COUNT_METRICS)[number];

/** Metrics of the timing lane. */
export const TIMING_METRICS = ['cpu_us_per_request', 'requests_per_s', 'latency_us_p99'] as const;
export type TimingMetric = (typeof TIMING_METRICS)[number];

/** A rise is allowed up to the larger of the two. */
const countMargin = z.strictObject({
  relative: z.number().min(0).max(1),
  /** In the metric's unit. */
  absolute: z.number().min(0),
});
export type CountMargin = z.infer<typeof countMargin>;

const requestMargins = z.strictObject({
  syscalls_per_request: countMargin.optional(),
  voluntary_switches_per_request: countMargin.optional(),
});

const workload = z.string().superRefine((text, context) => {
  try {
    parseWorkload(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    context.addIssue({ code: 'custom', message: `${error.message}: ${error.remedy}` });
  }
});

const timingMargin = z.number().min(0.001).max(1);

const countsSchema = z.strictObject({
  /** Pairs of fresh servers, base and candidate; all must agree for a fail or a pass. */
  trials: z.int().min(3).max(100),
  /** Further pairs for rows that the first leave open: more scatter may pass, never fail. */
  morePairs: z.int().min(0).max(100),
  /** Requests of a trial, one after the other on one connection, with a pause before each. */
  keepaliveRequests: z.int().min(100).max(20_000),
  /** Requests of a trial with a connection each; 0: no such trials. */
  greetingRequests: z.int().min(0).max(20_000),
  /** Silent connections of a trial of memory; 0: no such trials. */
  idleConnections: z.int().min(0).max(50_000),
  /** By kind of trial. A metric without a margin makes no row there. */
  margins: z.strictObject({
    keepalive: requestMargins,
    greeting: requestMargins,
    idle: z.strictObject({ idle_bytes_per_connection: countMargin }),
  }),
});

const timingSchema = z.strictObject({
  /** As `compare --workloads` takes them: keepalive, work:100, … */
  workloads: z.array(workload).min(1),
  connections: z.array(z.int().min(1).max(60_000)).min(1),
  /** Blocks of a batch. A failure takes two batches. */
  blocks: z.int().min(6).max(500),
  /** Blocks of a condition that are measured again, because something else took the CPUs. */
  extraBlocks: z.int().min(0).max(500),
  /** Slices of a trial: its server and the others of its variant are measured in turn. */
  slices: z.int().min(2).max(1000),
  /** Of a server's first slice. */
  warmupMs: z.int().min(0).max(600_000),
  /** Of its others. */
  sliceWarmupMs: z.int().min(0).max(600_000),
  /** Of each slice. */
  windowMs: z.int().min(20).max(600_000),
  /** Relative slowdown that is allowed; 0.05 is 5 %. */
  margins: z.strictObject({
    cpu_us_per_request: timingMargin,
    requests_per_s: timingMargin,
    latency_us_p99: timingMargin,
  }),
  /** One-sided confidence that a slowdown exceeds its margin before it may fail. */
  failConfidence: z.number().min(0.9).max(0.9999),
  /** One-sided confidence that it lies below its margin before it passes. */
  passConfidence: z.number().min(0.8).max(0.9999),
});

export const gateConfigSchema = z.strictObject({
  $schema: z.string().optional(),
  counts: countsSchema,
  timing: timingSchema,
  baseline: z.strictObject({
    /** Runs that a stored baseline must hold before it may fail a gate. */
    historyRuns: z.int().min(2).max(1000),
  }),
});
export type GateConfig = z.infer<typeof gateConfigSchema>;

/** The margin of a count in a condition such as keepalive-c1; undefined: none, so no row. */
export function countMarginOf(
  { margins }: GateConfig['counts'],
  { condition, metric }: { readonly condition: string; readonly metric: CountMetric },
): CountMargin | undefined {
  const [kind = 'keepalive'] = condition.split('-');
  const ofKind: Partial<Record<CountMetric, CountMargin | undefined>> =
    margins[kind as keyof typeof margins];
  return ofKind[metric];
}

/** Name of the file in the repository's root. */
export const CONFIG_FILE = 'gate.config.json';

/**
 * Fewest blocks with which a timing row can fail: 2^-n is the smallest one-sided p there is, and
 * Holm multiplies the smallest p of a family by its size.
 */
export function fewestBlocks(failConfidence: number, family = TIMING_METRICS.length): number {
  return Math.ceil(Math.log2(family / (1 - failConfidence)));
}

/** The content of gate.config.json. Throws UserError that names file, field and remedy. */
export function parseConfig(text: string, file: string): GateConfig {
  const config = parseFile(gateConfigSchema, text, file, 'docs/GATE.md explains every field');
  const { blocks, failConfidence } = config.timing;
  const needed = fewestBlocks(failConfidence);
  if (blocks >= needed) return config;
  throw refusal(
    `${file}: timing.blocks is ${blocks}, and no slowdown could ever fail with fewer than ${needed} ` +
      `at timing.failConfidence ${failConfidence}`,
    `raise timing.blocks to ${needed} or more, or lower timing.failConfidence`,
  );
}

type Narrowing = {
  readonly [K in 'workloads' | 'connections' | 'blocks']?: Readonly<GateConfig['timing'][K]>;
};

/** The configuration with the conditions and blocks that a person asked for. */
export function narrowed(config: GateConfig, asked: Narrowing): GateConfig {
  const { timing } = config;
  const { workloads = timing.workloads, connections = timing.connections } = asked;
  const { blocks = timing.blocks } = asked;
  const size = { workloads: [...workloads], connections: [...connections], blocks };
  return { ...config, timing: { ...timing, ...size } };
}
