/**
 * What went wrong in a run, for the foot of its table: skipped variants, failed trials, void
 * blocks. Pure.
 */

import { count } from '../findings/format.js';
import type { Results, Trial } from '../results/schema.js';
import { shortPlace } from './reasons.js';

/** More than these are in results.json. */
const PROBLEMS_SHOWN = 5;

/** One line each; empty when all went well. */
export function troubles(results: Results): string[] {
  const lines = [...skippedLines(results), ...failedLines(results), ...voidLines(results)];
  const reasons = results.trials.flatMap(({ reason }) => reason ?? []);
  const skips = results.header.skipped.map(({ why }) => why);
  const others = results.problems.filter(
    (problem) => ![...reasons, ...skips].some((reason) => problem.includes(reason)),
  );
  const more = others.length - PROBLEMS_SHOWN;
  return [
    ...lines,
    ...others.slice(0, PROBLEMS_SHOWN).map((problem) => `problem: ${firstLine(problem)}`),
    ...(more > 0 ? [`and ${count(more, 'more problem')}, see results.json`] : []),
  ];
}

function skippedLines({ header }: Results): string[] {
  return header.skipped.map(({ variant, why }) => `skipped: ${variant}: ${firstLine(why)}`);
}

/** `failed: 2 of 8 trials of thread-per-connection at 512: the server exited with status 139`. */
function failedLines({ header, trials }: Results): string[] {
  return header.plan.conditions.flatMap((condition) =>
    header.subjects.flatMap(({ id }) => {
      const mine = trials.filter((t) => t.condition === condition.id && t.subject === id);
      const failed = mine.filter(({ status }) => status === 'failed');
      if (failed.length === 0) return [];
      const share = `${failed.length} of ${count(mine.length, 'trial')}`;
      return [`failed: ${share} of ${id} ${shortPlace(condition)}: ${reasonsOf(failed)}`];
    }),
  );
}

/** A void trial takes its whole block with it; how many were run once more is said with it. */
function voidLines({ header, trials }: Results): string[] {
  return header.plan.conditions.flatMap((condition) => {
    const spoilt = trials.filter((t) => t.condition === condition.id && t.status === 'void');
    if (spoilt.length === 0) return [];
    const blocks = new Set(spoilt.map(({ block }) => block)).size;
    const share = `${blocks} of ${count(blocksRun(trials, condition.id), 'block')}`;
    return [`void: ${share} ${shortPlace(condition)} left out: ${reasonsOf(spoilt)}`];
  });
}

function blocksRun(trials: readonly Trial[], condition: string): number {
  return new Set(
    trials.filter((t) => t.condition === condition && !t.instrumented).map(({ block }) => block),
  ).size;
}

/** Reasons that differ in their first number alone are one, with the range: `40.5 to 65.0 % …`. */
function reasonsOf(trials: readonly Trial[]): string {
  const numbers = new Map<string, string[]>();
  for (const { reason } of trials) {
    const text = firstLine(reason ?? 'no reason was given');
    const first = /^[\d.]+(?= %)/.exec(text)?.[0] ?? '';
    const rest = text.slice(first.length);
    numbers.set(rest, [...(numbers.get(rest) ?? []), first]);
  }
  return [...numbers].map(([rest, found]) => `${rangeOf(found)}${rest}`).join('; ');
}

function rangeOf(numbers: readonly string[]): string {
  const sorted = [...numbers].sort((a, b) => Number(a) - Number(b));
  const [lowest = '', highest = ''] = [sorted[0], sorted.at(-1)];
  return lowest === highest ? lowest : `${lowest} to ${highest}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
