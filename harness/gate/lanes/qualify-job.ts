/** The batches of a qualification: who takes part in which block, and the pilot that finds costs. */
import path from 'node:path';
import { discoverVariants } from '../../plan/discover.js';
import { type Sides, withSubjects } from '../../plan/gate-plan.js';
import { blockOrders } from '../../plan/order.js';
import { REFERENCE_VARIANT, TWIN_ID } from '../../plan/reference.js';
import type { Variant } from '../../plan/variant.js';
import type { Plan } from '../../results/schema.js';
import type { RunSubject } from '../../run/subject.js';
import type { GateConfig } from '../config.js';
import { AIMS, injectionFor, ONE_HANDOFF, type PilotCosts } from '../injections.js';
import { slowdownsOf } from '../pairs.js';
import { refusal } from '../parse.js';
import { effectOf, type Sampled } from '../qualification.js';
import { comparisonOf, inTurn, measureBatch, variantOf } from './batch.js';
import type { LaneTools } from './lane-tools.js';

/** Files and folders by absolute paths. */
export interface QualifyRequest {
  /** Absent: the first native one. */
  readonly variant?: string;
  /** Absent: four batches. Slowed servers are in half of them, and a decision may take two. */
  readonly blocks?: number;
  readonly connections?: readonly number[];
  readonly disturbance: boolean;
  readonly calibration: boolean;
  readonly config?: string;
  readonly cpus?: string;
  readonly seed: string;
  /** Folder of the qualification; absent: the one in the repository. */
  readonly baselines?: string;
}

export interface QualifyJob {
  readonly request: QualifyRequest;
  readonly config: GateConfig;
  readonly tools: LaneTools;
  readonly plan: Plan;
  readonly variant: Variant;
  readonly reference: Variant;
}

/** Rejects with UserError. */
export async function qualifyJob(
  request: QualifyRequest,
  config: GateConfig,
  tools: LaneTools,
): Promise<QualifyJob> {
  const { timing } = config;
  const all = await discoverVariants([path.join(tools.root, 'servers')]);
  const variant = chosen(request.variant, all);
  const reference = variantOf(all, REFERENCE_VARIANT);
  const sized = { ...timing, blocks: request.blocks ?? 4 * timing.blocks };
  const { plan } = comparisonOf([reference, variant], sized, request, tools.readMachine());
  return { request, config, tools, plan, variant, reference };
}

/** Costs can be injected into native servers only. */
function chosen(name: string | undefined, all: readonly Variant[]): Variant {
  const native = all.filter(({ launch, byDefault }) => 'native' in launch && byDefault);
  const found = name === undefined ? native[0] : all.find((one) => one.name === name);
  if (found === undefined) {
    throw refusal(`there is no variant ${name ?? 'that is native'}`, 'name one of servers/');
  }
  if ('native' in found.launch) return found;
  throw refusal(`${found.name} takes no injected costs`, 'name a native server with --variant');
}

/** The reference with its twin, and the variant with its copy. */
function sameSides({ variant: { name } }: QualifyJob): Sides[] {
  return [
    { variant: REFERENCE_VARIANT, base: REFERENCE_VARIANT, candidate: TWIN_ID },
    { variant: name, base: name, candidate: `${name}@same` },
  ];
}

/** Decisions about equal subjects, those of the variant first. */
export function samePairs(job: QualifyJob, what: string, kind: 'same' | 'disturbed'): Sampled[] {
  const sides = sameSides(job).toReversed();
  return sides.map((pair) => ({ what, kind, sides: pair, aim: null }));
}

function sameSubjects(job: QualifyJob): RunSubject[] {
  const { reference, variant } = job;
  return sameSides(job).flatMap(({ base, candidate }) => {
    const plain = { variant: base === variant.name ? variant : reference, args: [] };
    return [
      { ...plain, id: base },
      { ...plain, id: candidate, aaOf: base },
    ];
  });
}

/** The variant and itself with flags; rows are known by the name of the pair. */
function slowed({ variant }: QualifyJob, label: string, args: readonly string[]) {
  const id = `${variant.name}@${label}`;
  const sides: Sides = { variant: id, base: variant.name, candidate: id };
  const subject: RunSubject = { id, variant, args };
  return { sides, subject };
}

interface Planned {
  readonly plan: Plan;
  readonly subjects: readonly RunSubject[];
}

