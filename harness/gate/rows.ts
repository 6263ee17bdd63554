/**
 * What the gate decides: one row per lane, variant, condition and metric, each with a verdict of
 * its own. Every number is oriented so that larger is worse.
 *
 * pass: worse by less than the margin, shown. fail: worse by more, shown. inconclusive: neither
 * could be shown; `detectable` says what could have been. skipped: there is nothing to compare,
 * whatever the machine does, and `why` says so; such a row does not count.
 */
import { z } from 'zod';

export const rowVerdict = z.enum(['pass', 'fail', 'inconclusive', 'skipped']);
export type RowVerdict = z.infer<typeof rowVerdict>;

export const laneName = z.enum(['correctness', 'counts', 'timing']);
export type Lane = z.infer<typeof laneName>;

const confirmationSchema = z.strictObject({
  /** Relative change of the second batch; null: it gave none. */
  change: z.number().nullable(),
  n: z.int(),
  quality: z.enum(['clean', 'noisy', 'invalid']),
  holds: z.boolean(),
});
export type Confirmation = z.infer<typeof confirmationSchema>;

const acceptedSchema = z.strictObject({
  size: z.number(),
  reason: z.string(),
  expires: z.string(),
});

export const gateRowSchema = z.strictObject({
  lane: laneName,
  variant: z.string(),
  condition: z.string(),
  metric: z.string(),
  unit: z.string(),
  /** Medians of both sides; of a stored baseline, its ratio to the reference and this run's. */
  base: z.number().nullable(),
  candidate: z.number().nullable(),
  /** How much worse, relative: 0.05 is 5 % worse, negative is better. null: unknown. */
  change: z.number().nullable(),
  /** One-sided bounds of `change`: failConfidence that it is above lo, passConfidence below hi. */
  lo: z.number().nullable(),
  hi: z.number().nullable(),
  /** How much worse is allowed, relative to the base. */
  allowed: z.number(),
  /** Pairs behind the row. */
  n: z.int(),
  /** p of "not beyond the margin", Holm's adjustment made; timing only. */
  p: z.number().nullable(),
  verdict: rowVerdict,
  /** The relative slowdown that would have been seen 9 times in 10. null: unknown. */
  detectable: z.number().nullable(),
  /** What the second batch found for a suspected row; null: not suspected. */
  confirmation: confirmationSchema.nullable(),
  /** The entry of gate.accept.json that lets the row pass. */
  accepted: acceptedSchema.nullable(),
  why: z.string(),
});
export type GateRow = z.infer<typeof gateRowSchema>;

/** The fields of a row without a value, to be spread below those that it has. */
export const EMPTY_ROW = {
  base: null,
  candidate: null,
  change: null,
  lo: null,
  hi: null,
  allowed: 0,
  n: 0,
  p: null,
  detectable: null,
  confirmation: null,
  accepted: null,
} as const;

/** `callback-epoll keepalive-c64 cpu_us_per_request`: names a row within a gate run. */
export function rowKey({ variant, condition, metric }: RowPlace): string {
  return `${variant} ${condition} ${metric}`;
}

export type RowPlace = Pick<GateRow, 'variant' | 'condition' | 'metric'>;

/** Items of one key next to each other, in the order of their first. */
export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const keys = new Set(items.map(keyOf));
  return [...keys].map((key) => items.filter((item) => keyOf(item) === key));
}
