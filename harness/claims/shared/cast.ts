/** The subjects of a claim, by their roles, or the decision when one is missing. */
import { list } from '../../findings/format.js';
import { candidates, modelOf, type Role, subjectOf } from '../../results/roles.js';
import type { RunHeader } from '../../results/schema.js';
import { cannotHere, type Decision, leftOpen } from '../claim.js';

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
