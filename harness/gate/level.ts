/**
 * How reliable the timing of one condition is, which decides whether a row may fail (docs/GATE.md
 * has the rules).
 *
 * In a noisy condition a slowdown may still be far beyond what noise makes: blur is how far from 1
 * the interval of the twin reaches at 99 %, metric by metric. Where instruments were not tested, or
 * the twin has no such interval, the blur is unknown.
 *
 * The quality of a run (findings/quality.ts) is also noisy when the twin misses 1 at 95 % for the
 * whole run, which chance alone does in one run of 20. Here that would hide slowdowns on a
 * perfectly quiet machine.
 */
import { count, percent } from '../findings/format.js';
import { AA_HALF_WIDTH_MAX, VOID_SHARE } from '../findings/quality-conditions.js';
import type { Trial } from '../results/schema.js';
import { hodgesLehmann } from '../stats/signed-rank.js';
import { TIMING_METRICS, type TimingMetric } from './config.js';
import { type Measured, type Slowdowns, slowdownsOf } from './pairs.js';
import type { Batch, Level } from './timing.js';

const INVALID_CONFIDENCE = 0.99;

export interface ConditionLevel {
  readonly condition: string;
  readonly level: Level;
  readonly reasons: string[];
  /** Relative; 0 where the condition is clean, null where nothing may fail. */
  readonly blur: Readonly<Record<TimingMetric, number | null>>;
}

/** The level of every condition of a run. */
export function levelsOf(measured: Measured): ConditionLevel[] {
  return measured.header.plan.conditions.map(({ id }) => levelOf(measured, id));
}

/**
 * Of one condition; `blocks`: only these of its blocks count for the A/A check, while void ones are
 * counted over all.
 */
export function levelOf(
  measured: Measured,
  condition: string,
  blocks?: ReadonlySet<number>,
): ConditionLevel {
  const untested = instruments(measured);
  const twin = twinOf(measured, condition);
  const logsOf = (metric: TimingMetric) =>
    (twin?.find((one) => one.metric === metric)?.blocks ?? [])
      .filter(({ block }) => blocks?.has(block) ?? true)
      .map(({ log }) => log);
  const found = [
    ...untested,
    ...voidBlocks(measured, condition),
    ...(twin === null ? [NO_TWIN] : judgeTwin(logsOf('cpu_us_per_request'), condition)),
  ];
  const level =
    (['invalid', 'noisy'] as const).find((one) => found.some((f) => f.level === one)) ?? 'clean';
  const blurOf = (metric: TimingMetric) => {
    if (level === 'clean') return 0;
    return untested.length > 0 ? null : reachOf(logsOf(metric));
  };
  const blur = {
    cpu_us_per_request: blurOf('cpu_us_per_request'),
    requests_per_s: blurOf('requests_per_s'),
    latency_us_p99: blurOf('latency_us_p99'),
  };
  return { condition, level, reasons: found.map(({ text }) => text), blur };
}

/** Slowdowns and how reliable they are; a condition without a level is invalid. */
export function batchOf(levels: readonly ConditionLevel[], slowdowns: readonly Slowdowns[]): Batch {
  const found = new Map(levels.map((one) => [one.condition, one]));
  return {
    slowdowns,
    levelOf: (condition) => found.get(condition)?.level ?? 'invalid',
    blurOf: (condition, metric) => found.get(condition)?.blur[metric] ?? null,
  };
}

/** How far from no difference the interval reaches, to its farther side; null without one. */
function reachOf(logs: readonly number[]): number | null {
  const { lo, hi } = hodgesLehmann(logs, INVALID_CONFIDENCE);
  return lo === null || hi === null ? null : Math.expm1(Math.max(Math.abs(lo), Math.abs(hi)));
}

interface Finding {
  readonly level: Exclude<Level, 'clean'>;
  readonly text: string;
}

const NO_TWIN: Finding = { level: 'noisy', text: 'no server ran twice: no A/A check' };

function instruments({ header: { calibration } }: Measured): Finding[] {
  if (calibration === null) return [{ level: 'noisy', text: 'the instruments were not tested' }];
  return calibration.selfTests.flatMap(({ name, ok }): Finding[] =>
    ok ? [] : [{ level: 'invalid', text: `self-test ${name} failed` }],
  );
}

function voidBlocks({ trials }: Measured, condition: string): Finding[] {
  const mine = trials.filter((trial) => trial.condition === condition && !trial.instrumented);
  const blocks = new Set(mine.map(({ block }) => block));
  const spoilt = new Set(mine.filter(({ status }) => status === 'void').map(({ block }) => block));
  const share = spoilt.size / Math.max(1, blocks.size);
  const text = `${spoilt.size} of ${count(blocks.size, 'block')} of ${condition} were void`;
  if (share > VOID_SHARE.invalid) return [{ level: 'invalid', text }];
  return share > VOID_SHARE.noisy ? [{ level: 'noisy', text }] : [];
}

/** The slowdowns of the twin to its original; null without a twin. */
function twinOf({ header, trials }: Measured, condition: string): Slowdowns[] | null {
  const { reference } = header.plan;
  const twin = header.subjects.find(({ aaOf }) => aaOf === reference)?.id;
  if (twin === undefined) return null;
  // With others' void trials, which void the block for all.
  const isMine = ({ subject, status }: Trial) =>
    subject === reference || subject === twin || status === 'void';
  const mine = trials.filter((trial) => trial.condition === condition && isMine(trial));
  const sides = { variant: twin, base: reference, candidate: twin };
  const all = slowdownsOf({ header, trials: mine }, [sides], TIMING_METRICS);
  return all.filter((one) => one.condition === condition);
}

function judgeTwin(logs: readonly number[], condition: string): Finding[] {
  const where = `A/A of CPU per request at ${condition}`;
  if (logs.length === 0) return [{ level: 'invalid', text: `${where}: nothing was measured` }];
  const { lo, hi } = hodgesLehmann(logs);
  if (lo === null || hi === null) return [{ level: 'noisy', text: `${where}: no interval` }];
  const strict = hodgesLehmann(logs, INVALID_CONFIDENCE);
  if (strict.lo !== null && strict.hi !== null && (strict.lo > 0 || strict.hi < 0)) {
    return [{ level: 'invalid', text: `${where}: a server differs from itself at 99 %` }];
  }
  const halfWidth = Math.expm1((hi - lo) / 2);
  if (halfWidth <= AA_HALF_WIDTH_MAX) return [];
  const text = `${where}: it resolves ${percent(halfWidth)}, and ${percent(AA_HALF_WIDTH_MAX)} are needed`;
  return [{ level: 'noisy', text }];
}
