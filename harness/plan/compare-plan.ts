/**
 * From what was asked, what was found and what the machine allows to the plan of a comparison.
 * Pure: the same input gives the same plan, and nothing is started or read.
 */
import { UserError } from '../errors.js';
import type { Condition, Plan, Skipped, WorkloadName } from '../results/schema.js';
import { obstacle } from './limits.js';
import type { MachineFacts } from './machine.js';
import { whatExists } from './nearest.js';
import { blockOrders } from './order.js';
import { choosePlacement, type PlanNote } from './placement.js';
import {
  FEWEST_BLOCKS_FOR_INTERVAL,
  PROFILES,
  type Profile,
  type ProfileName,
  SENTINEL_MS,
  TRIAL_OVERHEAD_MS,
} from './profiles.js';
import { EXTRA_BLOCKS_SHARE, THRESHOLDS, withoutVoid } from './thresholds.js';
import type { Variant } from './variant.js';

/**
 * What ratios are taken against, and what runs twice for A/A. The only variant that the harness
 * knows by name.
 */
export const REFERENCE_VARIANT = 'go-net';
/** Subject id of the second copy of the reference. */
export const TWIN_ID = `${REFERENCE_VARIANT}-twin`;

/** As a name in --variants: every variant found. */
export const ALL_VARIANTS = 'all';

/** What a person asked for; what is absent comes from the profile. */
export interface PlanRequest {
  readonly profile: ProfileName;
  /** Names, or `all`; absent: every variant found that takes part by default. */
  readonly variants?: readonly string[];
  readonly workloads: readonly WorkloadName[];
  readonly connections?: readonly number[];
  readonly blocks?: number;
  readonly warmupMs?: number;
  readonly windowMs?: number;
  readonly pipeline: number;
  readonly cpus?: string;
  readonly seed: string;
  readonly client: Plan['client'];
  /** Absent: loopback. */
  readonly net?: Plan['net'];
}

export interface PlannedSubject {
  readonly id: string;
  readonly variant: Variant;
  readonly aaOf?: string;
  /** Flags of its own for the server. */
  readonly args: readonly string[];
}

export interface ComparePlan {
  readonly plan: Plan;
  /** The reference and its twin first, then the others by name. */
  readonly subjects: readonly PlannedSubject[];
  readonly skipped: readonly Skipped[];
  readonly notes: readonly PlanNote[];
}

/**
 * Throws UserError: exit status 2 for what was asked wrongly, 1 for what this machine cannot do.
 */
export function makePlan(
  request: PlanRequest,
  variants: readonly Variant[],
  machine: MachineFacts,
): ComparePlan {
  const profile: Profile = PROFILES[request.profile];
  const chosen = chooseVariants(request.variants, variants);
  const { able, skipped } = splitByAbility(chosen);
  const subjects = makeSubjects(able);
  const threaded = able.filter((v) => v.threadsPerCpu === 'per-connection').map((v) => v.name);
  const { connections, notes } = chooseConnections(request, profile, threaded, machine);
  const placed = choosePlacement(request.cpus, machine);
  const conditions = makeConditions(request, connections);
  const blocks = request.blocks ?? profile.blocks;
  const ids = subjects.map(({ id }) => id);
  const plan: Plan = {
    profile: request.profile,
    conditions,
    blocks,
    order: conditions.map(({ id }) => blockOrders(request.seed, id, ids, blocks)),
    seed: request.seed,
    warmupMs: request.warmupMs ?? profile.warmupMs,
    windowMs: request.windowMs ?? profile.windowMs,
    client: request.client,
    placement: placed.placement,
    reference: REFERENCE_VARIANT,
    net: request.net ?? 'lo',
    ...limitsOf(request.profile, blocks),
  };
  return { plan, subjects, skipped, notes: [...placed.notes, ...notes, ...planNotes(plan, ids)] };
}

/** A smoke run asks whether everything works and concludes nothing: it keeps what is disturbed. */
function limitsOf(
  profile: ProfileName,
  blocks: number,
): Pick<Plan, 'thresholds' | 'extraBlocksMax'> {
  if (profile === 'smoke') return { thresholds: withoutVoid(THRESHOLDS), extraBlocksMax: 0 };
  return { thresholds: THRESHOLDS, extraBlocksMax: Math.ceil(blocks * EXTRA_BLOCKS_SHARE) };
}

/** Trials in the plan. */
export function trialCount({ conditions, blocks, order }: Plan): number {
  return conditions.length * blocks * (order[0]?.[0]?.length ?? 0);
}

/**
 * How long the trials take, ms, with the sentinel between blocks; builds, checks and calibration
 * come on top. An estimate for people, never a limit.
 */
