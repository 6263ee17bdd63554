/**
 * All claims, in the order in which they are shown, and their judgement on a run. The list is
 * written out: what is claimed is fixed, not discovered.
 */
import type { Environment, Results } from '../results/schema.js';
import { acceptAdds } from './accept-adds.js';
import { acceptParks } from './accept-parks.js';
import { callbacksHard } from './callbacks-hard.js';
import type { Claim, Decision } from './claim.js';
import { coroutineSwitchCheap } from './coroutine-switch-cheap.js';
import { coroutinesAsFast } from './coroutines-as-fast.js';
import { coroutinesAvoidSwitches } from './coroutines-avoid-switches.js';
import { epollBetter } from './epoll-better.js';
import { epollFlags } from './epoll-flags.js';
import { listenSequence } from './listen-sequence.js';
import { memory } from './memory.js';
import { netpollWakes } from './netpoll-wakes.js';
import { readParks } from './read-parks.js';
import { readsLikeSync } from './reads-like-sync.js';
import { switchCost } from './switch-cost.js';
import { sysmonWakes } from './sysmon-wakes.js';
import { threadsSlow } from './threads-slow.js';
import { threadsSlowBecauseSwitches } from './threads-slow-because-switches.js';
import { writeParks } from './write-parks.js';

export const CLAIMS: readonly Claim[] = [
  switchCost,
  threadsSlow,
  threadsSlowBecauseSwitches,
  epollBetter,
  coroutineSwitchCheap,
  coroutinesAsFast,
  coroutinesAvoidSwitches,
  memory,
  callbacksHard,
  readsLikeSync,
  listenSequence,
  epollFlags,
  acceptParks,
  acceptAdds,
  readParks,
  writeParks,
  netpollWakes,
  sysmonWakes,
];

export interface Judgement {
  readonly claim: Claim;
  readonly decision: Decision;
}

/** Every claim on one run, in order. Never throws for what a run lacks. */
export function judgeClaims(results: Results): Judgement[] {
  return CLAIMS.map((claim) => ({ claim, decision: claim.decide(results) }));
}

/** Whether the run has no data for it. */
export function isLeftOpen({ decision }: Judgement): boolean {
  return decision.because === 'left-open';
}

/** The machine that the verdicts hold for: nothing is carried to another. */
export function machineText({ header }: Results): string {
  const { environment, plan } = header;
  const { serverCpus, clientCpus } = plan.placement;
  const cpus = known(environment, 'cpus') ?? known(environment, 'cpus_online');
  const facts = [
    known(environment, 'cpu_model') ?? 'unknown CPU model',
    ...(cpus === null ? [] : [`CPUs: ${cpus}`]),
    known(environment, 'kernel') ?? 'unknown kernel',
    `server on CPU ${serverCpus.join(',')}, client on CPU ${clientCpus.join(',')}`,
  ];
  return facts.join('; ');
}

function known(environment: Environment, key: string): string | null {
  const value = environment[key];
  return value === undefined || value === null || value === '' ? null : String(value);
}
