/**
 * From what was asked, what was found and what the machine allows to the plan of a comparison.
 * Pure: the same input gives the same plan, and nothing is started or read.
 */
import { UserError } from '../errors.js';
import { given } from '../optional.js';
import { isPlainSubject } from '../results/roles.js';
import type { Plan, Skipped } from '../results/schema.js';
import { EXTRA_BLOCKS_SHARE, THRESHOLDS, withoutVoid } from '../results/thresholds.js';
import { looksFor } from '../stats/precision.js';
import {
  asksNothingSpecial,
  type PlannedCondition,
  planConditions,
  workloadsOf,
} from './conditions.js';
import {
  AROUND_MS,
  type Duration,
  estimateMs,
  type Fixed,
  fitting,
  instrumentedMs,
  type Size,
  shrinking,
} from './estimate.js';
import { type LadderSpec, ladderMs } from './ladder-plan.js';
import type { MachineFacts } from './machine.js';
import { whatExists } from './nearest.js';
import { blockOrders } from './order.js';
import { choosePlacement, type PlanNote } from './placement.js';
import {
  FEWEST_BLOCKS_FOR_INTERVAL,
  type PlanRequest,
  PROFILES,
  type Profile,
  type ProfileName,
} from './profiles.js';
import { REFERENCE_VARIANT, TWIN_ID } from './reference.js';
import { refuseConditions } from './refusals.js';
import { slicingsFor } from './slices.js';
import { doseSubjects, isDosed, type PlannedSubject, splitByAbility } from './subjects.js';
import type { Variant } from './variant.js';
import { needOf, serves } from './workloads.js';

/** As a name in --variants: every variant found. */
export const ALL_VARIANTS = 'all';

export interface ComparePlan {
  readonly plan: Plan;
  /** The reference and its twin first, then the others by name, then those with flags. */
  readonly subjects: readonly PlannedSubject[];
  readonly skipped: readonly Skipped[];
  readonly notes: readonly PlanNote[];
  /** Open loads that a pilot adds to the plan; absent: none. */
  readonly ladder?: LadderSpec;
  readonly duration: Duration;
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
  const { able, skipped } = splitByAbility(chosen, workloadsOf(request, profile));
  const threaded = able.filter((v) => v.threadsPerCpu === 'per-connection').map((v) => v.name);
  const { net = 'lo', client } = request;
  const wished = planConditions(request, profile, { machine, threaded, net });
  const placed = choosePlacement(request.cpus, machine);
  const conditions = wished.conditions.map(({ condition }) => condition);
  const { windowMs = profile.windowMs } = request;
  refuseConditions(conditions, { client, net, placement: placed.placement, windowMs });
  const doses = asksNothingSpecial(request) ? doseSubjects(able, conditions, profile) : [];
  const subjects = [...makeSubjects(able), ...doses];
  const ladder = ladderOf(request, profile, placed.placement, machine);
  const { openFiles } = machine;
  const draft = { request, profile, subjects, placement: placed.placement, ladder, openFiles };
  const sized = sizedPlan(draft, wished.conditions);
  const ids = subjects.map(({ id }) => id);
  const notes = [...placed.notes, ...wished.notes, ...sized.notes, ...planNotes(sized.plan, ids)];
  return { ...sized, subjects, skipped, notes };
}

interface Draft {
  readonly request: PlanRequest;
  readonly profile: Profile;
  readonly subjects: readonly PlannedSubject[];
  readonly placement: Plan['placement'];
  readonly ladder: LadderSpec | undefined;
  readonly openFiles: number | null;
}

interface Sized extends Pick<ComparePlan, 'plan' | 'duration' | 'ladder'> {
  readonly notes: PlanNote[];
}

/** In the size that was asked for, or the largest that fits into the budget. */
function sizedPlan(draft: Draft, conditions: readonly PlannedCondition[]): Sized {
  const { request, profile } = draft;
  const { blocks = profile.blocks, windowMs = profile.windowMs } = request;
  const fixed: Fixed = {
    window: request.windowMs !== undefined,
    blocks: request.blocks !== undefined,
  };
  const make = (size: Size) => assemble(draft, conditions, size);
  const sizes = shrinking({ windowMs, blocksMax: blocks }, fixed);
  const budgetMs = request.budgetMs ?? profile.budgetMs;
  const [first = { windowMs, blocksMax: blocks }] = sizes;
  if (budgetMs === undefined) return make(first);
  const fits = fitting(sizes, budgetMs, make);
  if (fits !== null) return fits;
  const least = make(sizes.at(-1) ?? first);
  const minutes = (ms: number) => Math.ceil(ms / 60_000);
  const text = `this takes about ${minutes(least.duration.likelyMs)} min with the fewest blocks and shortest windows`;
  if (request.budgetMs !== undefined) {
    const remedy = `give --budget ${minutes(least.duration.likelyMs)}, or fewer --workloads, --connections or --variants`;
    throw new UserError(`${text}; the budget is ${minutes(budgetMs)} min`, remedy, { exitCode: 2 });
  }
  return { ...least, notes: [{ level: 'warn', text: `${text}: name fewer --variants` }] };
}

