/**
 * The shape of a run on disk: the one place where run, stats, report and gate meet
 * (docs/ARCHITECTURE.md, contract 3).
 *
 * trials.ndjson holds one RunHeader line, then one Trial line per finished trial, in the order they
 * ran. results.json holds a Results value: the same header and trials, and everything derived from
 * them.
 *
 * Rules: raw before derived; integers for counts; nanosecond instants as strings (they exceed
 * 2^53); what could not be measured is null with a `why`, never 0.
 */
import { z } from 'zod';
import { conditionSchema, parametersSchema, workloadName } from './condition.js';
import { evidenceSchema } from './evidence.js';
import {
  type Calibration,
  calibrationSchema,
  pilotSchema,
  resumeSchema,
  skippedSchema,
} from './header.js';
import { judgedClaimSchema } from './judged.js';
import { histogramSchema, measuredSchema } from './measured.js';
import { METRIC_NAMES } from './metrics.js';
import { precisionSchema } from './precision.js';
import { qualitySchema } from './quality.js';
import { sliceSchema, slicingSchema } from './slicing.js';

export * from './condition.js';
export * from './measured.js';
export type { Quality } from './quality.js';
export * from './workloads.js';

export const SCHEMA_VERSION = 1;

/** A variant in a run. `aaOf` names the subject it is an identical copy of (A/A). */
export const subjectSchema = z.strictObject({
  id: z.string(),
  variant: z.string(),
  title: z.string(),
  model: z.string(),
  aaOf: z.string().optional(),
  /** Flags of its own that the server was started with, for example ["--trigger","level"]. */
  args: z.array(z.string()),
  build: z.strictObject({ sha256: z.string(), command: z.array(z.string()) }),
  /**
   * What the server said in its ready line when it was checked: core, workers, stack_bytes,
   * runtime…
   */
  ready: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type Subject = z.infer<typeof subjectSchema>;

export type { Skipped } from './header.js';
export { type Slice, type Slicing, slicesOf, slicingOf } from './slicing.js';

export const placementSchema = z.strictObject({
  serverCpus: z.array(z.int()),
  clientCpus: z.array(z.int()),
});
export type Placement = z.infer<typeof placementSchema>;

/** Beyond warn the value is kept with a warning, beyond void it is not used; null: never. */
export const thresholdSchema = z.strictObject({
  warn: z.number().nullable(),
  void: z.number().nullable(),
  unit: z.string(),
});
export type Threshold = z.infer<typeof thresholdSchema>;

export const planSchema = z.strictObject({
  profile: z.string(),
  conditions: z.array(conditionSchema),
  /** Of the conditions with most: each has as many as its `order` (blocksOf). */
  blocks: z.int().min(1),
  /**
   * order[condition index][block index] = subject ids in the order they run. A subject that does
   * not take part in a condition is in none of its blocks.
   */
  order: z.array(z.array(z.array(z.string()))),
  seed: z.string(),
  /** Before the first window of a life. */
  warmupMs: z.number(),
  /** Measured time of a life: one window, or about the sum of its slices. */
  windowMs: z.number(),
  /** By condition id, of those measured in slices; the lives of any other have one window. */
  slicing: z.record(z.string(), slicingSchema).optional(),
  precision: precisionSchema.optional(),
  /** For the blocks together; no further one begins where it would take longer. */
  blocksMsMax: z.number().positive().optional(),
  client: z.enum(['native', 'autocannon', 'wrk']),
  placement: placementSchema,
  /** The subject that ratios are taken against. */
  reference: z.string(),
  /** lo: client and server in one network namespace. veth: each in its own, over a veth pair. */
  net: z.enum(['lo', 'veth']),
  /** Limits of the checks, by their names: fixed before the run. */
  thresholds: z.record(z.string(), thresholdSchema),
  /** Blocks that may be repeated at the end because a void trial spoilt one, per condition. */
  extraBlocksMax: z.int().min(0),
});
export type Plan = z.infer<typeof planSchema>;

/** Planned blocks of a condition. */
export function blocksOf({ conditions, order }: Plan, id: string): number {
  return order[conditions.findIndex((condition) => condition.id === id)]?.length ?? 0;
}

/**
 * What the machine and the tools were: each fact as text, with how it was read where that matters.
 */
export const environmentSchema = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);
export type Environment = z.infer<typeof environmentSchema>;

export { type Calibration, calibrationSchema };

/** The state of the sources; null: not known. */
export const harnessSchema = z.strictObject({
  version: z.string(),
  commit: z.string().nullable(),
  dirty: z.boolean().nullable(),
});

export const runHeaderSchema = z.strictObject({
  kind: z.literal('run'),
  schemaVersion: z.literal(SCHEMA_VERSION),
  runId: z.string(),
  startedAt: z.string(),
  argv: z.array(z.string()),
  harness: harnessSchema,
  environment: environmentSchema,
  /** What sent the requests, and what a reader must know of it. */
  client: z.strictObject({ version: z.string(), limits: z.array(z.string()) }),
  plan: planSchema,
  /** null: the run was asked to do without. */
  calibration: calibrationSchema.nullable(),
  /** null: the run is no sweep. */
  pilot: pilotSchema.nullable(),
  subjects: z.array(subjectSchema),
  skipped: z.array(skippedSchema),
});
export type RunHeader = z.infer<typeof runHeaderSchema>;

/** Deltas of the server's counters over the measured window (between two `stats` lines). */
export const serverDeltaSchema = z.record(z.string(), measuredSchema);

export const checkSchema = z.strictObject({
  name: z.string(),
  value: z.number().nullable(),
  level: z.enum(['ok', 'warn', 'void']),
  text: z.string(),
});
export type Check = z.infer<typeof checkSchema>;

export const trialSchema = z.strictObject({
  kind: z.literal('trial'),
  /** `<condition>-b<block>-p<position>`, both from 0. */
  id: z.string(),
  condition: z.string(),
  block: z.int(),
  position: z.int(),
  subject: z.string(),
  /**
   * ok: measured. void: the environment spoilt it. failed: the server or the client did; reason
   * says how.
   */
  status: z.enum(['ok', 'void', 'failed']),
  reason: z.string().optional(),
  startedAt: z.string(),
  /**
   * Measured under instruments that slow it down (tracepoints): it says what happened, never how
   * fast. Such trials have blocks of their own and take no part in values and ratios of time.
   */
  instrumented: z.boolean(),
  /** The block of the plan that this trial's block repeats, because a void trial spoilt it. */
  replaces: z.int().optional(),
  pid: z.int().nullable(),
  port: z.int().nullable(),
  /** openNs: the time that its slices take in it; absent: all of it. */
  window: z
    .strictObject({ startNs: z.string(), endNs: z.string(), openNs: z.string().optional() })
    .nullable(),
  /**
   * Its windows: all other fields are sums over them, or of the last. Absent from files of before
   * every trial had them.
   */
  slices: z.array(sliceSchema).optional(),
  /**
   * Requests of the client inside the window. sent = ok + errors + timeouts + unfinished, for
   * requests sent in it.
   */
  counts: z
    .strictObject({
      /**
       * Replies received in the window, whenever their request was sent: the dividend of
       * throughput.
       */
      completed: z.int(),
      sent: z.int(),
      ok: z.int(),
      errors: z.record(z.string(), z.int()),
      /** Requests that had no reply within the client's time limit. */
      timeouts: z.int(),
      unfinished: z.int(),
      /** Open load: requests that were due in the window; null in closed load. */
      offered: z.int().nullable(),
      /** Open load: of these, those that waited because no connection was free; null in closed load. */
      starved: z.int().nullable(),
      bytesRead: z.int(),
    })
    .nullable(),
  /**
   * service: from the write of a request to the last byte of its reply. Open load also has
   * response: from the instant it was due, and lateness: from that instant to its write.
   */
  latency: z
    .strictObject({
      service: histogramSchema,
      response: histogramSchema.nullable(),
      lateness: histogramSchema.nullable(),
    })
    .nullable(),
  server: serverDeltaSchema,
  /** What the machine did meanwhile: steal_percent, listen_drops, sentinel_gap_us … */
  machine: z.record(z.string(), measuredSchema),
  client: z
    .strictObject({
      kind: z.enum(['native', 'autocannon', 'wrk']),
      version: z.string(),
      /** CPU time of the generator's own threads in the window. */
      cpuUs: measuredSchema,
      /** Those threads; left out where the client does not report them. */
      threads: z.int().min(1).optional(),
      /** Open load: share of its time in which the spinning generator had something to do. */
      busyShare: measuredSchema.nullable(),
      /** Requests the client completed between the two `stats` lines, interpolated to their instants. */
      completedBetweenStats: z.number(),
      /**
       * The divisor of per-request figures. source `server`: its own count, of the same instants as
       * its rusage, which the client's count confirms; else `client`: completedBetweenStats.
       */
      requestsBetweenStats: measuredSchema,
      /** Distance of the two `stats` snapshots on the server's own clock; a sum over slices. */
      statsIntervalNs: z.number(),
    })
    .nullable(),
  checks: z.array(checkSchema),
});
export type Trial = z.infer<typeof trialSchema>;

export const metricName = z.enum(METRIC_NAMES);
export type { MetricName } from './metrics.js';

/** neither: the metric describes. */
const betterSchema = z.enum(['higher', 'lower', 'neither']);

const rowKey = {
  variant: z.string(),
  /** The subject id: equal to the variant, but for an A/A twin. */
  subject: z.string(),
  workload: workloadName,
  /** Those of the condition; absent where it has none. */
  parameters: parametersSchema.optional(),
  connections: z.int(),
  load: z.string(),
  metric: metricName,
};

/** Median over the trials of one subject in one condition, with a 95 % order-statistic interval. */
export const valueRowSchema = z.strictObject({
  kind: z.literal('value'),
  ...rowKey,
  unit: z.string(),
  better: betterSchema,
  median: z.number().nullable(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
  /** Trials behind the row. */
  n: z.int(),
  source: z.string(),
  /** lower: the true value may be higher, because the client's CPU was the limit. */
  bound: z.enum(['lower']).optional(),
  why: z.string().optional(),
});
export type ValueRow = z.infer<typeof valueRowSchema>;

/**
 * Paired ratio subject / reference over blocks: Hodges-Lehmann estimate, exact 95 % signed-rank
 * interval.
 */
export const ratioRowSchema = z.strictObject({
  kind: z.literal('ratio'),
  ...rowKey,
  versus: z.string(),
  better: betterSchema,
  ratio: z.number().nullable(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
  /**
   * Confidence that lo..hi really has: exact, so never below 0.95 unless n is too small; then lo
   * and hi are null.
   */
  confidence: z.number().nullable(),
  /** Pairs behind the row. */
  n: z.int(),
  /**
   * better, worse: the difference holds at 95 % after Holm's correction over the primary metrics of
   * the condition. equivalent: both ends of the 90 % interval lie inside the margin (two one-sided
   * tests). undecided: neither; `mde` says what could have been seen. null: not compared.
   */
  decision: z.enum(['better', 'worse', 'equivalent', 'undecided']).nullable(),
  /** Smallest relative difference that these pairs could have shown in 9 of 10 runs; 0.05 is 5 %. */
  mde: z.number().nullable(),
  why: z.string().optional(),
});
export type RatioRow = z.infer<typeof ratioRowSchema>;

export const summaryRowSchema = z.discriminatedUnion('kind', [valueRowSchema, ratioRowSchema]);
export type SummaryRow = z.infer<typeof summaryRowSchema>;

export const outcomeSchema = z.enum(['complete', 'partial']);

export const resultsSchema = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  header: runHeaderSchema,
  finishedAt: z.string(),
  /** partial: the run was interrupted or trials failed; `problems` says what happened. */
  outcome: outcomeSchema,
  problems: z.array(z.string()),
  quality: qualitySchema,
  trials: z.array(trialSchema),
  /** Absent: the run was never interrupted. */
  resumes: z.array(resumeSchema).optional(),
  summary: z.array(summaryRowSchema),
  /** null: the run gathered none. */
  evidence: evidenceSchema.nullable(),
  /** What all of this says about each claim; left out where nobody has judged yet. */
  claims: z.array(judgedClaimSchema).optional(),
});
export type Results = z.infer<typeof resultsSchema>;
