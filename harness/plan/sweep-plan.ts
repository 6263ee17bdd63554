/**
 * The plan of an open-loop sweep: from what its pilot found to the rates that are measured. Pure.
 *
 * Three kinds of rates, each an open condition of the same connections:
 *
 * | kind | rates | subjects |
 * |---|---|---|
 * | common | shares of the slowest subject's capacity | all |
 * | own | shares of a subject's own capacity | that one, and its A/A twin |
 * | found | the highest rate that kept p99 within a limit in the pilot | that one, and its twin |
 *
 * Equal rates are one condition.
 */
import { UserError } from '../errors.js';
import type { Pilot } from '../results/header.js';
import type { Condition, Plan } from '../results/schema.js';
import { TRIAL_OVERHEAD_MS } from './estimate.js';
import { CAPACITY_ROUNDS, knownCapacities } from './ladder-plan.js';
import { blockOrders } from './order.js';
import type { PlanRequest, ProfileName } from './profiles.js';
import { roundRate } from './sweep-search.js';

export interface SweepSpec {
  /** Limits of the p99 of the response time, ms, ascending. */
  readonly slosMs: readonly number[];
  /** Of the capacity of the slowest subject. */
  readonly commonShares: readonly number[];
  /** Of each subject's own capacity. */
  readonly ownShares: readonly number[];
  /** One trial of the pilot. */
  readonly pilot: { readonly warmupMs: number; readonly windowMs: number };
}

export const DEFAULT_SLOS_MS: readonly number[] = [1, 5];
const DEFAULT_CONNECTIONS = 64;
const PLAIN: NonNullable<PlanRequest['workloads']> = [{ workload: 'keepalive' }];

interface SweepProfile extends Omit<SweepSpec, 'slosMs'> {
  readonly blocks: number;
  readonly warmupMs: number;
  readonly windowMs: number;
}

/**
 * What a sweep measures when nothing else is said. With five subjects (four and the A/A twin) and
 * two limits a block has 5 trials for every common rate, 5 for every share and 5 for every limit:
 *
 *     smoke     2 blocks x 30 x 0.85 s =  51 s
 *     default   6 blocks x 45 x 1.15 s = 5.2 min
 *     full     12 blocks x 70 x 4.25 s =  60 min
 *
 * The pilot (about 1.5 min) and calibration come on top.
 */
const SWEEP_PROFILES: Readonly<Record<ProfileName, SweepProfile>> = {
  smoke: {
    blocks: 2,
    warmupMs: 100,
    windowMs: 500,
    commonShares: [0.25, 0.5, 0.75],
    ownShares: [0.5],
    pilot: { warmupMs: 100, windowMs: 400 },
  },
  default: {
    blocks: 6,
    warmupMs: 200,
    windowMs: 700,
    commonShares: [0.1, 0.25, 0.5, 0.75, 0.9],
    ownShares: [0.5, 0.8],
    pilot: { warmupMs: 200, windowMs: 1000 },
  },
  full: {
    blocks: 12,
    warmupMs: 1000,
    windowMs: 3000,
    commonShares: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95],
    ownShares: [0.5, 0.8],
    pilot: { warmupMs: 500, windowMs: 2000 },
  },
};

export function sweepSpec(profile: ProfileName, slosMs: readonly number[]): SweepSpec {
  const { commonShares, ownShares, pilot } = SWEEP_PROFILES[profile];
  return { slosMs: [...slosMs].sort((a, b) => a - b), commonShares, ownShares, pilot };
}

/**
 * The request for the plan that a sweep starts from: one closed condition, under which capacity is
 * found. Throws UserError (exit status 2) for what a sweep cannot do.
 */
