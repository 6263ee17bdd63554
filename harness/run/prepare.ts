/**
 * From the requested subjects to those that can be measured: builds, checks, and says which are
 * missing and why.
 *
 * One subject that fails does not stop the others; when none is left, that is a UserError.
 */
import { UserError } from '../errors.js';
import { addon } from '../load/addon.js';
import type { Condition, Plan, Skipped, Workload } from '../results/schema.js';
import type { Built, ServerLimits } from '../server/built.js';
import type { Ready } from '../server/control.js';
import { describeFault, ServerFault } from '../server/fault.js';
import type { Bench } from './bench.js';
import { type BuildResult, buildVariant } from './build.js';
import { needsUpstream, upstreamArgs } from './exchange.js';
import type { Candidate, RunSubject } from './subject.js';

export interface Prepared {
  readonly candidates: readonly Candidate[];
  readonly skipped: readonly Skipped[];
  readonly problems: readonly string[];
}

/** Which subjects to prepare, and how. */
export interface Preparing {
  readonly bench: Bench;
  /** The repository. */
  readonly root: string;
  readonly subjects: readonly RunSubject[];
  /** What discovery already left out. */
  readonly skipped: readonly Skipped[];
  readonly conform: Conform;
}

/** A subject to measure, and for what. */
export interface ConformingAsk {
  readonly built: Built;
  /** Where the run will measure it. */
  readonly cpus: readonly number[];
  /** Its own flags, and an upstream where a workload needs one. */
  readonly args: readonly string[];
  readonly workloads: readonly Workload[];
  readonly limits: ServerLimits;
  readonly signal: AbortSignal;
}

export interface Conformed {
  /** What it said of itself. */
  readonly ready: Ready;
  /** Why it must not be measured although it runs; null: nothing is wrong. */
  readonly wrong: string | null;
}

/** Asks a server for what it must do. Rejects with ServerFault or Interrupted. */
export type Conform = (asked: ConformingAsk) => Promise<Conformed>;

/** Builds every variant once and checks every subject. Rejects with UserError or Interrupted. */
export async function prepare(preparing: Preparing): Promise<Prepared> {
  const absent = new Absent(preparing);
  const built = await buildAll(preparing, absent);
  const candidates = await checkAll(preparing, built, absent);
  if (candidates.length === 0) throw absent.nobodyLeft();
  for (const tree of new Set(candidates.map(treeOf))) {
    const ours = candidates.filter((candidate) => treeOf(candidate) === tree);
    requireOneCore(ours.map(({ subject, ready }) => ({ id: subject.id, ready })));
  }
  absent.reference(candidates);
  return { candidates, skipped: absent.skipped, problems: absent.problems };
}

/** undefined: these sources. */
function treeOf({ subject }: Candidate): string | undefined {
  return subject.prebuilt?.tree;
}

/** Who does not take part. */
class Absent {
  readonly skipped: Skipped[];
  readonly problems: string[] = [];
  readonly #bench: Bench;

  constructor({ bench, skipped }: Preparing) {
    this.#bench = bench;
    this.skipped = [...skipped];
  }

  /** Something is missing on this machine: expected, with a reason. */
  skip(variant: string, why: string): void {
    this.#add({ variant, why });
  }

  /** Something is wrong with the variant: the run will be partial. */
  fail(variant: string, problem: string): void {
    this.problems.push(problem);
    this.#bench.onEvent({ kind: 'note', level: 'warn', text: problem });
    this.#add({ variant, why: problem.split('\n')[0] ?? problem, failed: true });
  }

  #add(skipped: Skipped): void {
    const { variant, why } = skipped;
    this.skipped.push(skipped);
    this.#bench.onEvent({ kind: 'skipped', variant, why });
  }

  /** Without the reference there is nothing to compare with: the run continues, and says so. */
  reference(candidates: readonly Candidate[]): void {
    const subjects = candidates.map(({ subject }) => subject);
    for (const problem of missingReference(this.#bench.plan, { subjects })) {
      this.problems.push(problem);
      this.#bench.onEvent({ kind: 'note', level: 'warn', text: problem });
    }
  }

  nobodyLeft(): UserError {
    const skipped = this.skipped.map(({ variant, why }) => `${variant}: ${why}`);
    const output = this.problems.length > 0 ? this.problems : skipped;
    return new UserError(
      'No server is left to measure',
      'mend what is named below, or choose others with --variants',
      { output: output.join('\n') },
    );
  }
}

