/**
 * A ladder of open loads in addition to closed conditions: one rate for all servers, far from every
 * capacity, and for each server rates around the one at which its p99 reaches the limit, as a pilot
 * found it. These rates are close together, to separate servers that differ by 10 %; the two
 * outermost are further away, for a machine that has changed since. Pure.
 */

import { UserError } from '../errors.js';
import type { Pilot } from '../results/header.js';
import type { Plan } from '../results/schema.js';
import { blockMs, trialMs } from './estimate.js';
import { blockOrders } from './order.js';
import { slicingsFor } from './slices.js';
import { roundRate } from './sweep-search.js';
import { conditionOf } from './workloads.js';

/** Closed trials of each subject. */
export const CAPACITY_ROUNDS = 2;

/** What servers take under their closed load, as far as that is known. Throws UserError when none is. */
export function knownCapacities({ capacities }: Pick<Pilot, 'capacities'>): {
  subject: string;
  perS: number;
}[] {
  const known = capacities.flatMap(({ subject, perS }) =>
    perS === null ? [] : [{ subject, perS }],
  );
  if (known.length > 0) return known;
  const output = capacities.map(({ subject, why }) => `${subject}: ${why}`).join('\n');
  const remedy = 'mend what is named below; `npm run doctor` says how quiet the machine is';
  throw new UserError('The pilot measured no server', remedy, { output });
}

export interface LadderSpec {
  readonly connections: number;
  /** Of one server, the common one included: 1 for that alone, else at least 5. */
  readonly rates: number;
  readonly blocks: number;
  /** The limit of open files of one process; null: not known. */
  readonly openFiles: number | null;
  /** The first is the one that rates are looked for. */
  readonly slosMs: readonly number[];
  /** One trial of the pilot. */
  readonly pilot: { readonly warmupMs: number; readonly windowMs: number };
}

/** The common rate, of the smallest capacity. */
const LOWEST = 0.6;
/** Of neighbouring rates. Rounded to three digits they are 5 % apart at most. */
const STEP = 1.04;
/** How many steps away the outermost rates are. */
const END_STEPS = 3;
/** From the rate that held in the pilot to the middle of where the border may be: half of 6 %. */
const TO_BORDER = 1.03;

/**
 * So many rates around the one that a pilot found, ascending. They lie on one grid, so that servers
 * that are much the same are offered the same.
 */
export function ratesAround(foundPerS: number, rates: number): number[] {
  const middle = Math.round(Math.log(TO_BORDER * foundPerS) / Math.log(STEP));
  const inner = rates - 2;
  const first = middle - Math.floor((inner - 1) / 2);
  const last = first + inner - 1;
  const steps = Array.from({ length: inner }, (_, i) => first + i);
  const all = [first - END_STEPS, ...steps, last + END_STEPS];
  return [...new Set(all.map((power) => roundRate(STEP ** power)))];
}

/** Share of its time in which the generator may have something to do, so that it is never late. */
const GENERATOR_BUSY = 0.4;

/**
 * The one rate for all, requests/s: what leaves the slowest server some room, and the generator,
 * whose requests cost about what they cost under the closed load.
 */
function commonRate(pilot: Pick<Pilot, 'capacities'>): number {
  const slowest = Math.min(...knownCapacities(pilot).map(({ perS }) => perS));
  const clientUs = Math.max(0, ...pilot.capacities.map((one) => one.clientUs ?? 0));
  const generator = clientUs > 0 ? (GENERATOR_BUSY * 1e6) / clientUs : Number.POSITIVE_INFINITY;
  return roundRate(Math.min(LOWEST * slowest, generator));
}

/** As the pilot and the plan know a subject. */
interface LadderSubject {
  readonly id: string;
  readonly aaOf?: string;
  readonly args: readonly string[];
}

/**
 * The plan with the open conditions after its own, rates ascending. Subjects with flags of their
 * own take no part; one without a capacity has the common rate alone. Throws UserError when the
 * pilot found no capacity at all.
 */
export function withLadder(
  base: Plan,
  { connections, rates, blocks, openFiles }: LadderSpec,
  pilot: Pick<Pilot, 'capacities' | 'searches'>,
  subjects: readonly LadderSubject[],
): Plan {
  const plain = subjects.filter(({ args }) => args.length === 0);
  const takers = new Map([[commonRate(pilot), plain.map(({ id }) => id)]]);
  for (const { id, aaOf = id } of rates === 1 ? [] : plain) {
    const found = placeOf(pilot, aaOf);
    for (const rate of found === null ? [] : ratesAround(found, rates - 1)) {
      takers.set(rate, [...new Set([...(takers.get(rate) ?? []), id])]);
    }
  }
  const added = [...takers].sort(([a], [b]) => a - b);
  const conditions = added.map(([ratePerS]) => {
    const load = { kind: 'open', ratePerS, arrivals: 'poisson' } as const;
    return conditionOf({ workload: 'keepalive' }, connections, load);
  });
  const order = added.map(([, ids], i) =>
    blockOrders(base.seed, conditions[i]?.id ?? '', ids, blocks),
  );
  const slicing = slicingsFor({ ...base, conditions, order }, openFiles);
  return {
    ...base,
    conditions: [...base.conditions, ...conditions],
    order: [...base.order, ...order],
    slicing: { ...base.slicing, ...slicing },
  };
}

/**
 * The rate that held; the capacity where none did: a pilot that a busy moment spoilt must not take
 * a server's rates away.
 */
function placeOf(
  { capacities, searches }: Pick<Pilot, 'capacities' | 'searches'>,
  id: string,
): number | null {
  const found = searches.find(({ subject }) => subject === id)?.foundPerS ?? null;
  return found ?? capacities.find(({ subject }) => subject === id)?.perS ?? null;
}

/** Open trials of the pilot until a rate is found. */
const SEARCH_STEPS_GUESS = 6;

/** How long the ladder's trials take, and its pilot, ms: estimates. */
export function ladderMs(
  plan: Plan,
  { connections, rates, blocks, openFiles, pilot }: LadderSpec,
  subjects: readonly LadderSubject[],
): { trialsMs: number; pilotMs: number } {
  const plain = subjects.filter(({ args }) => args.length === 0);
  const ids = plain.map(({ id }) => id);
  const models = plain.filter(({ aaOf }) => aaOf === undefined).length;
  // Any rate: the times do not depend on it.
  const load = { kind: 'open', ratePerS: 1000, arrivals: 'poisson' } as const;
  const condition = conditionOf({ workload: 'keepalive' }, connections, load);
  const sliced = (everybody: readonly string[]) => {
    const parts = { ...plan, conditions: [condition], order: [[ids]] };
    return { ...plan, slicing: slicingsFor(parts, openFiles, everybody.length) };
  };
  const common = blockMs(sliced(ids), condition, ids);
  const own = blockMs(sliced([...ids, 'another']), condition, ids);
  const pilotTrials = models * (rates === 1 ? 1 : 1 + SEARCH_STEPS_GUESS);
  const pilotMs = pilotTrials * trialMs({ ...plan, ...pilot }, condition);
  return { trialsMs: blocks * (common + (rates - 1) * own), pilotMs };
}
