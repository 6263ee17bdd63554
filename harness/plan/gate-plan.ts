/**
 * The plan of a batch of the gate: that of a comparison, in which every gated variant stands twice,
 * as its base and as its candidate, in the same blocks. Pure.
 */
import type { Plan } from '../results/schema.js';
import { type PlannedSubject, REFERENCE_VARIANT, TWIN_ID } from './compare-plan.js';
import { blockOrders } from './order.js';

/** Subject ids of a variant's two sides. */
export interface PlannedSides {
  readonly variant: string;
  readonly base: string;
  readonly candidate: string;
}

export const candidateId = (variant: string): string => `${variant}@candidate`;

/** The reference stands for its own base: one trial less in every block. */
export const baseId = (variant: string): string =>
  variant === REFERENCE_VARIANT ? variant : `${variant}@base`;

/** With a stored baseline, the reference of the same blocks is what a variant is held against. */
export function sidesOf(variants: readonly string[], hasBase: boolean): PlannedSides[] {
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

/** One side of a variant, made into a subject by whoever has built it. */
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

/** Only these conditions of the plan. */
export function onlyConditions(plan: Plan, ids: ReadonlySet<string>): Plan {
  const kept = plan.conditions.flatMap((condition, i) => (ids.has(condition.id) ? [i] : []));
  return {
    ...plan,
    conditions: kept.map((i) => plan.conditions[i] as Plan['conditions'][number]),
    order: kept.map((i) => plan.order[i] ?? []),
  };
}
