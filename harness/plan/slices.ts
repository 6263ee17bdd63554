/**
 * How the lives of a condition are sliced: a plan's measured time per life, divided into windows
 * that servers take in turn. Pure.
 *
 * Slices are short, because the speed of a shared machine changes from one tenth of a second to the
 * next and compared servers should run at the same moment (docs/METHOD.md has the data). They are
 * long enough that stopping and starting the client is a small part. Some conditions are one
 * window: thousands of connections, whose one round trip takes a part of a second, and slow readers
 * of large replies.
 */
import { type Condition, connectionsHeld } from '../results/condition.js';
import type { Plan } from '../results/schema.js';
import type { Slicing } from '../results/slicing.js';
import { asksOf } from '../results/workloads.js';
import { openFilesNeeded } from './limits.js';
import { REFERENCE_VARIANT, TWIN_ID } from './reference.js';

/** Connections from which on a life has one window, and lives do not overlap. */
const ONE_WINDOW_CONNECTIONS = 4096;
const ONE_WINDOW = { windowMs: 2000, firstWarmupMs: 1500 };

const SLICE_MS = 16;
const SLICE_WARMUP_MS = 2;
/** With several CPUs a running thread's time is known to a tick of up to 10 ms. */
const SLICE_MS_SEVERAL_CPUS = 200;
/** Response times need a tail in every slice, and the spinning client has no warm-up to lose. */
const OPEN_SLICE = { windowMs: 100, warmupMs: 5 };
/** The least that a life under an open load is measured in all, ms: for a p99 of its own. */
const OPEN_LIFE_MS = 1000;
/** The same where all servers have one rate, which is there for the tail. */
const COMMON_LIFE_MS = 2000;

/** Of a request that asks for nothing more, us: for the length of a round trip. */
const REQUEST_US = 20;
const ROUND_TRIPS = { window: 4, warmup: 0.5 };

/** Servers that are visited before the reference's turn comes again. */
const OTHERS_IN_A_LEG = 4;

export interface SliceRequest {
  readonly condition: Condition;
  /** Those who take part: the reference, its twin, and the others. */
  readonly subjects: readonly string[];
  /** Of these, who is in every leg. */
  readonly references: readonly string[];
  /** Measured time of a life in all, ms, and traffic before it. */
  readonly windowMs: number;
  readonly warmupMs: number;
  readonly placement: Plan['placement'];
  readonly client: Plan['client'];
  /** The limit of open files of one process; null: not known. */
  readonly openFiles: number | null;
  /** Whether everybody of the run takes part. */
  readonly isCommon: boolean;
}

/** undefined: one window of the plan's length, one life after the other. */
export function slicingFor(request: SliceRequest): Slicing | undefined {
  const { condition, client, windowMs } = request;
  // Other clients cannot park their connections.
  if (client !== 'native') return undefined;
  if (isOneWindow(condition)) {
    return {
      rounds: 1,
      firstWarmupMs: Math.max(request.warmupMs, ONE_WINDOW.firstWarmupMs),
      warmupMs: 0,
      windowMs: Math.max(windowMs, ONE_WINDOW.windowMs),
      legs: [],
    };
  }
  if (!fitsTogether(request)) return undefined;
  const times = timesOf(request);
  const isOpen = condition.load.kind === 'open';
  const openMs = request.isCommon ? COMMON_LIFE_MS : OPEN_LIFE_MS;
  const measuredMs = isOpen ? Math.max(windowMs, openMs) : windowMs;
  const rounds = Math.max(1, Math.round(measuredMs / times.windowMs));
  return { rounds, ...times, legs: legsOf(request) };
}

/** A window of a condition is at least so long, ms, however short those of the plan are. */
export function windowFloorMs(condition: Condition, client: Plan['client']): number {
  return client === 'native' && isOneWindow(condition) ? ONE_WINDOW.windowMs : 0;
}

function isOneWindow(condition: Condition): boolean {
  const isSlow = asksOf(condition).readBytesPerS !== undefined;
  return isSlow || connectionsHeld(condition) >= ONE_WINDOW_CONNECTIONS;
}

/** The client holds the connections of all lives at once. */
export function fitsTogether({
  condition,
  subjects,
  openFiles,
}: Pick<SliceRequest, 'condition' | 'subjects' | 'openFiles'>): boolean {
  const all = subjects.length * connectionsHeld(condition);
  return openFiles === null || openFiles >= openFilesNeeded(all);
}

function timesOf({
  condition,
  placement,
  warmupMs: first,
}: SliceRequest): Pick<Slicing, 'firstWarmupMs' | 'warmupMs' | 'windowMs'> {
  const cpus = placement.serverCpus.length;
  const leastMs = cpus > 1 ? SLICE_MS_SEVERAL_CPUS : SLICE_MS;
  if (condition.load.kind === 'open') {
    const windowMs = Math.max(leastMs, OPEN_SLICE.windowMs);
    return { firstWarmupMs: first, warmupMs: OPEN_SLICE.warmupMs, windowMs };
  }
  const roundTripMs = roundTripOf(condition, cpus);
  const warmupMs = Math.max(SLICE_WARMUP_MS, Math.ceil(ROUND_TRIPS.warmup * roundTripMs));
  return {
    firstWarmupMs: Math.max(first, 2 * warmupMs),
    warmupMs,
    windowMs: Math.max(leastMs, Math.ceil(ROUND_TRIPS.window * roundTripMs)),
  };
}

/** Of a busy server: all connections are served once, ms. */
function roundTripOf(condition: Condition, cpus: number): number {
  const { cpuUs = 0, waitMs = 0 } = asksOf(condition);
  return (condition.connections * (REQUEST_US + cpuUs)) / 1000 / cpus + waitMs;
}

/** The references in each, the others divided evenly among them. */
export function legsOf({
  subjects,
  references,
}: Pick<SliceRequest, 'subjects' | 'references'>): string[][] {
  const present = references.filter((id) => subjects.includes(id));
  const others = subjects.filter((id) => !present.includes(id));
  const count = Math.max(1, Math.ceil(others.length / OTHERS_IN_A_LEG));
  return Array.from({ length: count }, (_, leg) => [
    ...present,
    ...others.filter((_, at) => at % count === leg),
  ]);
}

type Parts = Pick<Plan, 'conditions' | 'order' | 'warmupMs' | 'windowMs' | 'placement' | 'client'>;

/**
 * How the lives of each condition are sliced, by its id. everybody: how many subjects the run has
 * at most in a condition; absent: as many as there are in one of these.
 */
export function slicingsFor(
  parts: Parts,
  openFiles: number | null,
  everybody = Math.max(...parts.order.map((blocks) => blocks[0]?.length ?? 0)),
): Record<string, Slicing> {
  const { conditions, order, warmupMs, windowMs, placement, client } = parts;
  const common = { warmupMs, windowMs, placement, client, openFiles };
  const references = [REFERENCE_VARIANT, TWIN_ID];
  const found = conditions.flatMap((condition, index): [string, Slicing][] => {
    const subjects = order[index]?.[0]?.toSorted() ?? [];
    const isCommon = subjects.length === everybody;
    const slicing = slicingFor({ condition, subjects, references, isCommon, ...common });
    return slicing === undefined ? [] : [[condition.id, slicing]];
  });
  return Object.fromEntries(found);
}
