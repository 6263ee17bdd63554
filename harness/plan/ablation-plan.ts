/**
 * The plan of `iomodels micro --options`: every variant as it is, and each set of flags that its
 * variant.json lists (`ablation`), all in the same blocks. Pure.
 */
import { UserError } from '../errors.js';
import type { Condition, Plan, Skipped } from '../results/schema.js';
import { EXTRA_BLOCKS_SHARE, THRESHOLDS } from '../results/thresholds.js';
import { obstacle } from './limits.js';
import type { MachineFacts } from './machine.js';
import { whatExists } from './nearest.js';
import { blockOrders } from './order.js';
import { choosePlacement, type PlanNote } from './placement.js';
import type { PlanRequest } from './profiles.js';
import { REFERENCE_VARIANT, TWIN_ID } from './reference.js';
import type { PlannedSubject } from './subjects.js';
import type { Variant } from './variant.js';

export type AblationRequest = Pick<PlanRequest, 'variants' | 'cpus' | 'seed'> &
  Required<Pick<PlanRequest, 'connections' | 'blocks' | 'warmupMs' | 'windowMs'>>;

/** One row of the table: a subject, and what it is called and compared with among its own. */
export interface AblationSet {
  readonly variant: string;
  readonly label: string;
  readonly subject: string;
  /** Subject of the variant's first set. */
  readonly base: string;
}

export interface AblationPlan {
  readonly plan: Plan;
  readonly subjects: readonly PlannedSubject[];
  /** Of variants that list sets of flags, in their order. */
  readonly sets: readonly AblationSet[];
  /** Subjects of variants as they are, without flags. */
  readonly plain: readonly string[];
  readonly skipped: readonly Skipped[];
  readonly notes: readonly PlanNote[];
}

const DEFAULT_LABEL = 'default';

/** Throws UserError. */
export function makeAblationPlan(
  request: AblationRequest,
  found: readonly Variant[],
  machine: MachineFacts,
): AblationPlan {
  const { able, skipped } = choose(request.variants, found);
  refuseObstacles(request.connections, able, machine);
  const subjects = able.flatMap(subjectsOf);
  const placed = choosePlacement(request.cpus, machine);
  const conditions = request.connections.map(condition);
  const { blocks, seed, warmupMs, windowMs } = request;
  const ids = subjects.map(({ id }) => id);
  const plan: Plan = {
    profile: 'options',
    conditions,
    blocks,
    seed,
    warmupMs,
    windowMs,
    order: conditions.map(({ id }) => blockOrders(seed, id, ids, blocks)),
    client: 'native',
    placement: placed.placement,
    reference: REFERENCE_VARIANT,
    net: 'lo',
    thresholds: THRESHOLDS,
    extraBlocksMax: Math.ceil(blocks * EXTRA_BLOCKS_SHARE),
  };
  const plain = able.map(({ name }) => name);
  return { plan, subjects, sets: able.flatMap(setsOf), plain, skipped, notes: placed.notes };
}

function choose(
  names: readonly string[] | undefined,
  found: readonly Variant[],
): { able: Variant[]; skipped: Skipped[] } {
  const existing = found.map(({ name }) => name);
  const unknown = names?.find((name) => !existing.includes(name));
  if (unknown !== undefined) {
    const remedy = whatExists(unknown, existing);
    throw new UserError(`there is no variant ${unknown}`, remedy, { exitCode: 2 });
  }
  const chosen = found.filter(({ name }) => names === undefined || names.includes(name));
  const able = chosen.filter(
    ({ serves }) => serves.modes.includes('http') && serves.targets.includes('/'),
  );
  const skipped = chosen
    .filter((variant) => !able.includes(variant))
    .map(({ name }) => ({ variant: name, why: 'it does not serve / in http mode (variant.json)' }));
  if (able.length > 0) return { able, skipped };
  throw new UserError('no variant serves / in http mode', 'name others with --variants');
}

function refuseObstacles(
  connections: readonly number[],
  variants: readonly Variant[],
  machine: MachineFacts,
): void {
  const threaded = threadedAmong(variants);
  for (const count of connections) {
    const trouble = obstacle(count, threaded, machine);
    if (trouble) throw new UserError(trouble.what, trouble.remedy);
  }
}

/** Names of the variants that start a thread per connection. */
export function threadedAmong(variants: readonly Variant[]): string[] {
  return variants
    .filter(({ threadsPerCpu }) => threadsPerCpu === 'per-connection')
    .map(({ name }) => name);
}

function condition(connections: number): Condition {
  const load = { kind: 'closed', pipeline: 1 } as const;
  return { id: `keepalive-c${connections}`, workload: 'keepalive', connections, load };
}

/** The variant as it is, the twin of the reference, and one subject per set of flags. */
function subjectsOf(variant: Variant): PlannedSubject[] {
  const plain = { id: variant.name, variant, args: [] };
  const twin =
    variant.name === REFERENCE_VARIANT ? [{ ...plain, id: TWIN_ID, aaOf: variant.name }] : [];
  const flagged = flaggedSets(variant).map(({ label, args }) => ({
    id: subjectId(variant, label),
    variant,
    args,
  }));
  return [plain, ...twin, ...flagged];
}

function flaggedSets({ ablation }: Variant) {
  return (ablation ?? []).filter(({ args }) => args.length > 0);
}

function subjectId({ name }: Variant, label: string): string {
  return `${name}:${label}`;
}

function setsOf(variant: Variant): AblationSet[] {
  const listed = variant.ablation ?? [];
  const [first] = listed;
  if (first === undefined) return [];
  const idOf = (set: typeof first) =>
    set.args.length === 0 ? variant.name : subjectId(variant, set.label);
  const base = idOf(first);
  const rows = listed.map((set) => ({
    variant: variant.name,
    label: set.label,
    subject: idOf(set),
    base,
  }));
  if (rows.some(({ subject }) => subject === variant.name)) return rows;
  return [...rows, { variant: variant.name, label: DEFAULT_LABEL, subject: variant.name, base }];
}
