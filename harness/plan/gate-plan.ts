/**
 * The plan of a batch of the gate: that of a comparison, in which every gated variant stands twice,
 * as its base and as its candidate, in the same blocks. Pure.
 */
import type { Interleave, Plan } from '../results/schema.js';
import { forSlices } from '../results/thresholds.js';
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

/** How the subjects of a batch are measured in turn; absent: one trial after the other. */
export type Slices = Omit<Interleave, 'groups'>;

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

/**
 * The plan with the subjects of each group measured in turn, slice by slice. In a block they stand
 * together, in the order in which they stood before; the first of them says where.
 */
export function interleaved(
  plan: Plan,
  slices: Slices,
  groups: readonly (readonly string[])[],
): Plan {
  const order = plan.order.map((blocks) => blocks.map((block) => together(block, groups)));
  const interleave = { ...slices, groups: groups.map((group) => [...group]) };
  return { ...plan, order, interleave, thresholds: forSlices(plan.thresholds) };
}

function together(block: readonly string[], groups: readonly (readonly string[])[]): string[] {
  const groupOf = (id: string) => groups.find((group) => group.includes(id)) ?? [id];
  return block.flatMap((id, at) => {
    const group = groupOf(id);
    const isFirst = block.findIndex((other) => group.includes(other)) === at;
    return isFirst ? block.filter((other) => group.includes(other)) : [];
  });
}

/**
 * Who is compared with whom stands together: the sides of one variant, or, with a stored baseline,
 * all of them with the reference.
 */
export function groupsOf(subjects: readonly Placed[], hasBase: boolean): string[][] {
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
