/** Measures the count lane: pairs of fresh servers, base and candidate, nothing timed. */
import type { CountMetric, GateConfig } from '../gate/config.js';
import type { Fault } from '../gate/correctness.js';
import { type CountSample, openCounts } from '../gate/counts.js';
import { type CountReading, countTrial } from '../gate/lanes/count-trial.js';
import { type IdleSubject, idleTrial } from '../micro/idle.js';
import type { Measured, Placement } from '../results/schema.js';
import { DEFAULT_LIMITS } from '../run/limits.js';
import { pinHarness } from '../run/pin.js';
import type { Built } from '../server/built.js';
import { Interrupted } from '../server/wait.js';

/** A variant with what is measured of it; without a base, a stored one takes its place. */
export interface CountPair {
  readonly variant: string;
  readonly base: Built | null;
  readonly candidate: Built;
  readonly candidateArgs: readonly string[];
}

export interface CountsRequest {
  readonly pairs: readonly CountPair[];
  readonly config: GateConfig['counts'];
  readonly placement: Placement;
  /** How long idle connections are silent before memory is read; absent: as long as idle.ts says. */
  readonly idleMs?: number;
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
}

export interface Counted {
  readonly samples: CountSample[];
  readonly faults: Fault[];
}

/** Rejects with Interrupted. */
export async function measureCounts(request: CountsRequest): Promise<Counted> {
  const counted: Counted = { samples: [], faults: [] };
  const pinned = await pinHarness(request.placement.clientCpus);
  try {
    const { trials, morePairs } = request.config;
    const planned = range(0, trials);
    for (const trial of planned) {
      for (const pair of request.pairs) await countPair(pair, trial, request, counted, everything);
    }
    await idleRounds(request.pairs, planned, request, counted);
    const open = openCounts(counted.samples, request.config);
    const isOpen = (variant: string, kind: string) => open.has(`${variant} ${kind}-c1`);
    const more = range(trials, morePairs);
    for (const trial of more) {
      for (const pair of request.pairs) await countPair(pair, trial, request, counted, isOpen);
    }
    const holding = request.pairs.filter(({ variant }) =>
      IDLE_CONDITIONS.some((condition) => open.has(`${variant} ${condition}`)),
    );
    await idleRounds(holding, more, request, counted);
  } finally {
    if (pinned.ok) await pinned.restore();
  }
  return counted;
}

function range(first: number, length: number): number[] {
  return Array.from({ length }, (_, i) => first + i);
}

/**
 * All of them, at the same time. What one rejects with is thrown when the others have ended, so
 * that nothing runs on.
 */
async function together<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

/** Whether a kind of trial is made of a variant. */
type Wanted = (variant: string, kind: string) => boolean;
const everything: Wanted = () => true;

/** Those that follow the planned trials are only for what these leave open. */
function placeOf(trial: number, { trials, morePairs }: GateConfig['counts']): string {
  return trial < trials
    ? `trial ${trial + 1} of ${trials}`
    : `more, ${trial + 1 - trials} of ${morePairs}`;
}

interface SideTask {
  readonly variant: string;
  readonly side: CountSample['side'];
  readonly built: Built;
  readonly args: readonly string[];
  readonly trial: number;
}

