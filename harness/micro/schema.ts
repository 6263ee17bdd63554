/**
 * The shape of micro.json: what `iomodels micro` measured, raw before derived (docs/MICRO.md says
 * what each row is). What could not be measured is null with a `why`.
 */

import path from 'node:path';
import { z } from 'zod';
import { putWhole } from '../results/file.js';
import {
  environmentSchema,
  harnessSchema,
  outcomeSchema,
  placementSchema,
} from '../results/schema.js';

export const MICRO_SCHEMA_VERSION = 1;

export const costSchema = z.strictObject({
  /** Switches, requests or calls: what the row is given per. */
  operations: z.int().min(1),
  cpuNs: z.int(),
  wallNs: z.int(),
});

/** The one line that a measuring program prints. */
export const probeLineSchema = z.strictObject({
  cost: costSchema,
  /** The same system calls made in one thread, without a switch. */
  sameCalls: costSchema.optional(),
  /** Context switches of the process meanwhile; expected: voluntary ones. */
  switches: z
    .strictObject({ expected: z.int(), voluntary: z.int(), involuntary: z.int() })
    .optional(),
});
export type ProbeLine = z.infer<typeof probeLineSchema>;

/**
 * One start of a measuring program; `line` is null when it failed. A void one is followed by
 * another attempt in its place.
 */
const sampleSchema = z.strictObject({
  row: z.string(),
  round: z.int().min(0),
  /** Place in the round's order. */
  position: z.int().min(0),
  /** From 0. */
  attempt: z.int().min(0),
  line: probeLineSchema.nullable(),
  why: z.string().optional(),
});
export type Sample = z.infer<typeof sampleSchema>;

