/**
 * One model against the reference in one condition, for the two metrics that answer the question.
 * Rows in, words out.
 */

import { given } from '../optional.js';
import type { MetricName, RatioRow, RowPlace, SummaryRow, ValueRow } from '../results/schema.js';
import { EQUIVALENCE_MARGIN } from '../stats/decision.js';
import { intervalText, type Noun, number, percent, ratioText, seenFrom } from './format.js';

/** The metrics that answer what an I/O model costs. */
export const COSTS = ['cpu_us_per_request', 'voluntary_switches_per_request'] as const;
export type Cost = (typeof COSTS)[number] & MetricName;

/**
 * more, less: the interval excludes 1. no-difference: it covers 1. no-interval: too few pairs.
 * not-compared: no ratio.
 */
export type Outcome = 'more' | 'less' | 'no-difference' | 'no-interval' | 'not-compared';

/** Where a comparison was made: a condition, as the rows name it. */
export type Place = RowPlace;

export interface Comparison extends Place {
  readonly subject: string;
  readonly versus: string;
  readonly metric: Cost;
  readonly ratio: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  /** Pairs behind it. */
  readonly n: number;
  readonly outcome: Outcome;
  /** For no-difference: the share that would have been seen 9 times in 10 (0.03 = 3 %). */
  readonly detectable: number | null;
  /** What holds for all primary metrics together (decision.ts). */
  readonly decision: RatioRow['decision'];
  /** `29 % more (25 % to 33 % more)`, `no difference seen (could have seen 3 %)`… */
  readonly text: string;
  readonly why?: string;
}

export const NOUNS: Readonly<Record<Cost, Noun>> = {
  cpu_us_per_request: { less: 'less', asMuch: 'as much' },
  voluntary_switches_per_request: { less: 'fewer', asMuch: 'as many' },
};

export const COST_NAMES: Readonly<Record<Cost, string>> = {
  cpu_us_per_request: 'CPU per request',
  voluntary_switches_per_request: 'voluntary switches per request',
};

/** The ratio row in words, with the decision that it allows. */
export function compare(row: RatioRow & { readonly metric: Cost }): Comparison {
  const { subject, versus, metric, ratio, lo, hi, n, decision } = row;
  const { workload, parameters, connections, load } = row;
  return {
    subject,
    versus,
    metric,
    workload,
    connections,
    load,
    ratio,
    lo,
    hi,
    n,
    decision,
    ...given({ parameters }),
    ...judge(row, NOUNS[metric]),
    ...given({ why: row.why }),
  };
}

type Judgement = Pick<Comparison, 'outcome' | 'detectable' | 'text'>;

function judge({ ratio, lo, hi, decision, mde }: RatioRow, noun: Noun): Judgement {
  if (ratio === null) return { outcome: 'not-compared', detectable: null, text: 'not compared' };
  const size = ratioText(ratio, noun);
  if (lo === null || hi === null) {
    return { outcome: 'no-interval', detectable: null, text: `${size} (no interval)` };
  }
  const interval = intervalText(ratio, lo, hi, noun);
  if (lo > 1 || hi < 1) {
    const outcome = lo > 1 ? 'more' : 'less';
    return { outcome, detectable: null, text: `${size} (${interval})` };
  }
  const seen = mde === null ? '' : ` (could have seen ${seenFrom(mde)})`;
  const same = decision === 'equivalent' ? `; the same within ${percent(EQUIVALENCE_MARGIN)}` : '';
  const text = `no difference seen${seen}${same}`;
  return { outcome: 'no-difference', detectable: mde, text };
}

/** `5.63 us`, or `not measured`. */
export function valueText(row: ValueRow | undefined): string {
  if (!row || row.median === null) return 'not measured';
  return withUnit(row.metric, row.median);
}

/** `5.63 us (5.45 to 5.98 us)`: for rows that stand alone. */
export function valueIntervalText(row: ValueRow): string {
  if (row.lo === null || row.hi === null) return valueText(row);
  return `${valueText(row)} (${number(row.lo)} to ${withUnit(row.metric, row.hi)})`;
}

function withUnit(metric: MetricName, value: number): string {
  return metric === 'cpu_us_per_request' ? `${number(value)} us` : number(value);
}

export function isCostRow<Row extends SummaryRow>(row: Row): row is Row & { metric: Cost } {
  return COSTS.some((cost) => cost === row.metric);
}
