/**
 * Throughput at a service level: the offered rate at which the p99 of a subject's response time
 * reaches a limit, while every lower rate kept the level (stats/service-level.ts). Found per block
 * of each rate, so it has paired ratios like any other value.
 *
 * Between the last rate that kept the level and the first that did not, p99 is taken to grow as a
 * power of the rate: the result is no rate of the grid. The result has the distance of the rates
 * around it; where that is too far for the margin of claims, the ratio has no interval. A block in
 * which a subject keeps the level at its highest rate, or not at its lowest, gives a bound: it
 * moves one end of the interval as far as any rate beyond would. With too many of them there is no
 * ratio.
 */
import { count, percent } from '../../findings/format.js';
import { takersOf } from '../../results/place.js';
import type { Condition, Results } from '../../results/schema.js';
import { detectableDifference } from '../../stats/decision.js';
import { windowSeconds } from '../../stats/limit.js';
import { median } from '../../stats/quantile.js';
import { logRatios, type Pair, pairedRatio } from '../../stats/ratio.js';
import { levelOf } from '../../stats/service-level.js';
import { type Cell, isInvalid, tableOf } from './samples.js';

export const SLO_P99_US = 5000;
/** Of neighbouring rates: half the margin of claims, and what rounding to three digits adds. */
export const RESOLUTION_MAX = 0.055;
const FEWEST_RATES = 3;
/** Below it, one stall of the machine is the p99. */
const FEWEST_SECONDS = 1;

/** Open conditions that differ in nothing but their rate, ascending; an invalid one is left out. */
export function rateLadders(results: Results): Condition[][] {
  const open = results.header.plan.conditions.flatMap((condition) => {
    const { workload, connections, load } = condition;
    const isUsed = load.kind === 'open' && workload === 'keepalive';
    if (!isUsed || isInvalid(results, condition)) return [];
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
    const [mine, theirs] = [subject, versus].map((id) => crossingsOf(results, ladder, id));
    if (condition === undefined || mine === undefined || theirs === undefined) return [];
    const { ratio, pairs, step } = compare(mine, theirs, confidence);
    const detectable = ratio.estimate === null ? null : detectableDifference(logRatios(pairs));
    const apart = step === null ? '' : `, rates ${percent(step)} apart`;
    const at = `with p99 within ${SLO_P99_US / 1000} ms, ${count(condition.connections, 'connection')}, open${apart}`;
    const metric = 'requests_per_s' as const;
    const conditions = ladder.map(({ id }) => id);
    return [{ condition, conditions, metric, subject, versus, ratio, detectable, at }];
  });
}

/** Where p99 reaches the limit, requests/s. */
interface Crossing {
  readonly perS: number;
  /** It lies within these; both are perS but where the climb gives a bound alone. */
  readonly lo: number;
  readonly hi: number;
  /** The distance of the rates around it, relative; null where there is none on a side. */
  readonly step: number | null;
  /** Why it is a bound. */
  readonly why?: string;
}
/** why: there is no crossing, and no bound either. */
type Climb = Crossing | { readonly perS: null; readonly why: string };

const NONE = { estimate: null, lo: null, hi: null, confidence: null } as const;
/** Times a rate: beyond any server. */
const FAR = 1e9;

