/**
 * How long a plan takes, and making it fit into a time: shorter windows first, then fewer blocks.
 * Estimates for people, and for plans that must fit into a budget; never a limit. Pure.
 */
import { type Condition, connectionsHeld } from '../results/condition.js';
import { type Plan, slicesOf, slicingOf } from '../results/schema.js';
import { FEWEST_BLOCKS_FOR_INTERVAL } from './profiles.js';

/** Start, check, the two snapshots and stop of one life. */
export const TRIAL_OVERHEAD_MS = 100;
/** Making a connection and closing it, on both sides. */
const CONNECTION_MS = 0.15;
/** Checks of the servers, calibration, the report. */
export const AROUND_MS = 15_000;

/** Stats lines, timers and the last replies of a slice, ms. */
const SLICE_OVERHEAD_MS = 5;

/** One life with one window, ms. */
export function trialMs(
  { warmupMs, windowMs }: Pick<Plan, 'warmupMs' | 'windowMs'>,
  condition: Pick<Condition, 'workload' | 'connections' | 'parameters'>,
): number {
  return warmupMs + windowMs + TRIAL_OVERHEAD_MS + CONNECTION_MS * connectionsHeld(condition);
}

/** A life of each of these subjects under a condition, ms. */
export function blockMs(
  plan: Pick<Plan, 'slicing' | 'warmupMs' | 'windowMs'>,
  condition: Pick<Condition, 'id' | 'workload' | 'connections' | 'parameters'>,
  subjects: readonly string[],
): number {
  const slicing = slicingOf(plan, condition.id);
  const { firstWarmupMs, warmupMs, windowMs } = slicing;
  const lives = subjects.map((subject) => {
    const slices = slicesOf(slicing, subject);
    const traffic = firstWarmupMs + (slices - 1) * warmupMs + slices * windowMs;
    const overhead = TRIAL_OVERHEAD_MS + slices * SLICE_OVERHEAD_MS;
    return traffic + overhead + CONNECTION_MS * connectionsHeld(condition);
  });
  return sum(lives);
}

/** How long the trials take, ms. */
export function estimateMs(plan: Plan): number {
  const parts = plan.conditions.flatMap((condition, index) =>
    (plan.order[index] ?? []).map((subjects) => blockMs(plan, condition, subjects)),
  );
  return Math.round(sum(parts));
}

/** Traffic of a trial under instruments, ms. */
export const INSTRUMENTED_MS_MAX = 250;

/** One trial of every subject under every closed condition, ms: those under instruments. */
export function instrumentedMs(plan: Plan): number {
  const parts = plan.conditions.map((condition, index) => {
    if (condition.load.kind === 'open') return 0;
    const subjects = plan.order[index]?.[0]?.length ?? 0;
    const windowMs = Math.min(INSTRUMENTED_MS_MAX, plan.windowMs);
    return subjects * trialMs({ ...plan, windowMs }, condition);
  });
  return Math.round(sum(parts));
}

export interface Duration {
  /** All planned blocks; less where a condition is precise before. */
  readonly likelyMs: number;
  /** When every block is repeated that may be, as far as the budget goes. */
  readonly longestMs: number;
}

function sum(parts: readonly number[]): number {
  return parts.reduce((all, part) => all + part, 0);
}

/** How much is measured of each condition. */
export interface Size {
  readonly windowMs: number;
  /** Conditions that have more are cut down to this. */
  readonly blocksMax: number;
}

/** Less has too few slices for a median. */
const WINDOW_FLOOR_MS = 200;
const WINDOW_STEPS = [1, 0.9, 0.8, 0.7, 0.6, 0.5];

/** What a person chose stays. */
export interface Fixed {
  readonly window: boolean;
  readonly blocks: boolean;
}

/** From the wished size to the smallest that still says something, largest first. */
export function shrinking({ windowMs, blocksMax }: Size, fixed: Fixed): Size[] {
  const shorter = WINDOW_STEPS.map((share) => Math.round(share * windowMs));
  const windows = fixed.window
    ? [windowMs]
    : shorter.filter((ms) => ms === windowMs || ms >= WINDOW_FLOOR_MS);
  const least = fixed.blocks ? blocksMax : Math.min(blocksMax, FEWEST_BLOCKS_FOR_INTERVAL);
  const fewer = Array.from({ length: blocksMax - least }, (_, i) => blocksMax - 1 - i);
  const shortest = windows.at(-1) ?? windowMs;
  return [
    ...windows.map((window) => ({ windowMs: window, blocksMax })),
    ...fewer.map((blocks) => ({ windowMs: shortest, blocksMax: blocks })),
  ];
}

/** The largest size whose likely duration is within the budget; null when there is none. */
export function fitting<T>(
  sizes: readonly Size[],
  budgetMs: number,
  make: (size: Size) => T & { readonly duration: { readonly likelyMs: number } },
): T | null {
  for (const size of sizes) {
    const made = make(size);
    if (made.duration.likelyMs <= budgetMs) return made;
  }
  return null;
}
