/**
 * Who plays which part in a claim. Claims speak of I/O models, not of variants: the subject of a
 * role is found by its model, so a run with other variants of the same models is judged too.
 */
import type { RunHeader, Subject } from '../results/schema.js';
import { list } from '../stats/words.js';
import { cannotHere, type Decision, leftOpen } from './claim.js';

export type Role = 'thread' | 'callback' | 'coroutine' | 'go';

/**
 * Model of each role: what serves a connection, and what it waits on. In two halves because a model
 * is called like the first variant that had it, and the harness must name no variant.
 */
const MODELS: Readonly<Record<Role, readonly [string, string]>> = {
  thread: ['thread', 'per-connection'],
  callback: ['callback', 'epoll'],
  coroutine: ['coroutine', 'epoll'],
  go: ['goroutine', 'per-connection'],
};

export function modelOf(role: Role): string {
  return MODELS[role].join('-');
}

type Cast = Pick<RunHeader, 'subjects' | 'plan'>;

/** Plain subjects of a role: started without flags of their own, no A/A copies. */
export function candidates({ subjects }: Cast, role: Role): Subject[] {
  const model = modelOf(role);
  return subjects.filter(
    (subject) => subject.model === model && subject.aaOf === undefined && subject.args.length === 0,
  );
}

/** The candidate that is called like its model, or the run's reference, else the first. */
export function subjectOf(header: Cast, role: Role): Subject | null {
  const found = candidates(header, role);
  const model = modelOf(role);
  const named = found.find(({ variant }) => variant === model);
  const reference = found.find(({ id }) => id === header.plan.reference);
  return named ?? reference ?? found[0] ?? null;
}

/** `of 2 servers of that model, a`: empty when there was no choice. */
export function choiceText(header: RunHeader, roles: readonly Role[]): string {
  const parts = roles.flatMap((role) => {
    const found = candidates(header, role);
    const chosen = subjectOf(header, role);
    if (chosen === null || found.length < 2) return [];
    return [`of ${found.length} servers of the model ${modelOf(role)}, ${chosen.id}`];
  });
  return parts.length === 0 ? '' : ` (${list(parts)})`;
}

/**
 * The subjects of these roles, or the decision when one is missing: left open when it was not asked
 * for, not measurable when the machine cannot run it.
 */
export function cast<R extends Role>(
  header: RunHeader,
  roles: readonly R[],
):
  | { readonly ids: Readonly<Record<R, string>>; readonly absent: null }
  | { readonly ids: null; readonly absent: Decision } {
  const lacking = roles.filter((role) => subjectOf(header, role) === null);
  if (lacking.length === 0) {
    const entries = roles.map((role) => [role, subjectOf(header, role)?.id]);
    return { ids: Object.fromEntries(entries) as Record<R, string>, absent: null };
  }
  const text = list(lacking.map((role) => absentText(header, role)));
  const isSkipped = lacking.some((role) => skippedOf(header, role) !== undefined);
  return { ids: null, absent: isSkipped ? cannotHere(text) : leftOpen(text) };
}

function absentText(header: RunHeader, role: Role): string {
  const skipped = skippedOf(header, role);
  return `no server of the model ${modelOf(role)}${skipped ? `: ${skipped.why}` : ''}`;
}

/** The variant that would have played the role: a skipped one has a name, but no model. */
function skippedOf({ skipped, plan }: RunHeader, role: Role) {
  const names = role === 'go' ? [modelOf(role), plan.reference] : [modelOf(role)];
  return skipped.find(({ variant }) => names.includes(variant));
}
