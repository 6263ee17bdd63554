/** Sources of the servers (evidence.sources) as the descriptions read them. */
import type { SourceEvidence } from '../../results/evidence.js';
import { type Role, subjectOf } from '../../results/roles.js';
import type { Results } from '../../results/schema.js';
import { cannotHere, type Decision, type Figure, leftOpen, NO_FINDINGS } from '../claim.js';
import { cast } from './cast.js';

export type Part = SourceEvidence['part'];

/** Sources of these roles, or what is said when one is missing. */
export function sourcesOf(
  { header, evidence }: Results,
  roles: readonly Role[],
  parts: readonly Part[],
):
  | { readonly found: SourceEvidence[]; readonly missing: null }
  | { readonly found: null; readonly missing: Decision } {
  const missing = (decision: Decision) => ({ found: null, missing: descriptionOf(decision) });
  if (evidence === null) return missing(leftOpen('no sources were read'));
  const { items, why } = evidence.sources;
  if (items === null) return missing(cannotHere(`the sources could not be read: ${why}`));
  const { absent } = cast(header, roles);
  if (absent !== null) return missing(absent);
  const variants = roles.map((role) => subjectOf(header, role)?.variant ?? '');
  const found = variants.flatMap((variant) =>
    parts.flatMap((part) => items.filter((one) => one.variant === variant && one.part === part)),
  );
  if (found.length < roles.length * parts.length) {
    return missing(leftOpen('the sources of a server are not there'));
  }
  return { found, missing: null };
}

function descriptionOf({ sentence, because, command }: Decision): Decision {
  const reason = because === 'left-open' ? because : 'machine';
  return { verdict: null, ...NO_FINDINGS, sentence, because: reason, command };
}

/** `3 states`; names of counts read as words. */
export function countsText({ counts }: SourceEvidence): string {
  return Object.entries(counts)
    .map(([name, value]) => `${value} ${name.replaceAll('_', ' ')}`)
    .join(', ');
}

export function sourceFigures(sources: readonly SourceEvidence[]): Figure[] {
  return sources.flatMap(({ variant, part, counts }) =>
    Object.entries(counts).map(([name, value]) => ({
      label: `${variant}, ${part}: ${name}`,
      value,
      lo: null,
      hi: null,
      unit: 'count',
    })),
  );
}

export function sourceNames(sources: readonly SourceEvidence[]): string[] {
  return sources.flatMap(({ files }) =>
    files.map(({ path, firstLine, text }) => {
      const last = firstLine + text.replace(/\n$/, '').split('\n').length - 1;
      return `${path}:${firstLine}-${last}`;
    }),
  );
}
