/**
 * Names of runs: a UTC instant, so that they sort by time, and four random digits against
 * collisions.
 */
import { randomBytes } from 'node:crypto';

/** `20261123-120501-7f3a`. */
export function makeRunId(now: Date, suffix = randomBytes(2).toString('hex')): string {
  const [date = '', time = ''] = now.toISOString().split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${suffix}`;
}

/** A seed that can be read out and typed again. */
export function makeSeed(): string {
  return randomBytes(4).toString('hex');
}