/** Base first in every other trial. */
function tasksOf(pair: CountPair, trial: number): SideTask[] {
  const { variant, base, candidate, candidateArgs } = pair;
  const one = { variant, trial };
  const tasks: SideTask[] = [
    ...(base === null ? [] : [{ ...one, side: 'base' as const, built: base, args: [] }]),
    { ...one, side: 'candidate', built: candidate, args: candidateArgs },
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
  request: CountsRequest,
  counted: Counted,
  isWanted: Wanted,
): Promise<void> {
  const { config, placement, signal, onText } = request;
  for (const workload of workloadsOf(pair, config)) {
    if (!isWanted(pair.variant, workload)) continue;
    const requests = workload === 'greeting' ? config.greetingRequests : config.keepaliveRequests;
    if (signal.aborted) throw new Interrupted();
    onText(`counting ${pair.variant}, ${workload}, ${placeOf(trial, config)}`);
    const tasks = tasksOf(pair, trial);
    const common = { workload, requests, cpus: placement.serverCpus, limits: DEFAULT_LIMITS };
    const readings = await together(
      tasks.map(({ built, args }) => countTrial({ ...common, built, args, signal })),
    );
    for (const [i, reading] of readings.entries()) {
      const task = tasks[i] as SideTask;
      counted.samples.push(...samplesOf(task, `${workload}-c1`, reading, requests));
      noteFault(task, reading.ok ? undefined : reading.why, counted);
    }
  }
}

function workloadsOf(
  { base, candidate }: CountPair,
  { greetingRequests }: GateConfig['counts'],
): ('keepalive' | 'greeting')[] {
  const serves = (built: Built | null) => built?.variant.serves.modes.includes('greeting') ?? true;
  const greets = greetingRequests > 0 && serves(base) && serves(candidate);
  return greets ? ['keepalive', 'greeting'] : ['keepalive'];
}

function noteFault({ variant, side }: SideTask, text: string | undefined, counted: Counted): void {
  if (text !== undefined) counted.faults.push({ variant, side, text });
}

const PER_REQUEST: readonly (readonly [CountMetric, counter: string])[] = [
  ['syscalls_per_request', 'syscalls'],
  ['voluntary_switches_per_request', 'voluntary_switches'],
];

function samplesOf(
  { variant, side, trial }: SideTask,
  condition: string,
  reading: CountReading,
  requests: number,
): CountSample[] {
  return PER_REQUEST.map(([metric, counter]) => {
    const sample = { variant, side, condition, metric, trial };
    if (!reading.ok) return { ...sample, value: null, why: reading.why, failed: true };
    return { ...sample, failed: false, ...perRequest(reading.server[counter], counter, requests) };
  });
}

function perRequest(
  found: Measured | undefined,
  counter: string,
  requests: number,
): Pick<CountSample, 'value' | 'why'> {
  if (found !== undefined && found.value !== null) return { value: found.value / requests };
  return { value: null, why: found?.why ?? `the server does not count ${counter}` };
}

const IDLE_CONDITIONS = ['idle-silent', 'idle-served'] as const;

/** Most of a round is waiting. */
const ROUNDS_AT_ONCE = 2;

async function idleRounds(
  pairs: readonly CountPair[],
  trials: readonly number[],
  request: CountsRequest,
  counted: Counted,
): Promise<void> {
  if (request.config.idleConnections === 0 || pairs.length === 0) return;
  const left = trials.values();
  const some = async () => {
    for (const trial of left) await idlePairs(pairs, trial, request, counted);
  };
  await together(Array.from({ length: ROUNDS_AT_ONCE }, some));
}

/** All servers at once: their memory does not depend on who else runs. */
async function idlePairs(
  pairs: readonly CountPair[],
  trial: number,
  request: CountsRequest,
  counted: Counted,
): Promise<void> {
  const { config, placement, idleMs, signal, onText } = request;
  const connections = config.idleConnections;
  if (signal.aborted) throw new Interrupted();
  onText(`${connections} idle connections, ${placeOf(trial, config)}`);
  const tasks = pairs.flatMap((pair) => tasksOf(pair, trial));
  const plan = { connections, idleMs, placement, signal };
  const found = await together(tasks.map((task) => idleTrial(subjectOf(task), trial, plan)));
  for (const [i, { silent, served, why }] of found.entries()) {
    const task = tasks[i] as SideTask;
    const of = (
      condition: (typeof IDLE_CONDITIONS)[number],
      value: number | null,
    ): CountSample => ({
      ...{ variant: task.variant, side: task.side, condition, trial: task.trial },
      metric: 'idle_bytes_per_connection',
      value,
      failed: false,
      ...(value === null ? { why: why ?? 'the memory is unknown' } : {}),
    });
    counted.samples.push(of('idle-silent', silent), of('idle-served', served));
  }
}

function subjectOf({ variant, side, built, args }: SideTask): IdleSubject {
  return { id: `${variant} (${side})`, args, built };
}
