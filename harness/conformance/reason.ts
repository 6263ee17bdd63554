/** Why a check failed, in one line. */
import { AssertionError } from 'node:assert';
import { inspect } from 'node:util';
import { ServerFault } from '../server/fault.js';

const SHOWN_MAX = 120;

/**
 * An assertion says what came and what should have, a fault what the server said last; any other
 * error is its message.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof AssertionError) return assertionReason(error);
  if (error instanceof ServerFault && error.kind !== 'cannot-run') {
    return oneLine(`${error.message}${saidBy(error.output)}`);
  }
  const text = error instanceof Error ? error.message : String(error);
  return oneLine(text);
}

/** What a server printed for people, as the end of a sentence. */
export function saidBy(output: string): string {
  return output === '' ? '' : `; stderr: ${output.trimEnd()}`;
}

function assertionReason({
  generatedMessage,
  message,
  actual,
  expected,
  operator,
}: AssertionError) {
  // Below its own line Node adds the two values.
  const head = generatedMessage ? '' : `${message.split('\n')[0]}: `;
  if (operator === '==' || operator === 'fail') return oneLine(message);
  return `${head}got ${show(actual, expected)}, not ${show(expected, actual)}`;
}

/** Of long texts, the part in which they differ. */
function show(value: unknown, other: unknown): string {
  if (value instanceof RegExp) return `what matches ${value}`;
  if (typeof value !== 'string') {
    return oneLine(inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 3 }));
  }
  const start = typeof other === 'string' ? differsAt(value, other) : 0;
  const from = value.length <= SHOWN_MAX ? 0 : Math.max(0, start - 20);
  const part = value.slice(from, from + SHOWN_MAX);
  const before = from === 0 ? '' : '…';
  const after = from + SHOWN_MAX < value.length ? `… (${value.length} bytes)` : '';
  return `${before}${JSON.stringify(part)}${after}`;
}

function differsAt(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