/** A cost: the other server's rate is the numerator. Without one climb there is no ratio. */
function compare(mine: readonly Climb[], theirs: readonly Climb[], confidence: number) {
  const n = Math.min(mine.length, theirs.length);
  const lacking = [...mine.slice(0, n), ...theirs.slice(0, n)].find(({ perS }) => perS === null);
  if (n === 0 || lacking !== undefined) {
    const why = lacking?.why ?? 'they have no blocks at these rates';
    return { ratio: { ...NONE, n, why }, pairs: [], step: null };
  }
  const found = (all: readonly Climb[]) => all.slice(0, n).flatMap((c) => (c.perS ? [c] : []));
  const [own, other] = [found(mine), found(theirs)];
  const pairsOf = (above: 'perS' | 'lo' | 'hi', below: 'perS' | 'lo' | 'hi') =>
    own.map((one, i): Pair => ({ subject: other[i]?.[above] ?? null, reference: one[below] }));
  const pairs = pairsOf('perS', 'perS');
  const middle = pairedRatio(pairs, confidence);
  // Both ends hold wherever within its bounds a crossing lies: they grow with every pair's ratio.
  const { lo } = pairedRatio(pairsOf('lo', 'hi'), confidence);
  const { hi } = pairedRatio(pairsOf('hi', 'lo'), confidence);
  const bound = [...own, ...other].find(({ why }) => why !== undefined);
  if (bound !== undefined && (lo === null || hi === null || hi / lo > Math.sqrt(FAR))) {
    return { ratio: { ...NONE, n, why: `in too many blocks ${bound.why}` }, pairs: [], step: null };
  }
  const steps = [own, other].map((all) => median(all.flatMap((one) => one.step ?? [])));
  const step = Math.max(...steps);
  if (step <= RESOLUTION_MAX) return { ratio: { ...middle, lo, hi }, pairs, step };
  const why = `the rates around it stand ${percent(step)} apart: more than ${percent(RESOLUTION_MAX)}`;
  return { ratio: { ...middle, lo: null, hi: null, confidence: null, why }, pairs, step };
}

/**
 * One per block, over the rates that the subject was offered. A climb takes the block of the same
 * rank at each rate: a block that was repeated has another number there.
 */
function crossingsOf(results: Results, all: readonly Condition[], subject: string): Climb[] {
  const ladder = all.filter((one) => takersOf(results.header.plan, one).includes(subject));
  if (ladder.length === 0) return [];
  const climbs = Math.min(...ladder.map((one) => tableOf(results, one).blocks.length));
  return Array.from({ length: climbs }, (_, climb) => crossingOf(results, ladder, subject, climb));
}

function crossingOf(
  results: Results,
  ladder: readonly Condition[],
  subject: string,
  climb: number,
): Climb {
  let kept: Point | null = null;
  for (const condition of ladder) {
    const table = tableOf(results, condition);
    const trial = table.okCell(subject, table.blocks[climb] as number)?.trial;
    if (trial === undefined || condition.load.kind !== 'open') {
      return { perS: null, why: `${subject} lacks a trial of ${condition.id}` };
    }
    const { p99Us, holds } = levelOf(trial, condition, SLO_P99_US / 1000);
    if (p99Us === null || (windowSeconds(trial) ?? 0) < FEWEST_SECONDS) {
      const why = `${condition.id} has too short a window: a p99 needs 1000 replies and 1 s`;
      return { perS: null, why };
    }
    const perS = condition.load.ratePerS;
    if (holds) {
      kept = { perS, p99Us };
      continue;
    }
    return kept === null ? belowAll(subject, perS) : between(kept, { perS, p99Us });
  }
  return kept === null
    ? { perS: null, why: `${subject} has no rate` }
    : aboveAll(subject, kept.perS);
}

interface Point {
  readonly perS: number;
  readonly p99Us: number;
}

/** A rate may fail by its errors or its backlog, with a p99 that is within the limit. */
function between(kept: Point, failed: Point): Crossing {
  const step = failed.perS / kept.perS - 1;
  if (failed.p99Us <= SLO_P99_US) {
    return { perS: kept.perS, lo: kept.perS, hi: failed.perS, step };
  }
  const share = Math.log(SLO_P99_US / kept.p99Us) / Math.log(failed.p99Us / kept.p99Us);
  const perS = kept.perS * (1 + step) ** share;
  return { perS, lo: perS, hi: perS, step };
}

function belowAll(subject: string, perS: number): Crossing {
  const why = `${subject} did not keep the level at the lowest rate`;
  return { perS, lo: perS / FAR, hi: perS, step: null, why };
}

function aboveAll(subject: string, perS: number): Crossing {
  const why = `${subject} kept the level at every rate`;
  return { perS, lo: perS, hi: perS * FAR, step: null, why };
}
