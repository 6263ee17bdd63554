/** The A/A check in words; its rule is in twin.ts. */
import type { RatioRow, RunHeader, SummaryRow, Trial } from '../results/schema.js';
import { chanceOfAMiss, type TwinCheck, twinChecks, twinOf } from '../stats/twin.js';
import { COST_NAMES } from './compare.js';
import { count, list, number, percent } from './format.js';

export interface AaCheck {
  /**
   * covers: no interval of the whole run's confidence excludes 1. misses: at least one does.
   * no-interval: too few pairs. absent: no twin.
   */
  readonly outcome: 'covers' | 'misses' | 'no-interval' | 'absent';
  /** Subject id of the twin. */
  readonly twin: string | null;
  readonly text: string;
}

/** The copy of the plan's reference, in all conditions. */
export function aaCheck(
  header: RunHeader,
  trials: readonly Trial[],
  summary: readonly SummaryRow[],
): AaCheck {
  const { reference } = header.plan;
  const twin = twinOf(header);
  if (twin === null) {
    const text =
      'A/A check: none, no server ran twice, so how finely this run can tell is not checked.';
    return { outcome: 'absent', twin, text };
  }
  const checks = twinChecks(header, trials, summary);
  const judged = checks.filter(({ row, carries }) => carries && row.lo !== null);
  if (judged.length === 0) {
    const text = `A/A check: no interval for ${twin}, it shows neither agreement nor difference.`;
    return { outcome: 'no-interval', twin, text };
  }
  const missed = checks.filter(({ differsAt }) => differsAt !== null);
  const same = `${twin}, the same program as ${reference}`;
  return missed.length === 0
    ? { outcome: 'covers', twin, text: holds(same, judged) }
    : { outcome: 'misses', twin, text: fails(same, missed) };
}

function holds(same: string, judged: readonly TwinCheck[]): string {
  const ranges = judged.map(({ row }) => `${range(row)} at ${row.connections}`);
  const alone = judged.filter(({ row: { lo, hi } }) => (lo ?? 1) > 1 || (hi ?? 1) < 1);
  const chance = percent(chanceOfAMiss(judged.length));
  const exclude = alone.length === 1 ? 'excludes' : 'exclude';
  const misses =
    alone.length === 0
      ? ''
      : ` Taken alone, ${alone.length} of ${count(judged.length, 'interval')} of 95 % ${exclude} 1; ` +
        `by chance at least one does in ${chance} of runs.`;
  return (
    `A/A check holds: ${same}, shows no difference from it in CPU per request at 95 % for the ` +
    `whole run (ratio: ${ranges.join(', ')}).${misses}`
  );
}

function fails(same: string, missed: readonly TwinCheck[]): string {
  const where = missed.map(({ row }) => {
    const name = row.metric === 'cpu_us_per_request' ? COST_NAMES[row.metric] : row.metric;
    return `${name} at ${count(row.connections, 'connection')} (${range(row)})`;
  });
  return (
    `A/A check fails: ${same}, differs from it: ${list(where)}. Trust no difference of that size ` +
    'there. The confidence is that of the whole run: by chance alone CPU per request differs ' +
    'anywhere in fewer than 1 of 20 runs, other metrics in fewer than 1 of 100.'
  );
}

function range({ lo, hi }: RatioRow): string {
  return `${number(lo ?? 1)} to ${number(hi ?? 1)}`;
}
