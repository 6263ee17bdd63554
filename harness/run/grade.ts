/** A value against its limits: the one place where a check gets its level. Pure. */
import type { Check, Measured, Plan, Threshold } from '../results/schema.js';

export type Thresholds = Plan['thresholds'];

/** A check without limits in the plan is always fine. */
const NO_LIMITS: Threshold = { warn: null, void: null, unit: '' };

export interface Graded {
  readonly name: string;
  readonly value: number;
  /** Follows the value and its unit: `of the CPU time was stolen`. */
  readonly what: string;
  /**
   * By how much the value may be too high, because it is read in steps: that much voids nothing.
   */
  readonly doubt?: number;
}

/** `7.1 % of the CPU time was stolen (limit 3 %)`, with the level that the limits give. */
export function grade(thresholds: Thresholds, { name, value, what, doubt = 0 }: Graded): Check {
  const limits = thresholds[name] ?? NO_LIMITS;
  const level = levelOf(limits, value, doubt);
  const limit = level === 'void' ? limits.void : limits.warn;
  const unit = limits.unit === '' ? '' : ` ${limits.unit}`;
  const bound = limit === null ? '' : ` (limit ${limit}${unit})`;
  return { name, value, level, text: `${figure(value)}${unit} ${what}${bound}` };
}

function levelOf(limits: Threshold, value: number, doubt: number): Check['level'] {
  if (limits.void !== null && value - doubt > limits.void) return 'void';
  return limits.warn !== null && value > limits.warn ? 'warn' : 'ok';
}

/** A check that could not be made: a warning, because the value is unknown. */
export function unknownCheck(name: string, text: string): Check {
  return { name, value: null, level: 'warn', text };
}

/** The grade of an entry of trial.machine; none where there is no such entry. */
export function gradeMeasured(
  thresholds: Thresholds,
  name: string,
  measured: Measured | undefined,
  what: string,
): Check[] {
  if (measured === undefined) return [];
  const { value, why } = measured;
  if (value === null)
    return [unknownCheck(name, `${name} is unknown: ${why ?? 'no reason given'}`)];
  return [grade(thresholds, { name, value, what })];
}

function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** ok, or void with the first reason. */
export function statusOf(checks: readonly Check[]): { status: 'ok' | 'void'; reason?: string } {
  const spoilt = checks.find((check) => check.level === 'void');
  return spoilt === undefined ? { status: 'ok' } : { status: 'void', reason: spoilt.text };
}