/** On a disturbed machine: equal servers under the busiest condition. */
export function disturbedBatch(job: QualifyJob): Planned {
  const blocks = Math.min(job.plan.blocks, 2 * job.config.timing.blocks);
  const conditions = job.plan.conditions.slice(-1);
  const order = job.plan.order.slice(-1);
  const plan = { ...job.plan, conditions, order, blocks, extraBlocksMax: Math.ceil(blocks * 0.3) };
  const subjects = sameSubjects(job);
  const ordered = withSubjects(plan, subjects, 'disturbed');
  return { plan: inTurn(ordered, subjects, job.config.timing), subjects };
}

/**
 * What the pilot injects: enough to show in so few blocks (a tenth to a quarter here, where a block
 * scatters by 0.03 to 0.06), and no more: a server that is slowed much works in another state than
 * one that is slowed a little.
 */
const PILOT = { blocks: 8, extraBlocks: 2, us: 2, syscalls: 6 };
/**
 * For a request of 10 us, where the pilot was spoilt. No cost is taken for less than LEAST_SHARE.
 */
const USUAL_SHARE = { us: 0.1, syscalls: 0.03 };
const LEAST_SHARE = 0.002;

/** By how much injected costs slow the server down in a condition, by its id. */
export type CostsOf = (condition: string) => PilotCosts;

export async function pilotCosts(job: QualifyJob): Promise<CostsOf> {
  const { variant, config, tools } = job;
  const pairOf = (kind: 'us' | 'syscalls') =>
    slowed(job, `pilot-${kind}`, [`--inject-${kind}`, String(PILOT[kind])]);
  const pairs = { us: pairOf('us'), syscalls: pairOf('syscalls') };
  const plain: RunSubject = { id: variant.name, variant, args: [] };
  const subjects = [plain, pairs.us.subject, pairs.syscalls.subject];
  const size = { blocks: PILOT.blocks, extraBlocksMax: PILOT.extraBlocks };
  const small = { ...job.plan, ...size, reference: variant.name };
  const plan = inTurn(withSubjects(small, subjects, 'pilot'), subjects, config.timing);
  const found = await measureBatch({ part: 'pilot', plan, subjects }, tools);
  const sides = [pairs.us.sides, pairs.syscalls.sides];
  const slowdowns = slowdownsOf(found, sides, ['cpu_us_per_request']);
  const shareOf = (condition: string, kind: 'us' | 'syscalls') => {
    const id = pairs[kind].sides.variant;
    const mine = slowdowns.find((one) => one.variant === id && one.condition === condition);
    const each = (effectOf(mine)?.change ?? 0) / PILOT[kind];
    return each > LEAST_SHARE ? each : USUAL_SHARE[kind];
  };
  return (condition) => ({
    perUs: shareOf(condition, 'us'),
    perSyscall: shareOf(condition, 'syscalls'),
  });
}

export interface Injected extends Sampled {
  readonly condition: string;
  readonly subject: RunSubject;
}

/** The slowed subjects: every aim in every condition, and one hand-off in the first. */
export function injectedPairs(job: QualifyJob, costsOf: CostsOf): Injected[] {
  return job.plan.conditions.flatMap(({ id: condition }, index) => {
    const aimed = AIMS.map((aim) => injectionFor(aim, costsOf(condition)));
    const all = index === 0 ? [...aimed, ONE_HANDOFF] : aimed;
    return all.map(({ aim, args }): Injected => {
      const what = args.join(' ');
      const label = aim === null ? what.slice(2) : `${Math.round(100 * aim)}%`;
      const pair = slowed(job, `${condition}:${label}`, args);
      return { what, kind: 'slower', aim, condition, ...pair };
    });
  });
}

/**
 * Equal servers in every block, slowed ones in every second pair of blocks: mirrored pairs stay
 * together, and the slowed ones are spread over the whole run.
 */
export function mainBatch(job: QualifyJob, injected: readonly Injected[]): Planned {
  const same = sameSubjects(job);
  const ids = same.map(({ id }) => id);
  const { seed, blocks } = job.plan;
  const order = job.plan.conditions.map(({ id: condition }) => {
    const mine = injected.filter((one) => one.condition === condition);
    const all = [...ids, ...mine.map(({ subject }) => subject.id)];
    return blockOrders(seed, condition, all, blocks).map((block, index) =>
      Math.floor(index / 2) % 2 === 0 ? block : block.filter((id) => ids.includes(id)),
    );
  });
  const subjects = [...same, ...injected.map(({ subject }) => subject)];
  const plan = { ...job.plan, profile: 'qualify', order };
  return { plan: inTurn(plan, subjects, job.config.timing), subjects };
}