export function estimateMs(plan: Plan): number {
  const looks = plan.conditions.length * plan.blocks * SENTINEL_MS;
  return looks + trialCount(plan) * (plan.warmupMs + plan.windowMs + TRIAL_OVERHEAD_MS);
}

function chooseVariants(
  names: readonly string[] | undefined,
  found: readonly Variant[],
): readonly Variant[] {
  const twin = found.find(({ name }) => name === TWIN_ID);
  if (twin) {
    const remedy = `rename it: ${TWIN_ID} is the second copy of ${REFERENCE_VARIANT} in every run`;
    throw new UserError(`a variant in ${twin.folder} is named ${TWIN_ID}`, remedy, { exitCode: 2 });
  }
  const sorted = [...found].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  if (names === undefined) return sorted.filter(({ byDefault }) => byDefault);
  if (names.includes(ALL_VARIANTS)) return sorted;
  const existing = sorted.map(({ name }) => name);
  for (const name of names) {
    if (existing.includes(name)) continue;
    throw new UserError(`there is no variant ${name}`, whatExists(name, existing), { exitCode: 2 });
  }
  return sorted.filter(({ name }) => names.includes(name));
}

function rank({ name }: Variant): number {
  return name === REFERENCE_VARIANT ? 0 : 1;
}

/**
 * Every workload so far asks for `/` over HTTP; a variant that does not serve that cannot be
 * measured.
 */
function splitByAbility(chosen: readonly Variant[]): { able: Variant[]; skipped: Skipped[] } {
  const able = chosen.filter(({ serves }) => servesKeepalive(serves));
  const skipped = chosen
    .filter((variant) => !able.includes(variant))
    .map(({ name }) => ({ variant: name, why: 'it does not serve / in http mode (variant.json)' }));
  if (able.length > 0) return { able, skipped };
  const why =
    chosen.length === 0 ? 'no variant was found' : 'no chosen variant serves / in http mode';
  throw new UserError(
    why,
    'a variant is a folder with a variant.json in servers/, or --variant-dir',
  );
}

function servesKeepalive({ modes, targets }: Variant['serves']): boolean {
  return modes.includes('http') && targets.includes('/');
}

function makeSubjects(variants: readonly Variant[]): PlannedSubject[] {
  return variants.flatMap((variant) => {
    const subject = { id: variant.name, variant, args: [] };
    const isReference = variant.name === REFERENCE_VARIANT;
    return isReference ? [subject, { ...subject, id: TWIN_ID, aaOf: variant.name }] : [subject];
  });
}

function chooseConnections(
  { connections: asked }: PlanRequest,
  profile: Profile,
  threaded: readonly string[],
  machine: MachineFacts,
): { connections: number[]; notes: PlanNote[] } {
  const required = asked ?? profile.connections;
  for (const count of required) {
    const found = obstacle(count, threaded, machine);
    if (found) throw new UserError(found.what, found.remedy);
  }
  const wished = asked === undefined ? profile.connectionsIfAllowed : [];
  const left = wished.map((count) => ({ count, found: obstacle(count, threaded, machine) }));
  const notes = left.flatMap(({ count, found }): PlanNote[] =>
    found ? [{ level: 'warn', text: `${count} connections left out: ${found.what}` }] : [],
  );
  const allowed = left.filter(({ found }) => found === null).map(({ count }) => count);
  const connections = [...new Set([...required, ...allowed])].sort((a, b) => a - b);
  return { connections, notes };
}

function makeConditions(
  { workloads, pipeline }: PlanRequest,
  connections: readonly number[],
): Condition[] {
  const suffix = pipeline === 1 ? '' : `-p${pipeline}`;
  return [...new Set(workloads)].flatMap((workload) =>
    connections.map((count) => ({
      id: `${workload}-c${count}${suffix}`,
      workload,
      connections: count,
      load: { kind: 'closed' as const, pipeline },
    })),
  );
}

function planNotes({ blocks }: Plan, ids: readonly string[]): PlanNote[] {
  const notes: PlanNote[] = [];
  if (!ids.includes(REFERENCE_VARIANT)) {
    const text = `${REFERENCE_VARIANT} takes no part, so there are no ratios and no A/A check`;
    notes.push({ level: 'warn', text });
  }
  if (blocks < FEWEST_BLOCKS_FOR_INTERVAL) {
    const few = `${blocks} ${blocks === 1 ? 'block is' : 'blocks are'} too few`;
    const text = `${few} for 95 % intervals (${FEWEST_BLOCKS_FOR_INTERVAL} are needed): draw no conclusions`;
    notes.push({ level: 'info', text });
  }
  return notes;
}
