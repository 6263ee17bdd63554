/** What a gate run measures: variants, both sides of each, the plan of a batch. */
import path from 'node:path';
import type { GateConfig } from '../gate/config.js';
import type { Fault } from '../gate/correctness.js';
import type { Sides } from '../gate/pairs.js';
import { refusal } from '../gate/parse.js';
import type { GateSide } from '../gate/schema.js';
import { makePlan } from '../plan/compare-plan.js';
import { discoverVariants } from '../plan/discover.js';
import { gateSubjects, sidesOf } from '../plan/gate-plan.js';
import { whatExists } from '../plan/nearest.js';
import { REFERENCE_VARIANT } from '../plan/reference.js';
import type { Variant } from '../plan/variant.js';
import { parseWorkload } from '../plan/workloads.js';
import type { Plan } from '../results/schema.js';
import type { RunSubject } from '../run/subject.js';
import type { CliDeps } from './deps.js';
import type { GateRequest } from './gate.js';
import type { CountPair } from './gate-counts.js';
import { buildHere, buildSide, type Side } from './gate-sides.js';
import type { CliIo } from './io.js';

export interface GateJob {
  readonly plan: Plan;
  /** Gated variants that have a candidate. */
  readonly variants: readonly string[];
  readonly subjects: readonly RunSubject[];
  /** Of the timing lane; empty where there is nothing to pair. */
  readonly sides: readonly Sides[];
  readonly pairs: readonly CountPair[];
  readonly faults: readonly Fault[];
  readonly notes: readonly string[];
  /** null: a stored baseline takes its place. */
  readonly base: GateSide | null;
  readonly candidate: GateSide | null;
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
}

interface Context {
  readonly io: CliIo;
  readonly deps: CliDeps;
  readonly signal: AbortSignal;
}

/** Rejects with UserError or Interrupted. */
export async function prepareJob(
  request: GateRequest,
  config: GateConfig,
  { io, deps, signal }: Context,
): Promise<GateJob> {
  const root = deps.root();
  const onText = (text: string) => void io.stderr.write(`${text}\n`);
  const own = request.variantDirs.map((folder) => path.resolve(io.cwd(), folder));
  const all = await discoverVariants([path.join(root, 'servers'), ...own]);
  const gated = chosen(request, all, own.length === 0 ? all : await discoverVariants(own));
  const planned = planOf(request, config, gated, all, deps);
  const common = { variants: gated, root, signal, onText };
  const { base: ref } = request;
  const base = ref === undefined ? null : await buildSide({ ...common, side: 'base', ref });
  const candidate =
    ref === undefined
      ? await buildHere(common)
      : await buildSide({ ...common, side: 'candidate', ref: request.candidate ?? null });
  const able = gated.filter(({ name }) => candidate.built.has(name));
  const paired = able.filter(({ name }) => base === null || base.built.has(name));
  return {
    plan: planned.plan,
    variants: gated.map(({ name }) => name).filter((name) => !candidate.absent.has(name)),
    ...timed(request, paired, all, base, candidate),
    pairs: paired.map(({ name }) => pairOf(name, request, base, candidate)),
    faults: [...(base?.faults ?? []), ...candidate.faults],
    notes: notesOf(planned.notes, base, candidate),
    base: sideOf(base),
    candidate: base === null ? null : sideOf(candidate),
    ...{ signal, onText },
  };
}

/** By name, or all of --variant-dir, or all that take part in a comparison by default. */
function chosen(
  { variants: names }: GateRequest,
  all: readonly Variant[],
  own: readonly Variant[],
): Variant[] {
  if (names === undefined) return own.filter(({ byDefault }) => byDefault);
  const existing = all.map(({ name }) => name);
  const unknown = names.find((name) => !existing.includes(name));
  if (unknown !== undefined) {
    throw refusal(`there is no variant ${unknown}`, whatExists(unknown, existing));
  }
  return all.filter(({ name }) => names.includes(name));
}

/** Conditions, placement and limits of a comparison of the same variants. */
function planOf(
  request: GateRequest,
  { timing }: GateConfig,
  gated: readonly Variant[],
  all: readonly Variant[],
  deps: CliDeps,
) {
  const { connections, blocks, warmupMs, windowMs } = timing;
  const workloads = timing.workloads.flatMap(parseWorkload);
  const names = [...new Set([REFERENCE_VARIANT, ...gated.map(({ name }) => name)])];
  const known = names.filter((name) => all.some((variant) => variant.name === name));
  return makePlan(
    {
      profile: 'default',
      ...{ variants: known, workloads, connections, blocks, warmupMs, windowMs },
      pipeline: 1,
      seed: request.seed,
      client: 'native',
      ...(request.cpus === undefined ? {} : { cpus: request.cpus }),
    },
    all,
    deps.readMachine(),
  );
}

/** The subjects of the timing lane and how they pair. */
function timed(
  request: GateRequest,
  paired: readonly Variant[],
  all: readonly Variant[],
  base: Side | null,
  candidate: Side,
): Pick<GateJob, 'subjects' | 'sides'> {
  const names = paired.map(({ name }) => name);
  const sides = sidesOf(names, base !== null);
  const subjects = gateSubjects(names, base !== null, (name, side, id): RunSubject => {
    const found = all.find((variant) => variant.name === name);
    if (found === undefined)
      throw refusal(`there is no ${name} to pair with`, 'restore its folder');
    const prebuilt = (side === 'base' ? base : candidate)?.built.get(name);
    const args = side === 'candidate' ? [...request.candidateArgs] : [];
    const variant = prebuilt?.built.variant ?? found;
    return { id, variant, args, ...(prebuilt === undefined ? {} : { prebuilt }) };
  });
  return { sides, subjects };
}

function pairOf(
  variant: string,
  { candidateArgs }: GateRequest,
  base: Side | null,
  candidate: Side,
): CountPair {
  const mine = candidate.built.get(variant);
  if (mine === undefined) throw new Error(`${variant} has no candidate`);
  const other = base?.built.get(variant)?.built ?? null;
  return { variant, base: other, candidate: mine.built, candidateArgs };
}

function notesOf(
  planNotes: readonly { readonly text: string }[],
  base: Side | null,
  candidate: Side,
): string[] {
  const absent = [...(base?.absent ?? []), ...candidate.absent];
  return [
    ...absent.map(([variant, why]) => `${variant} is not gated: ${why}`),
    ...planNotes.map(({ text }) => text),
  ];
}

/** The state that the first of the variants comes from; several repositories are told in notes. */
function sideOf(side: Side | null): GateSide | null {
  const [tree] = side?.trees ?? [];
  return tree === undefined ? null : { ref: tree.ref, commit: tree.commit, tree: tree.tree };
}
