/** gate.json: everything that a gate run found, and what it was decided from. */
import { z } from 'zod';
import { environmentSchema } from '../results/schema.js';
import { gateConfigSchema } from './config.js';
import { countSampleSchema } from './counts.js';
import { gateRowSchema } from './rows.js';
import { gateVerdict } from './verdict.js';

export const GATE_SCHEMA_VERSION = 1;

/** A state of the sources that was built and measured. */
const sideSchema = z.strictObject({
  /** As it was asked for; null: the working tree, with what is not committed. */
  ref: z.string().nullable(),
  /** null: the working tree differs from every commit. */
  commit: z.string().nullable(),
  /** git's hash of the tree: equal trees are equal sources. */
  tree: z.string(),
});
export type GateSide = z.infer<typeof sideSchema>;

const modeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('base'), base: sideSchema, candidate: sideSchema }),
  z.strictObject({ kind: z.literal('baseline'), file: z.string(), runs: z.int() }),
  /** Nothing to compare with: the first run of a baseline. */
  z.strictObject({ kind: z.literal('first') }),
]);

export const qualifiedSchema = z.strictObject({
  qualified: z.boolean(),
  text: z.string(),
});

const batchSchema = z.strictObject({
  /** Of its results.json, within the folder of the gate run. */
  folder: z.string(),
  blocks: z.int(),
  quality: z.enum(['clean', 'noisy', 'invalid']),
  reasons: z.array(z.string()),
  /** What decides whether a row may fail. */
  conditions: z.array(
    z.strictObject({
      condition: z.string(),
      level: z.enum(['clean', 'noisy', 'invalid']),
      reasons: z.array(z.string()),
      /** By metric: what a slowdown has to exceed beyond the margin; null: nothing may fail. */
      blur: z.record(z.string(), z.number().nullable()),
    }),
  ),
});

export const gateFileSchema = z.strictObject({
  schemaVersion: z.literal(GATE_SCHEMA_VERSION),
  runId: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  argv: z.array(z.string()),
  mode: modeSchema,
  candidateArgs: z.array(z.string()),
  machineClass: z.string(),
  environment: environmentSchema,
  qualification: qualifiedSchema,
  config: gateConfigSchema,
  verdict: gateVerdict,
  strict: z.boolean(),
  exitCode: z.int(),
  rows: z.array(gateRowSchema),
  /** What a reader must know and no row says. */
  notes: z.array(z.string()),
  /** What is wrong with gate.accept.json. */
  unused: z.array(z.string()),
  /** Time per step, ms. */
  durations: z.array(z.strictObject({ step: z.string(), ms: z.number() })),
  batches: z.array(batchSchema),
  counts: z.array(countSampleSchema),
});
export type GateFile = z.infer<typeof gateFileSchema>;
