/** The options of a sweep: --sweep and --slo, as text and as what they ask for. Pure. */
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { DEFAULT_SLOS_MS } from '../plan/sweep-plan.js';
import { parseNames } from './values.js';

export interface RawSweepOptions {
  readonly sweep?: boolean;
  readonly slo?: readonly number[];
}

/** Below a loopback round trip, and far above any limit that people set. */
const SLO_MS = { min: 0.05, max: 1000 };
const SLOS_MAX = 4;

export function sweepOptions(command: Command): void {
  command
    .option('--sweep', 'latency against offered load (open loads), the knee, rates within limits')
    .option(
      '--slo <list>',
      `with --sweep: limits of p99 in ms (${DEFAULT_SLOS_MS.join(',')})`,
      parseSlos,
    );
}

/** `1,5` -> ms, ascending, without repeats. Throws UserError. */
export function parseSlos(text: string): number[] {
  const values = parseNames('--slo', text).map((part) =>
    /^\d{1,4}(\.\d{1,3})?$/.test(part) ? Number(part) : Number.NaN,
  );
  const good = values.every((value) => value >= SLO_MS.min && value <= SLO_MS.max);
  if (good && values.length <= SLOS_MAX) return [...new Set(values)].sort((a, b) => a - b);
  const range = `from ${SLO_MS.min} to ${SLO_MS.max}`;
  const remedy = `give at most ${SLOS_MAX} limits in milliseconds, ${range}, for example 1,5`;
  throw new UserError(`--slo cannot be "${text}"`, remedy, { exitCode: 2 });
}

/** What the request has of them. Throws UserError for --slo alone. */
export function sweepRequested({ sweep = false, slo }: RawSweepOptions): {
  sweepSlosMs?: readonly number[];
} {
  if (sweep) return { sweepSlosMs: slo ?? DEFAULT_SLOS_MS };
  if (slo === undefined) return {};
  throw new UserError('--slo says nothing without --sweep', 'add --sweep', { exitCode: 2 });
}
