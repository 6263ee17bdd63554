/** Measures the count lane: pairs of fresh servers, base and candidate, nothing timed. */
import { idleTrial } from '../../micro/idle.js';
import type { Placement } from '../../results/schema.js';
import { DEFAULT_LIMITS } from '../../run/limits.js';
import { pinHarness } from '../../run/pin.js';
import type { Built } from '../../server/built.js';
import { Interrupted } from '../../server/wait.js';
import type { GateConfig } from '../config.js';
import { type CountSample, openCounts } from '../counts.js';
import { type CountReading, countTrial } from './count-trial.js';
import type { LaneTools } from './lane-tools.js';

/** A variant with what is measured of it; without a base, a stored one takes its place. */
export interface CountPair {
  readonly variant: string;
  readonly base: Built | null;
  readonly candidate: Built;
  readonly candidateArgs: readonly string[];
}

export interface CountsRequest extends Pick<LaneTools, 'signal' | 'onText'> {
  readonly pairs: readonly CountPair[];
  readonly config: GateConfig['counts'];
  readonly placement: Placement;
  /** How long idle connections are silent before memory is read; absent: as long as idle.ts says. */
  readonly idleMs?: number;
}

/** Whether a condition of a variant is measured. */
type Wanted = (variant: string, condition: string) => boolean;

/** Rejects with Interrupted. */
export async function measureCounts(request: CountsRequest): Promise<CountSample[]> {
  const { trials, morePairs } = request.config;
  const pinned = await pinHarness(request.placement.clientCpus);
  try {
    const first = await measureTrials(range(0, trials), () => true, request);
    const open = openCounts(first, request.config);
    const isOpen: Wanted = (variant, condition) => open.has(`${variant} ${condition}`);
    return [...first, ...(await measureTrials(range(trials, morePairs), isOpen, request))];
  } finally {
    if (pinned.ok) await pinned.restore();
  }
}

function range(first: number, length: number): number[] {
  return Array.from({ length }, (_, i) => first + i);
}

/** Most of a trial of idle connections is waiting. */
const IDLE_AT_ONCE = 2;
const IDLE_CONDITIONS = ['idle-silent', 'idle-served'] as const;

async function measureTrials(
  trials: readonly number[],
  isWanted: Wanted,
  request: CountsRequest,
): Promise<CountSample[]> {
  const samples: CountSample[] = [];
  for (const trial of trials) {
    for (const pair of request.pairs) {
      samples.push(...(await countPair(pair, trial, isWanted, request)));
    }
  }
  const holding = request.pairs.filter(({ variant }) =>
    IDLE_CONDITIONS.some((condition) => isWanted(variant, condition)),
  );
  if (request.config.idleConnections === 0 || holding.length === 0) return samples;
  const left = trials.values();
  const some = async () => {
    for (const trial of left) samples.push(...(await holdIdle(holding, trial, request)));
  };
  await together(Array.from({ length: IDLE_AT_ONCE }, some));
  return samples;
}

/**
 * All of them, at the same time. What one rejects with is thrown when the others have ended, so
 * that nothing runs on.
 */
async function together<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

/** Says what is next, unless the run was interrupted. */
function announce(what: string, trial: number, { config, signal, onText }: CountsRequest): void {
  if (signal.aborted) throw new Interrupted();
  const { trials, morePairs } = config;
  const planned = `trial ${trial + 1} of ${trials}`;
  const place = trial < trials ? planned : `more, ${trial + 1 - trials} of ${morePairs}`;
  onText(`${what}, ${place}`);
}

interface SideTask extends Pick<CountSample, 'variant' | 'side' | 'trial'> {
  readonly built: Built;
  readonly args: readonly string[];
}

/** Base first in every other trial. */
function tasksOf({ variant, ...pair }: CountPair, trial: number): SideTask[] {
  const { base, candidate, candidateArgs } = pair;
  const tasks: SideTask[] = [
    ...(base === null ? [] : [{ variant, side: 'base' as const, trial, built: base, args: [] }]),
    { variant, side: 'candidate', trial, built: candidate, args: candidateArgs },
  ];
  return trial % 2 === 0 ? tasks : tasks.reverse();
}

/**
 * Both sides at the same time: between two requests the client pauses for longer than both take to
 * answer and to wait again.
 */
async function countPair(
  pair: CountPair,
  trial: number,
  isWanted: Wanted,
  request: CountsRequest,
): Promise<CountSample[]> {
  const { config, placement, signal } = request;
  const samples: CountSample[] = [];
  for (const workload of workloadsOf(pair, config)) {
    if (!isWanted(pair.variant, `${workload}-c1`)) continue;
    announce(`counting ${pair.variant}, ${workload}`, trial, request);
    const requests = workload === 'greeting' ? config.greetingRequests : config.keepaliveRequests;
    const common = { workload, requests, cpus: placement.serverCpus, limits: DEFAULT_LIMITS };
    const trials = tasksOf(pair, trial).map(async ({ built, args, ...task }) => {
      const reading = await countTrial({ ...common, built, args, signal });
      return samplesOf({ ...task, condition: `${workload}-c1` }, reading, requests);
    });
    samples.push(...(await together(trials)).flat());
  }
  return samples;
}

function workloadsOf(
  { base, candidate }: CountPair,
  { greetingRequests }: GateConfig['counts'],
): ('keepalive' | 'greeting')[] {
  const serves = (built: Built | null) => built?.variant.serves.modes.includes('greeting') ?? true;
  const greets = greetingRequests > 0 && serves(base) && serves(candidate);
  return greets ? ['keepalive', 'greeting'] : ['keepalive'];
}

type Place = Pick<CountSample, 'variant' | 'side' | 'trial' | 'condition'>;

function samplesOf(place: Place, reading: CountReading, requests: number): CountSample[] {
  return (['syscalls', 'voluntary_switches'] as const).map((counter) => {
    const found = reading.ok ? reading.server[counter] : { value: null, why: reading.why };
    const value = found?.value ?? null;
    const why = found?.why ?? `the server does not count ${counter}`;
    const figure = value === null ? { value, why } : { value: value / requests };
    return { ...place, metric: `${counter}_per_request`, ...figure, failed: !reading.ok };
  });
}

/** All servers at once: their memory does not depend on who else runs. */
async function holdIdle(
  pairs: readonly CountPair[],
  trial: number,
  request: CountsRequest,
): Promise<CountSample[]> {
  const { config, placement, idleMs, signal } = request;
  const plan = { connections: config.idleConnections, idleMs, placement, signal };
  announce(`${plan.connections} idle connections`, trial, request);
  const tasks = pairs.flatMap((pair) => tasksOf(pair, trial));
  const trials = tasks.map(async ({ built, args, ...task }) => {
    const subject = { id: `${task.variant} (${task.side})`, args, built };
    const { silent, served, why = 'the memory is unknown' } = await idleTrial(subject, trial, plan);
    return IDLE_CONDITIONS.map((condition): CountSample => {
      const value = condition === 'idle-silent' ? silent : served;
      const sample = { ...task, condition, metric: 'idle_bytes_per_connection' as const };
      return { ...sample, value, failed: false, ...(value === null ? { why } : {}) };
    });
  });
  return (await together(trials)).flat();
}
