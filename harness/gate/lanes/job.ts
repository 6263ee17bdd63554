/** What a gate run measures: variants, both sides of each, the plan of a batch. */
import path from 'node:path';
import { discoverVariants } from '../../plan/discover.js';
import { gateSubjects, type Sides, sidesOf } from '../../plan/gate-plan.js';
import { whatExists } from '../../plan/nearest.js';
import { REFERENCE_VARIANT } from '../../plan/reference.js';
import type { Variant } from '../../plan/variant.js';
import type { Plan } from '../../results/schema.js';
import type { RunSubject } from '../../run/subject.js';
import type { GateConfig } from '../config.js';
import type { Fault } from '../decide.js';
import { refusal } from '../parse.js';
import type { Lane } from '../rows.js';
import type { GateSide } from '../schema.js';
import { comparisonOf, variantOf } from './batch.js';
import type { LaneTools } from './lane-tools.js';
import type { CountPair } from './measure-counts.js';
import { buildSide, type Side } from './sides.js';

/** Files and folders by absolute paths. */
export interface GateRequest {
  /** What git takes for a commit; absent: a stored baseline takes its place. */
  readonly base?: string;
  /** Absent: the working tree. */
  readonly candidate?: string;
  readonly baseline?: string;
  readonly writeBaseline: boolean;
  readonly variants?: readonly string[];
  readonly variantDir: readonly string[];
  readonly lanes: readonly Exclude<Lane, 'correctness'>[];
  readonly workloads?: readonly string[];
  readonly connections?: readonly number[];
  readonly blocks?: number;
  /** Extra flags of the candidate's servers, to try the gate itself. */
  readonly candidateArgs: readonly string[];
  readonly config?: string;
  readonly accept?: string;
  readonly strict: boolean;
  readonly cpus?: string;
  readonly seed: string;
}

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
}

/** Rejects with UserError or Interrupted. */
export async function prepareJob(
  request: GateRequest,
  { timing }: GateConfig,
  tools: LaneTools,
): Promise<GateJob> {
  const { base: ref, variantDir: own, candidateArgs } = request;
  const all = await discoverVariants([path.join(tools.root, 'servers'), ...own]);
  const variants = chosen(request, all, own.length === 0 ? all : await discoverVariants(own));
  const others = variants.filter(({ name }) => name !== REFERENCE_VARIANT);
  const measured = [variantOf(all, REFERENCE_VARIANT), ...others];
  const planned = comparisonOf(measured, timing, request, tools.readMachine());
  const base = ref === undefined ? null : await buildSide({ variants, side: 'base', ref }, tools);
  const state = ref === undefined ? undefined : (request.candidate ?? null);
  const candidate = await buildSide({ variants, side: 'candidate', ref: state }, tools);
  const pairs = variants.flatMap(({ name: variant }): CountPair[] => {
    const other = base?.built.get(variant);
    const mine = candidate.built.get(variant);
    if (mine === undefined || (base !== null && other === undefined)) return [];
    return [{ variant, base: other?.built ?? null, candidate: mine.built, candidateArgs }];
  });
  const names = pairs.map(({ variant }) => variant);
  const absent = [...(base?.absent ?? []), ...candidate.absent];
  return {
    plan: planned.plan,
    variants: variants.map(({ name }) => name).filter((name) => !candidate.absent.has(name)),
    subjects: gateSubjects(names, base !== null, (name, side, id): RunSubject => {
      const prebuilt = (side === 'base' ? base : candidate)?.built.get(name);
      const args = side === 'candidate' ? candidateArgs : [];
      const variant = prebuilt?.built.variant ?? variantOf(measured, name);
      return { id, variant, args: [...args], ...(prebuilt === undefined ? {} : { prebuilt }) };
    }),
    sides: sidesOf(names, base !== null),
    pairs,
    faults: [...(base?.faults ?? []), ...candidate.faults],
    notes: [
      ...absent.map(([variant, why]) => `${variant} is not gated: ${why}`),
      ...planned.notes.map(({ text }) => text),
    ],
    base: stateOf(base),
    candidate: stateOf(candidate),
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

/** The state that the first of the variants comes from; notes name further repositories. */
function stateOf(side: Side | null): GateSide | null {
  const [tree] = side?.trees ?? [];
  return tree === undefined ? null : { ref: tree.ref, commit: tree.commit, tree: tree.tree };
}
