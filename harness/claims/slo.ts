/**
 * Throughput at a service level: the highest offered rate of a subject at which it, and every lower
 * rate, kept the level. Found per block of each rate, so it has paired ratios like any other value.
 *
 * Kept: p99 of the response time (from the instant a request was due) at most SLO_P99_US, at least
 * 99 % of the offered requests answered, no errors. The result lies on the grid of offered rates,
 * so it is no finer than their steps. A subject that keeps the level at the highest rate offered
 * has only a lower bound, and is not compared.
 */
import type { Condition, Results } from '../results/schema.js';
import type { Cell as TrialCell } from '../stats/condition-table.js';
import { detectableDifference } from '../stats/mde.js';
import { logRatios, type Pair, pairedRatio } from '../stats/ratio.js';
import { count } from '../stats/words.js';
import { type Cell, isInvalid, tableOf } from './samples.js';

export const SLO_P99_US = 5000;
const ANSWERED_SHARE = 0.99;
const FEWEST_RATES = 3;

/** Open conditions that differ in nothing but their rate, ascending; an invalid one is left out. */
export function rateLadders(results: Results): Condition[][] {
  const { header } = results;
  const { conditions, order } = header.plan;
  const open = conditions.flatMap((condition, index) => {
    const { workload, connections, load } = condition;
    const plain = header.subjects.filter(({ args }) => args.length === 0);
    const isUsed = load.kind === 'open' && workload === 'keepalive';
    const everybody = plain.every(({ id }) => order[index]?.[0]?.includes(id));
    if (!isUsed || !everybody || isInvalid(results, condition)) return [];
    return [{ condition, rate: load.ratePerS, key: `${connections} ${load.arrivals}` }];
  });
  return [...new Set(open.map(({ key }) => key))]
    .map((key) => open.filter((one) => one.key === key).sort((a, b) => a.rate - b.rate))
    .filter((ladder) => ladder.length >= FEWEST_RATES)
    .map((ladder) => ladder.map(({ condition }) => condition));
}

/** How many times fewer requests per second the subject answers within the level, one per ladder. */
export function sloCells(
  results: Results,
  { subject, versus, confidence }: { subject: string; versus: string; confidence: number },
): Cell[] {
  return rateLadders(results).flatMap((ladder) => {
    const [condition] = ladder;
    if (condition === undefined) return [];
    const climbs = Math.min(...ladder.map((one) => tableOf(results, one).blocks.length));
    // A cost: the better server's rate stands above the line.
    const pairs = Array.from(
      { length: climbs },
      (_, climb): Pair => ({
        subject: bestRate(results, ladder, versus, climb),
        reference: bestRate(results, ladder, subject, climb),
      }),
    );
    const ratio = pairs.some((pair) => pair.subject === null || pair.reference === null)
      ? { ...NONE, n: pairs.length, why: 'a server kept the level at every rate, or lacks a trial' }
      : pairedRatio(pairs, confidence);
    const detectable = ratio.estimate === null ? null : detectableDifference(logRatios(pairs));
    const at = `with p99 within ${SLO_P99_US / 1000} ms, ${count(condition.connections, 'connection')}, open`;
    const metric = 'requests_per_s' as const;
    const conditions = ladder.map(({ id }) => id);
    return [{ condition, conditions, metric, subject, versus, ratio, detectable, at }];
  });
}

const NONE = { estimate: null, lo: null, hi: null, confidence: null } as const;

/**
 * null when a trial is missing, or the level was kept to the top; 0 when at no rate. A climb takes
 * the block of the same rank at each rate: a block that was repeated has another number there.
 */
function bestRate(
  results: Results,
  ladder: readonly Condition[],
  subject: string,
  climb: number,
): number | null {
  let best = 0;
  for (const condition of ladder) {
    const table = tableOf(results, condition);
    const cell = table.okCell(subject, table.blocks[climb] as number);
    if (cell === null || condition.load.kind !== 'open') return null;
    if (!keeps(cell)) return best;
    best = condition.load.ratePerS;
  }
  return null;
}

function keeps({ trial, metrics }: TrialCell): boolean {
  const p99 = metrics.get('latency_us_p99')?.value ?? Number.POSITIVE_INFINITY;
  const { offered, ok } = trial.counts ?? { offered: null, ok: 0 };
  const answered = offered !== null && offered > 0 && ok >= ANSWERED_SHARE * offered;
  const errors = metrics.get('errors')?.value ?? 0;
  return p99 <= SLO_P99_US && answered && errors === 0;
}
