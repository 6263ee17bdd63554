/**
 * How reliable each condition is: what voided its blocks, and whether the same program under two
 * names (A/A) looked the same in it. Pure.
 */
import type { Level } from '../results/quality.js';
import type { RunHeader, SummaryRow, Trial } from '../results/schema.js';
import { ENVIRONMENT } from '../results/thresholds.js';
import { askedBlocks } from '../stats/precision.js';
import { type TwinCheck, twinChecks, twinOf } from '../stats/twin.js';
import { count, number, percent } from './format.js';

/** Why a part is not clean. */
export interface Reason {
  readonly level: Exclude<Level, 'clean'>;
  readonly text: string;
}

/** Of the blocks of a condition that ran. */
export const VOID_SHARE = { noisy: 0.1, invalid: 0.3 };
/** Half-width of the twin's interval of CPU per request, relative. */
export const AA_HALF_WIDTH_MAX = 0.03;

/** Reasons by the id of the condition, in the order of the plan; empty where there are none. */
export function conditionReasons(
  header: RunHeader,
  trials: readonly Trial[],
  summary: readonly SummaryRow[],
): { readonly id: string; readonly reasons: Reason[] }[] {
  const checks = twinChecks(header, trials, summary);
  const noTwin = { level: 'noisy' as const, text: 'no A/A check: no server ran twice' };
  return header.plan.conditions.map(({ id }) => {
    const plain = trials.filter((trial) => trial.condition === id && !trial.instrumented);
    const twins = checks.filter(({ condition }) => condition === id);
    const reasons = [
      ...measuredNothing(plain),
      ...voidBlocks(plain, askedBlocks(header.plan, id, begunBlocks(plain))),
      ...keptThoughDisturbed(header, plain),
      ...(twinOf(header) === null ? [noTwin] : twins.flatMap(twinReasons)),
    ];
    return { id, reasons };
  });
}

/** Planned blocks that have begun; those that repeat one are not counted. */
function begunBlocks(plain: readonly Trial[]): number {
  return new Set(plain.map(({ block, replaces }) => replaces ?? block)).size;
}

function measuredNothing(plain: readonly Trial[]): Reason[] {
  if (plain.some(({ status }) => status === 'ok')) return [];
  return [{ level: 'invalid', text: 'no trial is ok: nothing was measured' }];
}

function voidBlocks(plain: readonly Trial[], planned: number): Reason[] {
  const blocks = new Set(plain.map(({ block }) => block));
  const spoilt = new Set(plain.filter(({ status }) => status === 'void').map((t) => t.block));
  const level = levelOf(spoilt.size / Math.max(blocks.size, 1));
  const size = `${spoilt.size} of ${count(blocks.size, 'block')}`;
  const share = percent(spoilt.size / Math.max(blocks.size, 1));
  const text = `${size} (${share}) were void: the machine was disturbed`;
  // Void ones that no good one repeats.
  const lost = Math.min(spoilt.size, planned - (blocks.size - spoilt.size));
  const were = lost === 1 ? 'was void and was' : 'were void and were';
  const lostText = `${lost} of ${count(planned, 'planned block')} ${were} not repeated`;
  return [
    ...(level === null ? [] : [{ level, text }]),
    ...(lost > 0 ? [{ level: 'noisy' as const, text: lostText }] : []),
  ];
}

function levelOf(share: number): Reason['level'] | null {
  if (share > VOID_SHARE.invalid) return 'invalid';
  return share > VOID_SHARE.noisy ? 'noisy' : null;
}

/** In a plan without limits that void. */
function keptThoughDisturbed({ plan }: RunHeader, trials: readonly Trial[]): Reason[] {
  const names = Object.keys(ENVIRONMENT);
  if (names.some((name) => (plan.thresholds[name]?.void ?? null) !== null)) return [];
  const plain = trials.filter(({ status }) => status === 'ok');
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

function twinReasons({ row, carries, differsAt }: TwinCheck): Reason[] {
  const { lo, hi, metric } = row;
  if (lo === null || hi === null) {
    const text = `A/A, ${metric}: no interval (${row.why ?? 'too few blocks'})`;
    return carries ? [{ level: 'noisy', text }] : [];
  }
  const range = `${number(lo)} to ${number(hi)}`;
  if (differsAt !== null) {
    const level = carries && differsAt === 0.99 ? 'invalid' : 'noisy';
    const at = `at ${percent(differsAt)} of the whole run`;
    const text = `A/A, ${metric}: the same program differs from itself ${at} (${range})`;
    return [{ level, text }];
  }
  const halfWidth = Math.expm1(Math.log(hi / lo) / 2);
  if (!carries || halfWidth <= AA_HALF_WIDTH_MAX) return [];
  const text = `A/A, ${metric}: the interval ${range} is wider than ${percent(AA_HALF_WIDTH_MAX)} to a side`;
  return [{ level: 'noisy', text }];
}
