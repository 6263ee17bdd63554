/**
 * A stored baseline: what earlier runs of one machine class found, as ratios to the reference
 * (time) and counts. For when the base cannot be built.
 *
 * A stored value is the median of the last runs. Its margin grows with the history: the larger of
 * the configured one and Q3 + 3 IQR of the changes from run to run. With fewer than `historyRuns`
 * runs, such a gate only warns.
 */
import { z } from 'zod';
import { median, quantileSorted } from '../stats/quantile.js';
import type { GateConfig } from './config.js';
import type { CountSample } from './counts.js';
import type { Slowdowns } from './pairs.js';
import { parseFile } from './parse.js';
import { grouped, type RowPlace, rowKey } from './rows.js';

const storedRowSchema = z.strictObject({
  lane: z.enum(['counts', 'timing']),
  variant: z.string(),
  condition: z.string(),
  metric: z.string(),
  /** Counts: the value. Timing: exp of the slowdown against the reference; larger is worse. */
  value: z.number(),
});
type StoredRow = z.infer<typeof storedRowSchema>;

export const baselineSchema = z.strictObject({
  $schema: z.string().optional(),
  schemaVersion: z.literal(1),
  machineClass: z.string(),
  /** Oldest first. */
  runs: z.array(
    z.strictObject({
      runId: z.string(),
      at: z.iso.datetime(),
      commit: z.string().nullable(),
      rows: z.array(storedRowSchema),
    }),
  ),
});
export type Baseline = z.infer<typeof baselineSchema>;

/** The latest runs that count. */
const RUNS_USED = 30;

export function parseBaseline(text: string, file: string): Baseline {
  return parseFile(baselineSchema, text, file, '`npm run gate -- --write-baseline` writes it anew');
}

/** The values of a row over the runs that have it, oldest first. */
function historyOf({ runs }: Baseline, place: RowPlace): number[] {
  return runs
    .slice(-RUNS_USED)
    .flatMap(({ rows }) =>
      rows.filter((row) => rowKey(row) === rowKey(place)).map(({ value }) => value),
    );
}

/** Median of the stored values; null when there is none. */
export function storedValue(baseline: Baseline, place: RowPlace): number | null {
  return medianOf(historyOf(baseline, place));
}

/** Fences beyond which a change is unlike those from run to run. */
const IQR_MULTIPLIER = 3;

/** A history that varies by more than this says nothing: 10 is eleven times the base. */
const MARGIN_MAX = 10;

/** The larger of the configured margin and the one from the history, up to MARGIN_MAX. */
export function historyMargin(baseline: Baseline, place: RowPlace, configured: number): number {
  const values = historyOf(baseline, place).filter((value) => value > 0);
  const changes = values
    .slice(1)
    .map((value, i) => Math.abs(Math.log(value) - Math.log(values[i] as number)))
    .sort((a, b) => a - b);
  if (changes.length === 0) return configured;
  const q1 = quantileSorted(changes, 0.25);
  const q3 = quantileSorted(changes, 0.75);
  const margin = Math.expm1(q3 + IQR_MULTIPLIER * (q3 - q1));
  return Math.max(configured, Math.min(MARGIN_MAX, margin));
}

const NO_ROW = 'the baseline has no such row';

/** Slowdowns against the reference -> slowdowns against the stored ratio to it. */
export function againstStored(slowdowns: readonly Slowdowns[], baseline: Baseline): Slowdowns[] {
  return slowdowns.map((one) => {
    const stored = storedValue(baseline, one);
    if (stored === null) return { ...one, blocks: [], refused: NO_ROW };
    const blocks = one.blocks.map(({ block, log }) => ({ block, log: log - Math.log(stored) }));
    return { ...one, unit: 'x', base: stored, candidate: ratioOf(one), blocks };
  });
}

/** Each count of the candidate, and the stored one as its base. */
export function withStoredCounts(
  samples: readonly CountSample[],
  baseline: Baseline,
): CountSample[] {
  return samples.flatMap((sample): CountSample[] => {
    const value = storedValue(baseline, sample);
    const missing = value === null ? { why: NO_ROW } : {};
    return [sample, { ...sample, side: 'base', value, ...missing, failed: false }];
  });
}

/** What a run adds to a baseline: its counts and its slowdowns against the reference. */
export function storedRows(
  samples: readonly CountSample[],
  slowdowns: readonly Slowdowns[],
): StoredRow[] {
  const candidates = samples.filter(({ side }) => side === 'candidate');
  const counts = grouped(candidates, rowKey).flatMap((group) =>
    rowFor('counts', group[0] as CountSample, medianOf(group.flatMap(({ value }) => value ?? []))),
  );
  const timing = slowdowns.flatMap((one) => rowFor('timing', one, ratioOf(one)));
  return [...counts, ...timing];
}

function rowFor(
  lane: StoredRow['lane'],
  { variant, condition, metric }: RowPlace,
  value: number | null,
): StoredRow[] {
  return value === null ? [] : [{ lane, variant, condition, metric, value }];
}

/** The baseline with one run more; null: its first. */
export function appendRun(
  baseline: Baseline | null,
  machineClass: string,
  run: Baseline['runs'][number],
): Baseline {
  const runs = [...(baseline?.runs ?? []), run].slice(-RUNS_USED);
  return baselineSchema.parse({ schemaVersion: 1, machineClass, ...baseline, runs });
}

/** Why the baseline may only warn; null when it may fail. */
export function tooYoung(
  { runs }: Baseline,
  { historyRuns }: GateConfig['baseline'],
): string | null {
  if (runs.length >= historyRuns) return null;
  return `the baseline holds ${runs.length} of the ${historyRuns} runs that it needs`;
}

function medianOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : median(values);
}

/** The slowdown over all blocks, as a ratio. */
function ratioOf({ blocks }: Slowdowns): number | null {
  return medianOf(blocks.map(({ log }) => Math.exp(log)));
}
