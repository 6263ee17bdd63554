/**
 * The A/A check: the same program twice under two names must look the same, or the run sees
 * differences that are not there.
 */
import type { RunHeader } from '../results/schema.js';
import { COST_NAMES, type Comparison } from './compare.js';
import { count, list, number } from './words.js';

export interface AaCheck {
  /**
   * covers: every interval covers 1. misses: at least one does not. no-interval: too few pairs.
   * absent: no twin.
   */
  readonly outcome: 'covers' | 'misses' | 'no-interval' | 'absent';
  /** Subject id of the twin. */
  readonly twin: string | null;
  readonly text: string;
}

/** The copy of the plan's reference, in all its comparisons with it. */
export function aaCheck(header: RunHeader, comparisons: readonly Comparison[]): AaCheck {
  const { reference } = header.plan;
  const twin = header.subjects.find(({ aaOf }) => aaOf === reference)?.id;
  if (twin === undefined) {
    const text =
      'A/A check: none, no server ran twice, so how finely this run can tell is not checked.';
    return { outcome: 'absent', twin: null, text };
  }
  const judged = comparisons.filter((row) => row.subject === twin && row.lo !== null);
  if (judged.length === 0) {
    const text = `A/A check: no interval for ${twin}, it shows neither agreement nor difference.`;
    return { outcome: 'no-interval', twin, text };
  }
  const missed = judged.filter(({ outcome }) => outcome === 'more' || outcome === 'less');
  if (missed.length === 0) return { outcome: 'covers', twin, text: holds(twin, reference, judged) };
  return { outcome: 'misses', twin, text: fails(twin, reference, missed, judged.length) };
}

function holds(twin: string, reference: string, judged: readonly Comparison[]): string {
  const cpu = judged.filter(({ metric }) => metric === 'cpu_us_per_request');
  const ranges = cpu.map((row) => `${range(row)} at ${row.connections}`);
  const detail = ranges.length === 0 ? '' : ` (CPU per request, ratio: ${ranges.join(', ')})`;
  return (
    `A/A check holds: ${twin}, the same program as ${reference}, ` +
    `shows no difference from it in ${count(judged.length, 'interval')}${detail}.`
  );
}

function fails(
  twin: string,
  reference: string,
  missed: readonly Comparison[],
  judged: number,
): string {
  const where = missed.map(
    (row) => `${COST_NAMES[row.metric]} at ${count(row.connections, 'connection')} (${range(row)})`,
  );
  return (
    `A/A check fails: ${twin} is the same program as ${reference}, yet in ${missed.length} of ` +
    `${count(judged, 'comparison')} the interval of their ratio excludes 1: ${list(where)}. ` +
    'Chance alone does that in fewer than 1 of 20; trust no difference of that size there.'
  );
}

function range({ lo, hi }: Comparison): string {
  return `${number(lo ?? 1)} to ${number(hi ?? 1)}`;
}
