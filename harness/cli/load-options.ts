/** The options that say what clients do and when, as text and as what they ask for. Pure. */
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { given } from '../optional.js';
import type { PlanRequest } from '../plan/profiles.js';
import { DEFAULT_SLOS_MS } from '../plan/sweep-plan.js';
import { parseWorkload } from '../plan/workloads.js';
import { WORKLOAD_NAMES, WORKLOADS, type Workload } from '../results/workloads.js';
import { parseChoice, parseCount, parseCounts, parseNames } from './values.js';

export interface RawLoadOptions {
  readonly workloads?: Workload[];
  readonly pipeline?: number;
  readonly rate?: number[];
  readonly arrivals?: 'poisson' | 'fixed';
}

const PIPELINE = { min: 1, max: 64 };
const RATE_PER_S = { min: 1, max: 10_000_000 };
const ARRIVALS = ['poisson', 'fixed'] as const;

export function loadOptions(command: Command): void {
  command
    .option('--workloads <names>', 'what clients do, see below (keepalive)', (text) =>
      parseNames('--workloads', text).flatMap(parseWorkload),
    )
    .option('--pipeline <n>', 'requests in flight per connection (1)', (text) =>
      parseCount('--pipeline', text, PIPELINE),
    )
    .option('--rate <list>', 'open loads at these requests/s, in place of the closed one', (text) =>
      parseCounts('--rate', text, RATE_PER_S),
    )
    .option('--arrivals <name>', `with --rate: ${ARRIVALS.join(', ')} (poisson)`, (text) =>
      parseChoice('--arrivals', text, ARRIVALS),
    );
}

type LoadRequest = Pick<PlanRequest, 'workloads' | 'pipeline' | 'ratesPerS' | 'arrivals'>;

/** What the request has of them. Throws UserError for those that say nothing together. */
export function loadRequested({
  workloads,
  pipeline,
  rate,
  arrivals,
}: RawLoadOptions): LoadRequest {
  if (arrivals !== undefined && rate === undefined) {
    throw new UserError('--arrivals says nothing without --rate', 'add --rate', { exitCode: 2 });
  }
  if (pipeline !== undefined && rate !== undefined) {
    const remedy = 'leave out --pipeline, or --rate';
    throw new UserError('an open load has no pipeline', remedy, { exitCode: 2 });
  }
  return {
    pipeline: pipeline ?? 1,
    ...given({ workloads, ratesPerS: rate, arrivals }),
  };
}

/** A line for each workload, for the help. */
export function workloadsHelp(): string {
  return WORKLOAD_NAMES.map((name) => {
    const { summary, parameter } = WORKLOADS[name];
    const form = parameter ? `${name}:N` : name;
    const defaults = parameter ? ` (${parameter.defaults.join(', ')})` : '';
    return `  ${form.padEnd(10)} ${summary}${defaults}`;
  }).join('\n');
}

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
