/** The runs of a qualification: who takes part in which block, and the pilot that finds the costs. */
import path from 'node:path';
import { shortestForm } from '../conformance/short-form.js';
import type { GateConfig } from '../gate/config.js';
import {
  AIMS,
  type Injection,
  injectionFor,
  ONE_HANDOFF,
  type PilotCosts,
} from '../gate/injections.js';
import { type Sides, slowdownsOf } from '../gate/pairs.js';
import { refusal } from '../gate/parse.js';
import { effectOf } from '../gate/qualification.js';
import { makePlan } from '../plan/compare-plan.js';
import { discoverVariants } from '../plan/discover.js';
import { estimateMs } from '../plan/estimate.js';
import { legsOf, type Slices, sliced, withSubjects } from '../plan/gate-plan.js';
import { blockOrders } from '../plan/order.js';
import { REFERENCE_VARIANT, TWIN_ID } from '../plan/reference.js';
import type { Variant } from '../plan/variant.js';
import { parseWorkload } from '../plan/workloads.js';
import { spinSentinel } from '../probe/native.js';
import type { Plan, Results } from '../results/schema.js';
import type { RunSubject } from '../run/subject.js';
import { Interrupted } from '../server/wait.js';
import type { CliDeps } from './deps.js';
import type { QualifyRequest } from './gate-qualify.js';
import type { CliIo } from './io.js';
import { createProgress } from './progress.js';

interface Context {
  readonly io: CliIo;
  readonly deps: CliDeps;
  readonly signal: AbortSignal;
  readonly folder: string;
  readonly runId: string;
}

export interface QualifyJob extends Context {
  readonly plan: Plan;
  readonly slices: Slices;
  readonly variant: Variant;
  readonly reference: Variant;
  /** Pairs of equal subjects. */
  readonly same: readonly Sides[];
  readonly blocks: number;
  readonly calibration: boolean;
  readonly seed: string;
  readonly argv: readonly string[];
  readonly onText: (text: string) => void;
}

