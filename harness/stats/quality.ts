/**
 * How far a run can be believed: clean, noisy or invalid, with the reasons and everything that was
 * left out. Pure: from header, trials and summary rows, so that anybody can compute it again.
 *
 * invalid: a self-test failed; or the A/A twin differs from its original in CPU per request at
 * 99 %; or more than 30 % of the blocks are void; or nothing was measured.
 *
 * noisy: the twin's interval of CPU per request excludes 1 at 95 %, or is wider than 3 % to a side,
 * or there is none; or another primary metric of the twin excludes 1 at 99 %; or more than 10 % of
 * the blocks are void, or a void one was not made good; or no self-test was made; or the plan voids
 * nothing (a smoke run) and kept a trial that another plan would have voided.
 *
 * These confidences are those of the whole run: with m intervals of a kind each is taken at 1 -
 * (1 - confidence) / m (Bonferroni), or the more a run measures the surer it would fail by chance.
 *
 * clean: none of these.
 *
 * CPU per request carries the A/A check, because it is the figure that the answer rests on and the
 * steadiest one; with all primary metrics of all conditions, chance alone would make every fifth
 * run invalid. An invalid run decides nothing (conclude).
 */

import {
  blocksOf,
  type Quality,
  type RatioRow,
  type RunHeader,
  type SummaryRow,
  type Trial,
  workloadText,
} from '../results/schema.js';
import { ENVIRONMENT } from '../results/thresholds.js';
import { CARRIER, isPrimary } from './decision.js';
import { hodgesLehmann } from './hodges-lehmann.js';
import { halfWidth } from './precision.js';
import { pairedLogs } from './ratio-rows.js';
import { summarise } from './summary.js';
import { count, list, number, percent } from './words.js';

/** Of all blocks that ran. */
export const VOID_SHARE = { noisy: 0.1, invalid: 0.3 };
/** Half-width of the twin's interval of CPU per request, relative. */
export const AA_HALF_WIDTH_MAX = 0.03;

export interface Conclusions {
  readonly summary: SummaryRow[];
  readonly quality: Quality;
}

/** Summary and quality of a run; where the run is invalid, no row has a decision. */
export function conclude(header: RunHeader, trials: readonly Trial[]): Conclusions {
  const rows = summarise(header, trials);
  const quality = qualityOf(header, trials, rows);
  if (quality.level !== 'invalid') return { summary: rows, quality };
  const summary = rows.map((row) => (row.kind === 'ratio' ? { ...row, decision: null } : row));
  return { summary, quality };
}

type Level = Quality['level'];
interface Reason {
  readonly level: Exclude<Level, 'clean'>;
  readonly text: string;
}

export function qualityOf(
  header: RunHeader,
  trials: readonly Trial[],
  summary: readonly SummaryRow[],
): Quality {
  const reasons = [
    ...selfTests(header),
    ...measuredNothing(trials),
    ...voidBlocks(header, trials),
    ...keptThoughDisturbed(header, trials),
    ...aaCheck(header, trials, summary),
  ];
  const levels = reasons.map(({ level }) => level);
  const level = levels.includes('invalid')
    ? 'invalid'
    : levels.includes('noisy')
      ? 'noisy'
      : 'clean';
  // The reason for the level comes first.
  const sorted = [...reasons].sort((a, b) => (a.level < b.level ? -1 : a.level > b.level ? 1 : 0));
  return { level, reasons: sorted.map(({ text }) => text), excluded: excludedOf(trials) };
}

function selfTests({ calibration }: RunHeader): Reason[] {
  if (calibration === null) {
    return [{ level: 'noisy', text: 'the instruments were not calibrated: no self-test was made' }];
  }
  return calibration.selfTests.flatMap(({ name, ok, text }): Reason[] =>
    ok ? [] : [{ level: 'invalid', text: `self-test ${name} failed: ${text}` }],
  );
}

function measuredNothing(trials: readonly Trial[]): Reason[] {
  const some = trials.some(({ status, instrumented }) => status === 'ok' && !instrumented);
  return some ? [] : [{ level: 'invalid', text: 'no trial is ok: nothing was measured' }];
}

function voidBlocks(header: RunHeader, trials: readonly Trial[]): Reason[] {
  const plain = trials.filter(({ instrumented }) => !instrumented);
  const blocks = new Set(plain.map(blockKey));
  const spoilt = new Set(plain.filter(({ status }) => status === 'void').map(blockKey));
  const share = spoilt.size / Math.max(blocks.size, 1);
  const level = levelOf(share);
  const size = `${spoilt.size} of ${count(blocks.size, 'block')} (${percent(share)})`;
  const text = `${size} were void: the machine was disturbed`;
  return [...(level === null ? [] : [{ level, text }]), ...notMadeGood(header, plain)];
}

function levelOf(share: number): Reason['level'] | null {
  if (share > VOID_SHARE.invalid) return 'invalid';
  return share > VOID_SHARE.noisy ? 'noisy' : null;
}

