/**
 * How long a plan takes. Estimates for people, and for plans that must fit into a budget; never a
 * limit. Pure.
 */
import { type Condition, connectionsHeld } from '../results/condition.js';
import type { Plan } from '../results/schema.js';
import { SENTINEL_MS } from './profiles.js';

/** Start, check, the two snapshots and stop of one trial. */
export const TRIAL_OVERHEAD_MS = 250;
/** Making a connection and closing it, on both sides. */
const CONNECTION_MS = 0.15;
/** Checks of the servers, calibration, the report. */
const AROUND_MS = 30_000;

/** Making and ending the client of a slice, ms. */
const SLICE_OVERHEAD_MS = 15;

type Times = Pick<Plan, 'warmupMs' | 'windowMs' | 'interleave'>;

/** Warm-up and windows of one trial, ms. */
export function trafficMs({ warmupMs, windowMs, interleave }: Times): number {
  if (interleave === undefined) return warmupMs + windowMs;
  const { slices, warmupMs: again } = interleave;
  return warmupMs + (slices - 1) * again + slices * (windowMs + SLICE_OVERHEAD_MS);
}

/** One trial, ms. */
export function trialMs(
  times: Times,
  condition: Pick<Condition, 'connections' | 'parameters'>,
): number {
  const connectionsMs = CONNECTION_MS * connectionsHeld(condition);
  const { slices } = times.interleave ?? { slices: 1 };
  return trafficMs(times) + TRIAL_OVERHEAD_MS + slices * connectionsMs;
}

/** Trials in the plan. */
export function trialCount({ order }: Pick<Plan, 'order'>): number {
  return order.flat(2).length;
}

/** How long the trials take, ms, with the sentinel between blocks. */
export function estimateMs(plan: Plan): number {
  const parts = plan.conditions.map((condition, index) => {
    const blocks = plan.order[index] ?? [];
    return blocks.length * SENTINEL_MS + blocks.flat().length * trialMs(plan, condition);
  });
  return Math.round(sum(parts));
}

/** One trial of every subject under every condition, ms: those under instruments. */
export function instrumentedMs(plan: Plan): number {
  const parts = plan.conditions.map((condition, index) => {
    const subjects = plan.order[index]?.[0]?.length ?? 0;
    return subjects * trialMs(plan, condition);
  });
  return Math.round(sum(parts));
}

export interface Duration {
  /** On a quiet machine. */
  readonly likelyMs: number;
  /** When every block is repeated that may be. */
  readonly longestMs: number;
}

/** A whole run: `trialsMs` may have to be repeated in part, `onceMs` is what comes on top. */
export function durationOf(
  trialsMs: number,
  onceMs: number,
  { blocks, extraBlocksMax }: Pick<Plan, 'blocks' | 'extraBlocksMax'>,
): Duration {
  const likelyMs = trialsMs + onceMs + AROUND_MS;
  return { likelyMs, longestMs: Math.round(likelyMs + (extraBlocksMax / blocks) * trialsMs) };
}

function sum(parts: readonly number[]): number {
  return parts.reduce((all, part) => all + part, 0);
}
