/**
 * What limits the answer of a run: too few blocks, lost blocks, lower bounds, servers that did not
 * take part.
 */

import { placeOf } from '../results/place.js';
import {
  blocksOf,
  type Condition,
  placeKey,
  type RunHeader,
  type SummaryRow,
} from '../results/schema.js';
import { CONFIDENCE, fewestValues } from '../stats/interval.js';
import { askedBlocks } from '../stats/precision.js';
import { COST_NAMES, type Comparison } from './compare.js';
import { count, list, percent } from './format.js';

/** One sentence each, in the order in which a reader should know them. */
export function caveatsOf(
  header: RunHeader,
  summary: readonly SummaryRow[],
  comparisons: readonly Comparison[],
): string[] {
  return [
    ...tooFewBlocks(comparisons),
    ...refused(comparisons),
    ...lostBlocks(header, summary),
    ...lowerBounds(summary),
    ...header.skipped.map(({ variant, why, workloads }) =>
      workloads === undefined ? `${variant} did not take part: ${why}.` : `${variant} was ${why}.`,
    ),
    ...undecided(comparisons),
  ];
}

function tooFewBlocks(comparisons: readonly Comparison[]): string[] {
  const short = comparisons.filter(({ outcome }) => outcome === 'no-interval');
  if (short.length === 0) return [];
  const needed = fewestValues(CONFIDENCE);
  const most = Math.max(...short.map(({ n }) => n));
  return [
    `A ratio without an interval rests on ${count(most, 'block')} at most; a ` +
      `${percent(CONFIDENCE, 3)} interval needs ${needed}. Such a ratio may be chance.`,
  ];
}

/** Differences that their own interval shows and that Holm's correction leaves open. */
function undecided(comparisons: readonly Comparison[]): string[] {
  const open = comparisons.filter(
    ({ outcome, decision }) =>
      (outcome === 'more' || outcome === 'less') && decision === 'undecided',
  );
  if (open.length === 0) return [];
  const names = [...new Set(open.map(({ subject }) => subject))];
  return [
    `Undecided for ${list(names)}: ${count(open.length, 'difference')} shown by an interval alone, ` +
      'not certain at 95 % when all primary metrics are compared; more blocks may decide.',
  ];
}

function refused(comparisons: readonly Comparison[]): string[] {
  const reasons = comparisons.flatMap((row) =>
    row.outcome === 'not-compared' && row.n > 0
      ? [`${COST_NAMES[row.metric]} of ${row.subject} (${row.why})`]
      : [],
  );
  return reasons.length === 0 ? [] : [`Not compared: ${list([...new Set(reasons)])}.`];
}

/** Subjects with fewer good trials than the plan has blocks, by condition. */
function lostBlocks({ plan }: RunHeader, summary: readonly SummaryRow[]): string[] {
  const rows = summary.flatMap((row) =>
    row.kind === 'value' && row.metric === 'cpu_us_per_request' ? [row] : [],
  );
  const parts = plan.conditions.flatMap((condition) => {
    const key = placeKey(placeOf(condition));
    const here = rows.filter((row) => placeKey(row) === key);
    const most = Math.max(...here.map(({ n }) => n));
    const blocks = askedBlocks(plan, condition.id, most);
    const short = here.filter(({ n }) => n < blocks);
    if (short.length === 0) return [];
    const where = `at ${connectionsText(plan.conditions, condition)}`;
    if (here.every(({ n }) => n === most)) return [`${most} of every server ${where}`];
    return [`${list(short.map(({ subject, n }) => `${n} of ${subject}`))} ${where}`];
  });
  if (parts.length === 0) return [];
  const counts = new Set(plan.conditions.map(({ id }) => blocksOf(plan, id)));
  const isOne = counts.size === 1 && plan.precision === undefined;
  const planned = isOne ? `the ${count(plan.blocks, 'planned block')}` : 'planned';
  return [`Fewer trials were good than ${planned}: ${parts.join('; ')}.`];
}

/** `64 connections`, with the condition's id where others have as many. */
export function connectionsText(all: readonly Condition[], { id, connections }: Condition): string {
  const alone = all.filter((one) => one.connections === connections).length === 1;
  return `${count(connections, 'connection')}${alone ? '' : ` (${id})`}`;
}

function lowerBounds(summary: readonly SummaryRow[]): string[] {
  const bounded = summary.flatMap((row) =>
    row.kind === 'value' && row.bound === 'lower' ? [row] : [],
  );
  if (bounded.length === 0) return [];
  const names = [...new Set(bounded.map(({ subject }) => subject))].map((subject) => {
    const counts = bounded.filter((row) => row.subject === subject).map((row) => row.connections);
    return `${subject} (at ${list([...new Set(counts)].map(String))})`;
  });
  return [
    `The load client held back ${list(names)}: throughput there is a lower bound, latency is ` +
      'set by the client too, and neither is compared.',
  ];
}
