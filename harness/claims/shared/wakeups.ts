/** Wake-ups by source (evidence.wakeups) as claims read them. */
import type { Wakeups } from '../../results/evidence.js';
import { subjectOf } from '../../results/roles.js';
import type { Results } from '../../results/schema.js';
import { cannotHere, type Decision, type Figure, leftOpen } from '../claim.js';

/** The scheduler's own entry points into the poller. */
export const SCHEDULER = ['find_runnable_nonblocking', 'find_runnable_blocking'] as const;
export const SYSMON = 'sysmon';
/** Not a source: calls that found nothing after a wake-up. */
export const IN_VAIN = 'in_vain';

/**
 * Wake-ups of the Go server where they could be counted, else of our coroutine server; of the first
 * of them that also counts `needed`, if there is one.
 */
export function wakeupsOf(
  results: Results,
  needed?: string,
):
  | { readonly subject: string; readonly loads: Wakeups[]; readonly missing: null }
  | { readonly subject: null; readonly loads: null; readonly missing: Decision } {
  const nothing = (missing: Decision) => ({ subject: null, loads: null, missing });
  if (results.evidence === null) return nothing(leftOpen('no wake-ups were counted'));
  const { items, why } = results.evidence.wakeups;
  if (items === null) return nothing(cannotHere(`no wake-ups were counted: ${why}`));
  const observed = (['go', 'coroutine'] as const).flatMap((role) => {
    const subject = subjectOf(results.header, role)?.id;
    const loads = items.filter((item) => item.subject === subject);
    return subject !== undefined && loads.length > 0 ? [{ subject, loads, missing: null }] : [];
  });
  const counting = observed.find(({ loads }) =>
    loads.some(({ counts }) => (counts[needed ?? ''] ?? -1) >= 0),
  );
  const [first] = observed;
  return (
    counting ??
    first ??
    nothing(leftOpen('no server with goroutines or coroutines counted its wake-ups'))
  );
}

/** `go-net (its polls, by strace)`: how a subject was observed. */
export function observedText(loads: readonly Wakeups[]): string {
  const [first] = loads;
  if (first === undefined) return 'nobody';
  const { subject, instrument } = first;
  return instrument === 'strace'
    ? `${subject} (its polls, by strace)`
    : `${subject} (its own counters)`;
}

/** All loads of all servers that were observed, also of those that decide nothing. */
export function allWakeups({ evidence }: Results): readonly Wakeups[] {
  return evidence?.wakeups.items ?? [];
}

/** Wake-ups of all sources. */
export function total({ counts }: Wakeups): number {
  const sources = Object.entries(counts).filter(([source]) => source !== IN_VAIN);
  return sources.reduce((sum, [, n]) => sum + n, 0);
}

export function sum({ counts }: Wakeups, sources: readonly string[]): number {
  return sources.reduce((all, source) => all + (counts[source] ?? 0), 0);
}

export function wakeupFigures(loads: readonly Wakeups[]): Figure[] {
  return loads.flatMap(({ subject, load, counts }) =>
    Object.entries(counts).map(([source, value]) => ({
      label: `${subject}, ${load}: ${source}`,
      value,
      lo: null,
      hi: null,
      unit: 'wake-ups',
    })),
  );
}

export function wakeupSources(loads: readonly Wakeups[]): string[] {
  return loads.map(({ subject, load }) => `wake-ups: ${subject}, ${load}`);
}
