/**
 * The A/A check: the same program takes part twice, under two names, and must look the same. This
 * is its one rule, for the quality of the run and for its answer.
 *
 * CPU per request carries the check, because it is the figure that the answer rests on and the
 * steadiest one; the other primary ones only make a condition noisy. With all primary metrics of
 * all conditions chance alone would spoil every fifth run. The confidence is that of the whole run:
 * with m intervals of a kind each is taken at 1 - (1 - confidence) / m (Bonferroni), or a run would
 * fail more often the more it measures.
 */
import { conditionAt } from '../results/place.js';
import type { RatioRow, RunHeader, SummaryRow, Trial } from '../results/schema.js';
import { CARRIER, isPrimary } from './decision.js';
import { CONFIDENCE } from './interval.js';
import { pairedLogs } from './ratio-rows.js';
import { hodgesLehmann } from './signed-rank.js';

const STRICT = 0.99;

/** One interval of the twin. */
export interface TwinCheck {
  readonly condition: string;
  /** With the interval at 95 % of its own. */
  readonly row: RatioRow;
  readonly carries: boolean;
  /** The confidence, of the whole run, at which the twin differs from its original. */
  readonly differsAt: 0.99 | 0.95 | null;
}

/** Subject id of the copy of the plan's reference; null: none takes part. */
export function twinOf({ plan, subjects }: RunHeader): string | null {
  return subjects.find(({ aaOf }) => aaOf === plan.reference)?.id ?? null;
}

/** One per primary metric of each condition in which both took part, in the order of the rows. */
export function twinChecks(
  header: RunHeader,
  trials: readonly Trial[],
  summary: readonly SummaryRow[],
): TwinCheck[] {
  const twin = twinOf(header);
  const rows = summary.flatMap((row) =>
    row.kind === 'ratio' && row.subject === twin && isPrimary(row.metric) ? [row] : [],
  );
  const carrying = rows.filter(({ metric }) => metric === CARRIER).length;
  return rows.map((row) => {
    const carries = row.metric === CARRIER;
    const among = carries ? carrying : rows.length - carrying;
    const logs = pairedLogs(header, trials, row);
    const differs = (confidence: number) => excludesOne(logs, 1 - (1 - confidence) / among);
    // The others have only the strict confidence: they are many, and describe.
    const weak = carries && differs(CONFIDENCE) ? 0.95 : null;
    const differsAt = differs(STRICT) ? STRICT : weak;
    return { condition: conditionAt(header.plan, row).id, row, carries, differsAt };
  });
}

/** With too few pairs for an interval of that confidence nothing is excluded. */
function excludesOne(logs: readonly number[], confidence: number): boolean {
  const { lo, hi } = hodgesLehmann(logs, confidence);
  return lo !== null && hi !== null && (lo > 0 || hi < 0);
}

/** How often at least one of n independent 95 % intervals misses by chance alone: 6 -> 0.26. */
export function chanceOfAMiss(n: number): number {
  return 1 - CONFIDENCE ** n;
}