/** Rejects with UserError. */
export async function qualifyJob(
  request: QualifyRequest & { readonly blocks: number },
  { timing }: GateConfig,
  context: Context,
): Promise<QualifyJob> {
  const { deps, io } = context;
  const all = await discoverVariants([path.join(deps.root(), 'servers')]);
  const variant = chosen(request.variant, all);
  const reference = all.find(({ name }) => name === REFERENCE_VARIANT);
  if (reference === undefined)
    throw refusal(`there is no ${REFERENCE_VARIANT}`, 'restore its folder');
  const { connections, warmupMs, windowMs, slices, sliceWarmupMs } = timing;
  const workloads = timing.workloads.flatMap(parseWorkload);
  const { plan } = makePlan(
    {
      profile: 'default',
      ...{
        variants: [REFERENCE_VARIANT, variant.name],
        workloads,
        connections,
        warmupMs,
        windowMs,
      },
      ...{ blocks: request.blocks, pipeline: 1, seed: request.seed, client: 'native' },
      ...(request.cpus === undefined ? {} : { cpus: request.cpus }),
    },
    all,
    deps.readMachine(),
  );
  const { blocks, calibration, seed, argv } = request;
  const { name } = variant;
  return {
    ...context,
    ...{ plan, variant, reference, blocks, calibration, seed, argv },
    slices: { rounds: slices, warmupMs: sliceWarmupMs, windowMs },
    same: [
      { variant: name, base: name, candidate: `${name}@same` },
      { variant: REFERENCE_VARIANT, base: REFERENCE_VARIANT, candidate: TWIN_ID },
    ],
    onText: (text) => void io.stderr.write(`${text}\n`),
  };
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

export interface Part {
  readonly name: string;
  readonly plan: Plan;
  readonly subjects: readonly RunSubject[];
}

/** One run of the harness. */
export async function runPart(job: QualifyJob, { name, plan, subjects }: Part): Promise<Results> {
  const { io, deps, folder, runId, argv, signal, calibration } = job;
  const progress = createProgress(io, {
    estimatedMs: estimateMs(plan),
    now: () => performance.now(),
  });
  try {
    const { results } = await deps.run({
      kind: 'batch',
      ...{ plan, subjects, skipped: [], argv, signal },
      folder: path.join(folder, name),
      runId: `${runId}-${name}`,
      client: deps.loadClient(plan.client),
      onEvent: progress.onEvent,
      spin: spinSentinel,
      conform: shortestForm,
      // What the instruments cost is the same in every part.
      ...(calibration ? { calibration: name === 'main' ? 'full' : 'short' } : {}),
    });
    // Half a run qualifies nothing.
    if (signal.aborted) throw new Interrupted();
    return results;
  } finally {
    progress.end();
  }
}

function plain(variant: Variant, id: string, aaOf?: string): RunSubject {
  return { id, variant, args: [], ...(aaOf === undefined ? {} : { aaOf }) };
}

/** Reference and twin, and the variant twice. */
function equals({ reference, variant, same: [pair] }: QualifyJob): RunSubject[] {
  return [
    plain(reference, REFERENCE_VARIANT),
    plain(reference, TWIN_ID, REFERENCE_VARIANT),
    plain(variant, variant.name),
    plain(variant, pair?.candidate ?? variant.name, variant.name),
  ];
}

/** On a disturbed machine: equal servers under the busiest condition. */
export function disturbedSubjects(job: QualifyJob, blocks: number): Omit<Part, 'name'> {
  const subjects = equals(job);
  const conditions = job.plan.conditions.slice(-1);
  const order = job.plan.order.slice(-1);
  const plan = { ...job.plan, conditions, order, blocks, extraBlocksMax: Math.ceil(blocks * 0.3) };
  return { subjects, plan: inTurn(job, withSubjects(plan, subjects, 'disturbed'), subjects) };
}

/** Equal and slowed servers of a variant in turn, as a gate measures base and candidate. */
function inTurn({ slices }: QualifyJob, plan: Plan, subjects: readonly RunSubject[]): Plan {
  return sliced(plan, slices, legsOf(subjects, true));
}

/**
 * What the pilot injects: enough to be told in so few blocks (a tenth to a quarter here, where a
 * block scatters by 0.03 to 0.06), and no more, because a server that is slowed much lives in
 * another state than one that is slowed little.
 */
const PILOT = { blocks: 8, us: 2, syscalls: 6 };

/** By how much injected costs slow the server down in each condition, by its id. */
export async function pilotCosts(job: QualifyJob): Promise<ReadonlyMap<string, PilotCosts>> {
  const { variant } = job;
  const injected = (kind: 'us' | 'syscalls') => {
    const id = `${variant.name}@pilot-${kind}`;
    const subject: RunSubject = { id, variant, args: [`--inject-${kind}`, String(PILOT[kind])] };
    return { subject, sides: { variant: id, base: variant.name, candidate: id } };
  };
  const [us, syscalls] = [injected('us'), injected('syscalls')];
  const subjects = [plain(variant, variant.name), us.subject, syscalls.subject];
  const small = { ...job.plan, blocks: PILOT.blocks, extraBlocksMax: 2, reference: variant.name };
  const plan = inTurn(job, withSubjects(small, subjects, 'pilot'), subjects);
  const found = await runPart({ ...job, calibration: false }, { name: 'pilot', plan, subjects });
  const slowdowns = slowdownsOf(found, [us.sides, syscalls.sides], ['cpu_us_per_request']);
  const share = (condition: string, { variant: id }: Sides, count: number) => {
    const mine = slowdowns.find((one) => one.variant === id && one.condition === condition);
    const each = (effectOf(mine)?.change ?? 0) / count;
    return each > LEAST_SHARE ? each : null;
  };
  return new Map(
    plan.conditions.map(({ id }) => [
      id,
      {
        perUs: share(id, us.sides, PILOT.us) ?? USUAL.perUs,
        perSyscall: share(id, syscalls.sides, PILOT.syscalls) ?? USUAL.perSyscall,
      },
    ]),
  );
}

/** Of a request of 10 us, where the pilot was spoilt: nothing costs less than the least. */
const USUAL: PilotCosts = { perUs: 0.1, perSyscall: 0.03 };
const LEAST_SHARE = 0.002;

export interface Injected extends Injection {
  readonly what: string;
  readonly condition: string;
  readonly sides: Sides;
}

/** The slowed subjects: every aim in every condition, and one hand-off in the first. */
export function sidesOfInjected(
  { plan, variant }: QualifyJob,
  costs: ReadonlyMap<string, PilotCosts>,
): Injected[] {
  return plan.conditions.flatMap(({ id: condition }, index) => {
    const found = costs.get(condition) ?? USUAL;
    const all = [
      ...AIMS.map((aim) => injectionFor(aim, found)),
      ...(index === 0 ? [ONE_HANDOFF] : []),
    ];
    return all.map((injection) => {
      const what = injection.args.join(' ');
      const label = injection.aim === null ? what.slice(2) : `${Math.round(100 * injection.aim)}%`;
      const id = `${variant.name}@${condition}:${label}`;
      // The name of the pair, as rows are told apart by it.
      const sides = { variant: id, base: variant.name, candidate: id };
      return { ...injection, what, condition, sides };
    });
  });
}

/**
 * Equal servers in every block, slowed ones in every second pair of blocks: mirrored pairs stay
 * together, and the slowed ones are spread over the whole run.
 */
export function subjectsOf(job: QualifyJob, injected: readonly Injected[]): Omit<Part, 'name'> {
  const fixed = equals(job);
  const slowed = injected.map(({ sides, args }): RunSubject => {
    return { id: sides.candidate, variant: job.variant, args };
  });
  const ids = fixed.map(({ id }) => id);
  const order = job.plan.conditions.map(({ id: condition }) => {
    const extra = injected.filter((one) => one.condition === condition);
    const all = [...ids, ...extra.map(({ sides }) => sides.candidate)];
    return blockOrders(job.seed, condition, all, job.blocks).map((block, index) =>
      Math.floor(index / 2) % 2 === 0 ? block : block.filter((id) => ids.includes(id)),
    );
  });
  const subjects = [...fixed, ...slowed];
  return { subjects, plan: inTurn(job, { ...job.plan, profile: 'qualify', order }, subjects) };
}