function assemble(draft: Draft, planned: readonly PlannedCondition[], size: Size): Sized {
  const { request, profile, subjects, placement, ladder, openFiles } = draft;
  const { seed, client } = request;
  const blocksFor = ({ blocks }: PlannedCondition) =>
    request.blocks ?? Math.min(blocks, size.blocksMax);
  const warmupMs = request.warmupMs ?? profile.warmupMs;
  const { windowMs } = size;
  const order = planned.map((one) => {
    const ids = takersOf(one, subjects, profile).map(({ id }) => id);
    return blockOrders(seed, one.condition.id, ids, blocksFor(one));
  });
  const conditions = planned.map(({ condition }) => condition);
  const plan: Plan = {
    profile: request.profile,
    conditions,
    blocks: Math.max(...planned.map(blocksFor)),
    order,
    seed,
    warmupMs,
    windowMs,
    slicing: slicingsFor({ conditions, order, warmupMs, windowMs, placement, client }, openFiles),
    client,
    placement,
    reference: REFERENCE_VARIANT,
    net: request.net ?? 'lo',
    ...limitsOf(request.profile, size.blocksMax),
    ...precisionOf(draft, Math.max(...planned.map(blocksFor))),
  };
  return { ...timed(plan, draft), notes: [], ...given({ ladder }) };
}

/** A person who names the blocks gets them; else a condition ends when it is precise. */
function precisionOf({ request, profile }: Draft, blocks: number): Pick<Plan, 'precision'> {
  const target =
    request.precision ?? (request.blocks === undefined ? profile.precision : undefined);
  if (target === undefined) return {};
  return { precision: { target, looks: looksFor(FEWEST_BLOCKS_FOR_INTERVAL, blocks) } };
}

/** Who is measured under a condition: who serves it, and those with flags where they belong. */
function takersOf(
  { condition }: PlannedCondition,
  subjects: readonly PlannedSubject[],
  profile: Profile,
): readonly PlannedSubject[] {
  return subjects.filter(
    ({ variant, args }) =>
      serves(variant.serves, needOf(condition)) &&
      (args.length === 0 || isDosed(condition, profile)),
  );
}

/** The plan with what its budget leaves for the blocks, and how long it takes. */
function timed(plan: Plan, { request, profile, subjects, ladder }: Draft) {
  const none = { trialsMs: 0, pilotMs: 0 };
  const open = ladder ? ladderMs(plan, ladder, subjects) : none;
  const plain = subjects.filter(isPlainSubject);
  const evidenceMs = request.evidenceMs?.(plain.length) ?? 0;
  const counted = plan.profile === 'smoke' ? 0 : instrumentedMs(plan);
  const onceMs = open.pilotMs + evidenceMs + counted + AROUND_MS;
  const allMs = estimateMs(plan) + open.trialsMs;
  const repeatedMs = allMs * (1 + plan.extraBlocksMax / plan.blocks);
  const budgetMs = request.budgetMs ?? profile.budgetMs;
  const blocksMsMax = budgetMs === undefined ? undefined : Math.max(1, budgetMs - onceMs);
  const longestMs = Math.max(allMs, Math.min(repeatedMs, blocksMsMax ?? repeatedMs));
  return {
    plan: blocksMsMax === undefined ? plan : { ...plan, blocksMsMax },
    duration: { likelyMs: Math.round(allMs + onceMs), longestMs: Math.round(longestMs + onceMs) },
  };
}

/** Open loads spin, so there are none where the client has no CPU of its own. */
function ladderOf(
  request: PlanRequest,
  { ladder, warmupMs }: Profile,
  { serverCpus, clientCpus }: Plan['placement'],
  { openFiles }: MachineFacts,
): LadderSpec | undefined {
  const isShared = clientCpus.some((cpu) => serverCpus.includes(cpu));
  if (!ladder || !asksNothingSpecial(request) || isShared || request.client !== 'native') {
    return undefined;
  }
  const { connections, rates, blocks, sloMs } = ladder;
  const pilot = { warmupMs, windowMs: PILOT_MS };
  return {
    connections,
    rates,
    blocks: request.blocks ?? blocks,
    openFiles,
    slosMs: [sloMs],
    pilot,
  };
}

/** Measured time of a server in the pilot. */
const PILOT_MS = 500;

/** A smoke run asks whether everything works and concludes nothing: it keeps what is disturbed. */
function limitsOf(
  profile: ProfileName,
  blocks: number,
): Pick<Plan, 'thresholds' | 'extraBlocksMax'> {
  if (profile === 'smoke') return { thresholds: withoutVoid(THRESHOLDS), extraBlocksMax: 0 };
  return { thresholds: THRESHOLDS, extraBlocksMax: Math.ceil(blocks * EXTRA_BLOCKS_SHARE) };
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

function makeSubjects(variants: readonly Variant[]): PlannedSubject[] {
  return variants.flatMap((variant) => {
    const subject = { id: variant.name, variant, args: [] };
    const isReference = variant.name === REFERENCE_VARIANT;
    return isReference ? [subject, { ...subject, id: TWIN_ID, aaOf: variant.name }] : [subject];
  });
}

function planNotes({ order }: Plan, ids: readonly string[]): PlanNote[] {
  const notes: PlanNote[] = [];
  const blocks = Math.min(...order.map((each) => each.length));
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