/** An estimate with the interval that it can honestly have (harness/stats/interval.ts). */
const intervalSchema = z.strictObject({
  estimate: z.number().nullable(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
  confidence: z.number().nullable(),
  n: z.int(),
  why: z.string().optional(),
});

export const rowSchema = z.strictObject({
  id: z.string(),
  group: z.string(),
  title: z.string(),
  per: z.enum(['switch', 'request', 'call', 'coroutine']),
  /** cpu: CPU time of the process. wall: time that passed. */
  clock: z.enum(['cpu', 'wall']),
  /** void: what was measured is not what the row says; see why. */
  status: z.enum(['ok', 'void', 'unavailable']),
  why: z.string().optional(),
  /** ns per operation: median over the samples that are not void, exact 95 % interval. */
  ns: intervalSchema,
  /** Left out, because they were void. */
  voidSamples: z.int(),
  /** Sums over all samples, void ones included; null for rows without threads. */
  switches: z
    .strictObject({ expected: z.int(), voluntary: z.int(), involuntary: z.int() })
    .nullable(),
});
export type Row = z.infer<typeof rowSchema>;

/** Ratio of two rows, paired by round. */
const rowRatioSchema = z.strictObject({
  row: z.string(),
  versus: z.string(),
  ratio: intervalSchema,
  /** The target of the ratio, at most; null where none was set beforehand. */
  target: z.number().nullable(),
  /** yes, no: the whole interval is on that side. open: it is on both, or there is none. */
  met: z.enum(['yes', 'no', 'open']).nullable(),
});
export type RowRatio = z.infer<typeof rowRatioSchema>;

const head = {
  schemaVersion: z.literal(MICRO_SCHEMA_VERSION),
  runId: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  argv: z.array(z.string()),
  harness: harnessSchema,
  environment: environmentSchema,
  placement: placementSchema,
  seed: z.string(),
  outcome: outcomeSchema,
  problems: z.array(z.string()),
};

export const switchesFileSchema = z.strictObject({
  part: z.literal('switches'),
  ...head,
  rounds: z.int().min(1),
  /** Share of the CPU, 0 to 1, that other programs took while rows ran on it: the median sample. */
  foreignShare: z.number().nullable(),
  samples: z.array(sampleSchema),
  rows: z.array(rowSchema),
  ratios: z.array(rowRatioSchema),
});
export type SwitchesFile = z.infer<typeof switchesFileSchema>;

/** The floor, measured just before a trial's connections were opened, on the server's CPU. */
const floorSampleSchema = z.strictObject({
  condition: z.string(),
  block: z.int(),
  subject: z.string(),
  line: probeLineSchema.nullable(),
  why: z.string().optional(),
});
export type FloorSample = z.infer<typeof floorSampleSchema>;

/** Resident memory that connections cost which nobody uses. */
const idleTrialSchema = z.strictObject({
  subject: z.string(),
  repetition: z.int(),
  connections: z.int(),
  /** Bytes per connection: connected and silent; null with why. */
  silent: z.number().nullable(),
  /** The same after one request was answered on each. */
  served: z.number().nullable(),
  why: z.string().optional(),
});
export type IdleTrial = z.infer<typeof idleTrialSchema>;

const optionRowSchema = z.strictObject({
  variant: z.string(),
  /** As the variant calls this set of flags. */
  label: z.string(),
  subject: z.string(),
  connections: z.int(),
  /** What the ratios are taken against: the first set that the variant lists. */
  base: z.string(),
  /** CPU us per request. */
  cpu: intervalSchema,
  /** null for the base itself. */
  cpuRatio: intervalSchema.nullable(),
  p99Ratio: intervalSchema.nullable(),
  /** base: nothing to compare with. open: too few blocks for an interval, or nothing measured. */
  verdict: z.enum(['base', 'pays', 'no-difference', 'costs', 'open']),
  /** For no-difference: the share that could have been seen; 0.02 is 2 %. null: not known. */
  detectable: z.number().nullable(),
  /** Medians of bytes per idle connection; null where that was not measured. */
  idleSilent: z.number().nullable(),
  idleServed: z.number().nullable(),
});
export type OptionRow = z.infer<typeof optionRowSchema>;

/** CPU per request of one subject against another, or against the floor. */
const figureRowSchema = z.strictObject({
  subject: z.string(),
  versus: z.string(),
  connections: z.int(),
  ratio: intervalSchema,
});
export type FigureRow = z.infer<typeof figureRowSchema>;

/** Bytes per idle connection of one subject; ratios to the reference. */
const idleRowSchema = z.strictObject({
  subject: z.string(),
  /** Medians over the repetitions, and their extremes. */
  silent: z.number().nullable(),
  silentRange: z.tuple([z.number(), z.number()]).nullable(),
  served: z.number().nullable(),
  servedRange: z.tuple([z.number(), z.number()]).nullable(),
  silentRatio: z.number().nullable(),
  servedRatio: z.number().nullable(),
});
export type IdleRow = z.infer<typeof idleRowSchema>;

export const optionsFileSchema = z.strictObject({
  part: z.literal('options'),
  ...head,
  /** The trials themselves: results.json in the same folder. */
  results: z.string(),
  blocks: z.int(),
  windowMs: z.number(),
  floors: z.array(floorSampleSchema),
  idle: z.array(idleTrialSchema),
  floorRows: z.array(z.strictObject({ connections: z.int(), us: intervalSchema })),
  options: z.array(optionRowSchema),
  figures: z.array(figureRowSchema),
  idleRows: z.array(idleRowSchema),
});
export type OptionsFile = z.infer<typeof optionsFileSchema>;

export const microFileSchema = z.discriminatedUnion('part', [
  switchesFileSchema,
  optionsFileSchema,
]);
export type MicroFile = z.infer<typeof microFileSchema>;

const MICRO_FILE = 'micro.json';

/**
 * Writes micro.json, whole or not at all, into the folder, which is made if need be, and returns
 * its path. Rejects with UserError.
 */
export async function writeMicro(folder: string, content: MicroFile): Promise<string> {
  const text = `${JSON.stringify(microFileSchema.parse(content), null, 2)}\n`;
  const file = path.join(folder, MICRO_FILE);
  await putWhole(file, text, 'make room, or choose another folder with --out', true);
  return file;
}
