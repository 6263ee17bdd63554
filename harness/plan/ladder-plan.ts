/**
 * A ladder of open loads beside closed conditions: the same rates for every server, from what keeps
 * all of them far from their capacity to more than any can do, so that each has a highest rate that
 * it answers within a limit of p99. A pilot finds the capacities. Pure.
 */
import type { Pilot } from '../results/pilot.js';
import type { Plan } from '../results/schema.js';
import { knownCapacities } from './capacity.js';
import { blockMs, trialMs } from './estimate.js';
import { blockOrders } from './order.js';
import { slicingsFor } from './slices.js';
import { roundRate } from './sweep-search.js';
import { conditionOf } from './workloads.js';

export interface LadderSpec {
  readonly connections: number;
  readonly rates: number;
  readonly blocks: number;
  /** The limit of open files of one process; null: not known. */
  readonly openFiles: number | null;
  readonly slosMs: readonly number[];
  /** One trial of the pilot. */
  readonly pilot: { readonly warmupMs: number; readonly windowMs: number };
}

/** Of the smallest and of the largest capacity. */
const LOWEST = 0.6;
const HIGHEST = 1.15;
/** Steps are no finer than this where all capacities are much the same. */
const STEP_MIN = 1.05;

/** Ascending, in equal ratios; a single one is the lowest, which keeps every server busy for 60 %. */
export function ladderRates(capacities: readonly number[], count: number): number[] {
  const low = LOWEST * Math.min(...capacities);
  if (count === 1) return [roundRate(low)];
  const high = HIGHEST * Math.max(...capacities);
  const step = Math.max(STEP_MIN, (high / low) ** (1 / (count - 1)));
  const rates = Array.from({ length: count }, (_, i) => roundRate(low * step ** i));
  return [...new Set(rates)];
}

/** As the pilot and the plan know a subject. */
interface LadderSubject {
  readonly id: string;
  readonly args: readonly string[];
}

/**
 * The plan with the open conditions after its own. Subjects with flags of their own take no part.
 * Throws UserError when the pilot found no capacity at all.
 */
export function withLadder(
  base: Plan,
  { connections, rates, blocks, openFiles }: LadderSpec,
  pilot: Pick<Pilot, 'capacities'>,
  subjects: readonly LadderSubject[],
): Plan {
  const known = knownCapacities(pilot).map(({ perS }) => perS);
  const ids = subjects.filter(({ args }) => args.length === 0).map(({ id }) => id);
  const added = ladderRates(known, rates).map((ratePerS) => {
    const load = { kind: 'open', ratePerS, arrivals: 'poisson' } as const;
    return conditionOf({ workload: 'keepalive' }, connections, load);
  });
  const order = added.map(({ id }) => blockOrders(base.seed, id, ids, blocks));
  const slicing = slicingsFor({ ...base, conditions: added, order }, openFiles);
  return {
    ...base,
    conditions: [...base.conditions, ...added],
    order: [...base.order, ...order],
    slicing: { ...base.slicing, ...slicing },
  };
}

/** How long the ladder's trials take, and its pilot, ms: estimates. */
export function ladderMs(
  plan: Plan,
  { connections, rates, blocks, openFiles, pilot }: LadderSpec,
  subjects: readonly LadderSubject[],
): { trialsMs: number; pilotMs: number } {
  const ids = subjects.filter(({ args }) => args.length === 0).map(({ id }) => id);
  // Any rate: the times do not depend on it.
  const load = { kind: 'open', ratePerS: 1000, arrivals: 'poisson' } as const;
  const condition = conditionOf({ workload: 'keepalive' }, connections, load);
  const parts = { ...plan, conditions: [condition], order: [[ids]] };
  const block = blockMs({ ...plan, slicing: slicingsFor(parts, openFiles) }, condition, ids);
  const pilotMs = ids.length * trialMs({ ...plan, ...pilot }, { connections });
  return { trialsMs: rates * blocks * block, pilotMs };
}
