/**
 * The plan of a batch of the gate: a comparison in which every gated variant takes part twice, as
 * its base and as its candidate, in the same blocks. Pure.
 */
import type { Plan, Slicing } from '../results/schema.js';
import { blockOrders } from './order.js';
import { REFERENCE_VARIANT, TWIN_ID } from './reference.js';
import type { PlannedSubject } from './subjects.js';

/** Subject ids of a variant's two sides in a batch. */
export interface Sides {
  readonly variant: string;
  readonly base: string;
  readonly candidate: string;
}

const candidateId = (variant: string): string => `${variant}@candidate`;

/** The reference is its own base: one trial less in every block. */
const baseId = (variant: string): string =>
  variant === REFERENCE_VARIANT ? variant : `${variant}@base`;

/** With a stored baseline, a variant is compared with the reference of the same blocks. */
export function sidesOf(variants: readonly string[], hasBase: boolean): Sides[] {
  if (hasBase) {
    return variants.map((variant) => ({
      variant,
      base: baseId(variant),
      candidate: candidateId(variant),
    }));
  }
  return variants
    .filter((variant) => variant !== REFERENCE_VARIANT)
    .map((variant) => ({ variant, base: REFERENCE_VARIANT, candidate: candidateId(variant) }));
}

/** Makes a side of a variant into a subject. */
export type SubjectOf = (variant: string, side: 'base' | 'candidate', id: string) => PlannedSubject;

/** Reference and twin first: they carry the A/A check. */
export function gateSubjects(
  variants: readonly string[],
  hasBase: boolean,
  subjectOf: SubjectOf,
): PlannedSubject[] {
  const reference = subjectOf(REFERENCE_VARIANT, 'base', REFERENCE_VARIANT);
  const twin = { ...subjectOf(REFERENCE_VARIANT, 'base', TWIN_ID), aaOf: REFERENCE_VARIANT };
  const sides = sidesOf(variants, hasBase).flatMap(({ variant, base, candidate }) => [
    ...(base === REFERENCE_VARIANT ? [] : [subjectOf(variant, 'base', base)]),
    subjectOf(variant, 'candidate', candidate),
  ]);
  return [reference, twin, ...sides];
}

type Placed = Pick<PlannedSubject, 'id'> & { readonly variant: { readonly name: string } };

/** How often the subjects of a batch are visited, and for how long each time, ms. */
export type Slices = Pick<Slicing, 'rounds' | 'warmupMs' | 'windowMs'>;

/**
 * The plan with other subjects in its blocks: under each condition those whose variants take part
 * in it. `part` makes the orders of two batches differ.
 */
export function withSubjects(plan: Plan, subjects: readonly Placed[], part: string): Plan {
  const seed = `${plan.seed} ${part}`;
  const order = plan.conditions.map(({ id }, index) => {
    const takers = new Set(plan.order[index]?.flat());
    const mine = subjects.filter(({ variant }) => takers.has(variant.name));
    return blockOrders(
      seed,
      id,
      mine.map((subject) => subject.id),
      plan.blocks,
    );
  });
  return { ...plan, profile: 'gate', seed, order };
}

/** The plan with its subjects measured in turn, those of a leg next to each other. */
export function sliced(plan: Plan, slices: Slices, legs: readonly (readonly string[])[]): Plan {
  const { warmupMs: firstWarmupMs } = plan;
  const slicing = plan.conditions.map(({ id }, index) => {
    const takers = new Set(plan.order[index]?.flat());
    const mine = legs
      .map((leg) => leg.filter((subject) => takers.has(subject)))
      .filter((leg) => leg.length > 0);
    return [id, { ...slices, firstWarmupMs, legs: mine }];
  });
  const windowMs = slices.rounds * slices.windowMs;
  return { ...plan, windowMs, slicing: Object.fromEntries(slicing) };
}

/**
 * Subjects that are compared are next to each other: the sides of one variant, or, with a stored
 * baseline, all of them and the reference.
 */
export function legsOf(subjects: readonly Placed[], hasBase: boolean): string[][] {
  if (!hasBase) return [subjects.map(({ id }) => id)];
  const groups = new Map<string, string[]>();
  for (const { id, variant } of subjects) {
    groups.set(variant.name, [...(groups.get(variant.name) ?? []), id]);
  }
  return [...groups.values()];
}

/** Only these conditions of the plan. */
export function onlyConditions(plan: Plan, ids: ReadonlySet<string>): Plan {
  const kept = plan.conditions.flatMap((condition, i) => (ids.has(condition.id) ? [i] : []));
  return {
    ...plan,
    conditions: kept.map((i) => plan.conditions[i] as Plan['conditions'][number]),
    order: kept.map((i) => plan.order[i] ?? []),
  };
}