/** In a plan without limits that void. */
function keptThoughDisturbed({ plan }: RunHeader, trials: readonly Trial[]): Reason[] {
  const names = Object.keys(ENVIRONMENT);
  if (names.some((name) => (plan.thresholds[name]?.void ?? null) !== null)) return [];
  const plain = trials.filter(({ status, instrumented }) => status === 'ok' && !instrumented);
  const beyond = plain.flatMap(({ checks }) => {
    const found = checks.find(
      ({ name, value }) => (value ?? 0) > (ENVIRONMENT[name]?.void ?? Infinity),
    );
    return found === undefined ? [] : [found];
  });
  const [first] = beyond;
  if (first === undefined) return [];
  const text = `${beyond.length} of ${count(plain.length, 'trial')} would be void in another profile, the first because ${first.text}`;
  return [{ level: 'noisy', text }];
}

/** Conditions in which a void block has no good one in its place. */
function notMadeGood({ plan }: RunHeader, trials: readonly Trial[]): Reason[] {
  const parts = plan.conditions.flatMap(({ id }) => {
    const mine = trials.filter(({ condition }) => condition === id);
    const spoilt = new Set(mine.filter(({ status }) => status === 'void').map((t) => t.block));
    const good = new Set(mine.filter(({ block }) => !spoilt.has(block)).map((t) => t.block));
    const planned = blocksOf(plan, id);
    const lost = Math.min(spoilt.size, planned - good.size);
    return lost > 0 ? [`${lost} of ${planned} of ${id}`] : [];
  });
  if (parts.length === 0) return [];
  return [{ level: 'noisy', text: `void blocks without a repetition: ${list(parts)}` }];
}

function blockKey({ condition, block }: Trial): string {
  return `${condition} ${block}`;
}

function aaCheck(
  header: RunHeader,
  trials: readonly Trial[],
  summary: readonly SummaryRow[],
): Reason[] {
  const { reference } = header.plan;
  const twin = header.subjects.find(({ aaOf }) => aaOf === reference)?.id;
  if (twin === undefined) {
    return [{ level: 'noisy', text: 'no A/A check: no server ran twice' }];
  }
  const rows = summary.flatMap((row) =>
    row.kind === 'ratio' && row.subject === twin && isPrimary(row.metric) ? [row] : [],
  );
  const carrying = rows.filter(({ metric }) => metric === CARRIER).length;
  return rows.flatMap((row) => {
    const among = row.metric === CARRIER ? carrying : rows.length - carrying;
    return twinReasons(row, (confidence) => differs(row, 1 - (1 - confidence) / among));
  });

  /** With too few pairs for an interval of that confidence nothing is excluded. */
  function differs(row: RatioRow, confidence: number): boolean {
    const { lo, hi } = hodgesLehmann(pairedLogs(header, trials, row), confidence);
    return lo !== null && hi !== null && (lo > 0 || hi < 0);
  }
}

function twinReasons(row: RatioRow, differsAt: (confidence: number) => boolean): Reason[] {
  const { lo, hi } = row;
  const carries = row.metric === CARRIER;
  const what = row.workload === 'keepalive' ? row.load : `${workloadText(row)}, ${row.load}`;
  const where = `A/A, ${row.metric} at ${row.connections} (${what})`;
  if (lo === null || hi === null) {
    const text = `${where}: no interval (${row.why ?? 'too few blocks'})`;
    return carries ? [{ level: 'noisy', text }] : [];
  }
  const range = `${number(lo)} to ${number(hi)}`;
  if (differsAt(0.99)) {
    const text = `${where}: the same program differs from itself at 99 % (95 %: ${range})`;
    return [{ level: carries ? 'invalid' : 'noisy', text }];
  }
  if (!carries) return [];
  if (differsAt(0.95)) {
    return [{ level: 'noisy', text: `${where}: the interval ${range} excludes 1` }];
  }
  if (halfWidth(lo, hi) <= AA_HALF_WIDTH_MAX) return [];
  const text = `${where}: the interval ${range} is wider than ${percent(AA_HALF_WIDTH_MAX)} to a side`;
  return [{ level: 'noisy', text }];
}

/** Void trials, good ones in void blocks, and failed ones. */
function excludedOf(trials: readonly Trial[]): Quality['excluded'] {
  const spoilt = new Map(
    trials.filter(({ status }) => status === 'void').map((trial) => [blockKey(trial), trial]),
  );
  return trials.flatMap((trial) => {
    const { id, subject, status, reason = 'no reason was given' } = trial;
    const entry = (text: string) => [{ trial: id, subject, reason: text }];
    if (status !== 'ok') return entry(`${status}: ${reason}`);
    const other = trial.instrumented ? undefined : spoilt.get(blockKey(trial));
    return other === undefined ? [] : entry(`in a void block: ${other.id} (${other.subject})`);
  });
}
