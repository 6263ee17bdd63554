/** The traffic of a life: its connections are made, the server holds them, requests warm it up. */
import { type Load, LoadError, type LoadSession } from '../load/client.js';
import { given } from '../optional.js';
import { bodyOf } from '../plan/variant.js';
import { type Condition, inFlightMax, type Slicing, slicesOf } from '../results/schema.js';
import type { Built } from '../server/built.js';
import type { Server } from '../server/server.js';
import { sleep, within } from '../server/wait.js';
import { arrivalSeed } from './arrival-seed.js';
import type { Bench } from './bench.js';
import { clientsOf } from './exchange.js';
import type { RunLimits } from './limits.js';

const WARMUP_POLL_MS = 20;
const ACCEPT_POLL_MS = 20;
/** Stats lines around a window and the like: time in which traffic continues. */
const SLICE_SLACK_MS = 100;
const TRAFFIC_SLACK_MS = 10_000;

export interface Warmup {
  readonly completed: number;
  readonly wanted: number;
  readonly errors: number;
}

export interface TrafficPlace {
  readonly subject: string;
  readonly condition: Condition;
  readonly block: number;
  readonly server: Server;
  /** The listening socket of the upstream that the client plays. */
  readonly upstreamFd: number | undefined;
}

/** What the clients of a life do. The subjects of a block get the same arrivals, its blocks others. */
export function loadOf(
  { subject, condition, block, server, upstreamFd }: TrafficPlace,
  { plan, network, built }: Bench & { readonly built: Built },
  limits: RunLimits,
  slicing: Slicing,
): Load {
  const { serverHost, clientNetns } = network;
  return {
    target: { host: serverHost, port: server.ready.port },
    ...given({ netns: clientNetns }),
    ...clientsOf(condition, Buffer.from(bodyOf(built.variant))),
    ...given({ upstreamFd }),
    seed: arrivalSeed(plan.seed, condition.id, block),
    durationMsMax: trafficMsMax(slicing, subject, limits),
    drainMs: limits.drainMs,
    cpus: plan.placement.clientCpus,
  };
}

function trafficMsMax(slicing: Slicing, subject: string, limits: RunLimits): number {
  const { firstWarmupMs, warmupMs, windowMs } = slicing;
  const slices = slicesOf(slicing, subject);
  const eachMs = warmupMs + windowMs + SLICE_SLACK_MS;
  return firstWarmupMs + limits.extraWarmupMs + slices * eachMs + TRAFFIC_SLACK_MS;
}

/** Rejects with LoadError when the client takes longer than it may. */
export async function clientCall<T>(call: Promise<T>, verb: string, limits: RunLimits): Promise<T> {
  const outcome = await within(call, limits.clientMs);
  if (!outcome.late) return outcome.value;
  throw new LoadError(`the load client could not ${verb} within ${limits.clientMs} ms`);
}

/**
 * Waits until the server has accepted the connections that the client has made: one that is still
 * in the accept queue would be served late, or never, behind those that send. Does not wait for
 * servers that do not count. After a while traffic starts anyway.
 */
export async function untilAccepted(
  kept: number,
  server: Server,
  limits: RunLimits,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + limits.clientMs;
  while (kept > 0 && performance.now() < deadline) {
    const { connections_open: held } = await server.stats();
    if (typeof held !== 'number' || held >= kept) return;
    await sleep(ACCEPT_POLL_MS, signal);
  }
}

interface WarmupPlace {
  readonly condition: Condition;
  readonly server: Server;
  readonly session: LoadSession;
  readonly signal: AbortSignal;
}

/**
 * The planned time; before the first window longer, while not even one reply per connection has
 * come. Rejects with ServerFault `hung`.
 */
export async function warmUp(
  { condition, server, session, signal }: WarmupPlace,
  warmupMs: number,
  isFirst: boolean,
  limits: RunLimits,
): Promise<Warmup> {
  const wanted = inFlightMax(condition);
  const rest = (ms: number) => server.guard(sleep(ms, signal));
  await rest(warmupMs);
  let now = session.snapshot();
  if (!isFirst) return { completed: now.completed, wanted, errors: now.errors };
  const deadline = performance.now() + limits.extraWarmupMs;
  while (now.completed < wanted && now.errors === 0 && performance.now() < deadline) {
    await rest(WARMUP_POLL_MS);
    now = session.snapshot();
  }
  if (now.completed === 0 && now.errors === 0) {
    const ms = warmupMs + limits.extraWarmupMs;
    throw server.fault('hung', `answered no request in ${ms} ms of warm-up`);
  }
  return { completed: now.completed, wanted, errors: now.errors };
}

/** What failed for the client before the window, in words: then there is nothing to measure. */
export async function firstError(session: LoadSession, limits: RunLimits): Promise<string> {
  session.openWindow();
  session.closeWindow();
  const window = await clientCall(session.pause(), 'pause', limits);
  return window.firstError ?? 'the client kept no details';
}