export function sweepRequest(request: PlanRequest): PlanRequest {
  const { profile, workloads = PLAIN, connections = [DEFAULT_CONNECTIONS] } = request;
  refuse(request.ratesPerS !== undefined, 'a sweep finds its rates', '--rate');
  refuse(request.budgetMs !== undefined, 'a sweep has no budget', '--budget');
  refuse(request.client !== 'native', 'only the native client makes an open load', '--client');
  refuse(request.pipeline !== 1, 'an open load has no pipeline', '--pipeline');
  refuse(workloads.length !== 1, 'a sweep has one workload', 'all but one of --workloads');
  refuse(
    connections.length !== 1,
    'a sweep has one connection count',
    'all but one of --connections',
  );
  const { blocks, warmupMs, windowMs } = SWEEP_PROFILES[profile];
  return { blocks, warmupMs, windowMs, ...request, workloads, connections };
}

function refuse(wrong: boolean, message: string, without: string): void {
  if (wrong) throw new UserError(message, `leave out ${without}, or --sweep`, { exitCode: 2 });
}

/** As the pilot and the plan know a subject. */
interface SweepSubject {
  readonly id: string;
  readonly aaOf?: string;
}

/**
 * The plan with the open conditions of the sweep in place of its closed one, rates ascending.
 * Throws UserError when the pilot found no capacity at all.
 */
export function planSweep(
  base: Plan,
  spec: SweepSpec,
  pilot: Pilot,
  subjects: readonly SweepSubject[],
): Plan {
  const [closed] = base.conditions;
  if (closed === undefined) throw new Error('a sweep without a condition to start from');
  const rates = [...wishes(spec, pilot, subjects)].sort(([a], [b]) => a - b);
  const conditions = rates.map(([rate]) => openCondition(closed, rate));
  const order = rates.map(([, ids], i) =>
    blockOrders(base.seed, conditions[i]?.id ?? '', [...ids], base.blocks),
  );
  return { ...base, conditions, order };
}

/** The same clients, but requests come at `ratePerS` whatever the server does. */
export function openCondition({ id, ...clients }: Condition, ratePerS: number) {
  const load = { kind: 'open', ratePerS, arrivals: 'poisson' } as const;
  return { ...clients, id: `${id}-open-${ratePerS}`, load } satisfies Condition;
}

/** Rate -> the subjects that are measured at it, in the order of the subjects. */
function wishes(
  { commonShares, ownShares }: SweepSpec,
  { capacities, searches }: Pilot,
  subjects: readonly SweepSubject[],
): Map<number, Set<string>> {
  const known = knownCapacities({ capacities });
  const slowest = Math.min(...known.map(({ perS }) => perS));
  const rates = new Map<number, Set<string>>();
  const wish = (rate: number, ids: readonly string[]) => {
    const before = rates.get(rate) ?? [];
    rates.set(rate, new Set([...before, ...ids]));
  };
  const all = subjects.map(({ id }) => id);
  for (const share of commonShares) wish(roundRate(share * slowest), all);
  const family = (id: string) =>
    subjects.filter((one) => one.id === id || one.aaOf === id).map((one) => one.id);
  for (const { subject, perS } of known) {
    for (const share of ownShares) wish(roundRate(share * perS), family(subject));
  }
  for (const { subject, foundPerS } of searches) {
    if (foundPerS !== null) wish(foundPerS, family(subject));
  }
  return rates;
}

/** A search starts with about six steps, the next with three. */
const STEPS_GUESS = { first: 6, further: 3 };

/** How long a sweep takes, ms: pilot and blocks. An estimate for people, never a limit. */
export function estimateSweepMs(
  plan: Pick<Plan, 'blocks' | 'warmupMs' | 'windowMs'>,
  { slosMs, commonShares, ownShares, pilot }: SweepSpec,
  subjects: readonly SweepSubject[],
): number {
  const models = subjects.filter(({ aaOf }) => aaOf === undefined).length;
  const steps = STEPS_GUESS.first + STEPS_GUESS.further * (slosMs.length - 1);
  const pilotTrials = models * (CAPACITY_ROUNDS + steps);
  const pilotMs = pilotTrials * (pilot.warmupMs + pilot.windowMs + TRIAL_OVERHEAD_MS);
  const own = ownShares.length + slosMs.length;
  const trials = plan.blocks * subjects.length * (commonShares.length + own);
  return pilotMs + trials * (plan.warmupMs + plan.windowMs + TRIAL_OVERHEAD_MS);
}