/** A problem of the run when the plan's reference is none of its subjects. */
export function missingReference(
  { reference }: Pick<Plan, 'reference'>,
  { subjects }: { readonly subjects: readonly { readonly id: string }[] },
): string[] {
  if (subjects.some(({ id }) => id === reference)) return [];
  return [`the reference ${reference} does not take part, so there are no ratios to it`];
}

/** Throws UserError unless every server built on the native core is built on the same one. */
export function requireOneCore(
  servers: readonly { readonly id: string; readonly ready: Ready }[],
): void {
  const native = servers.filter(({ ready }) => ready.core !== undefined);
  const [first] = native;
  const other = native.find(({ ready }) => ready.core !== first?.ready.core);
  if (first === undefined || other === undefined) return;
  throw new UserError(
    `${first.id} (core ${first.ready.core}) and ${other.id} (core ${other.ready.core}) are built on different ` +
      'versions of the native core, so a comparison would not show the I/O model alone',
    'npm run build',
  );
}

async function buildAll(
  { bench, root, subjects }: Preparing,
  absent: Absent,
): Promise<ReadonlyMap<string, Built>> {
  const unbuilt = subjects.filter(({ prebuilt }) => prebuilt === undefined);
  const variants = new Map(unbuilt.map(({ variant }) => [variant.name, variant]));
  const built = new Map<string, Built>();
  for (const variant of variants.values()) {
    bench.onEvent({ kind: 'phase', name: 'build', text: variant.name });
    const result: BuildResult = await buildVariant(variant, root, bench.signal);
    switch (result.kind) {
      case 'built':
        built.set(variant.name, result.built);
        break;
      case 'skipped':
        absent.skip(variant.name, result.why);
        break;
      case 'failed':
        absent.fail(variant.name, result.problem);
        break;
    }
  }
  return built;
}

/** With an upstream where a workload needs one. */
async function checkAll(
  preparing: Preparing,
  builtByName: ReadonlyMap<string, Built>,
  absent: Absent,
): Promise<Candidate[]> {
  const { conditions, placement } = preparing.bench.plan;
  if (!conditions.some(needsUpstream)) return checkEach(preparing, builtByName, absent);
  const upstream = addon().startNullServer(placement.clientCpus);
  try {
    return await checkEach(preparing, builtByName, absent, upstream.port);
  } finally {
    upstream.stop();
  }
}

/** Conditions that a subject takes part in. */
function workloadsOf({ conditions, order }: Plan, subject: string): Condition[] {
  return conditions.filter((_, index) => order[index]?.[0]?.includes(subject));
}

async function checkEach(
  { bench, subjects, conform }: Preparing,
  builtByName: ReadonlyMap<string, Built>,
  absent: Absent,
  port?: number,
): Promise<Candidate[]> {
  const { plan, limits, signal, onEvent } = bench;
  const candidates: Candidate[] = [];
  for (const subject of subjects) {
    const built = subject.prebuilt?.built ?? builtByName.get(subject.variant.name);
    if (built === undefined) continue;
    onEvent({ kind: 'phase', name: 'check', text: subject.id });
    try {
      const workloads = workloadsOf(plan, subject.id);
      const args = [
        ...subject.args,
        ...upstreamArgs(workloads.some(needsUpstream) ? port : undefined),
      ];
      const cpus = plan.placement.serverCpus;
      const asked = { built, cpus, args, workloads, limits, signal };
      const { ready, wrong } = await conform(asked);
      if (wrong === null) candidates.push({ subject, built, ready });
      else absent.fail(subject.id, nonconforming(subject, wrong));
    } catch (error) {
      if (!(error instanceof ServerFault)) throw error;
      if (error.kind === 'cannot-run') absent.skip(subject.id, error.message);
      else absent.fail(subject.id, `${subject.id} failed the check: ${describeFault(error)}`);
    }
  }
  return candidates;
}

function nonconforming({ id, variant }: RunSubject, wrong: string): string {
  return `${id} is left out, its conformance fails: ${wrong}. To see more: npm run conformance -- ${variant.name}`;
}
