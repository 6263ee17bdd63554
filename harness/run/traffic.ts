/**
 * Traffic on a server that is ready: all connections are made, the server holds them, requests are
 * sent for the warm-up; then whoever asked measures.
 */
import { type Load, LoadError, type LoadSession } from '../load/client.js';
import { bodyOf } from '../plan/variant.js';
import { type Condition, inFlightMax } from '../results/schema.js';
import { clientsOf, modeOf } from './exchange.js';
import type { ServerFault } from './fault.js';
import { LOOPBACK } from './network.js';
import type { Server } from './server.js';
import type { TrialTools } from './trial.js';
import type { RunLimits } from './types.js';
import { sleep, unlessAborted, within } from './wait.js';

const WARMUP_POLL_MS = 20;
const ACCEPT_POLL_MS = 20;
/** Stats lines around the window and the like: time in which traffic goes on. */
const TRAFFIC_SLACK_MS = 10_000;
/** The last replies of a window. */
const DRAIN_MS = 1000;
const DRAIN_MS_PER_CONNECTION = 0.5;

export interface Warmup {
  readonly completed: number;
  readonly wanted: number;
  readonly errors: number;
}

export interface Traffic {
  readonly session: LoadSession;
  readonly warmup: Warmup;
  /** Waits for something that needs the server alive and the run going on. */
  readonly step: <T>(promise: Promise<T>) => Promise<T>;
}

/**
 * Runs `body` under traffic that has been going on for `warmupMs`. Rejects with ServerFault,
 * LoadError, Interrupted or what `body` rejects with; then the server has been killed.
 */
export async function withTraffic<T>(
  condition: Condition,
  tools: TrialTools,
  server: Server,
  warmupMs: number,
  body: (traffic: Traffic) => Promise<T>,
): Promise<T> {
  const opening = tools.client.open(loadOf(condition, server, tools, warmupMs));
  const step = <V>(promise: Promise<V>) => unlessAborted(tools.signal, server.guard(promise));
  let wentWell = false;
  try {
    const session = await step(clientCall(opening, 'connect', tools.limits));
    const kept = modeOf(condition) === 'greeting' ? 0 : session.snapshot().connectionsOpen;
    await step(untilAccepted(kept, server, tools));
    session.start();
    const warmup = await warmUp(condition, tools, server, session, warmupMs);
    if (warmup.errors > 0) throw await firstError(session, server, warmup.errors, tools);
    const result = await body({ session, warmup, step });
    wentWell = true;
    return result;
  } catch (error) {
    throw await server.rootOf(error);
  } finally {
    // The server goes first, so that a connect in progress ends too.
    if (!wentWell) await server.kill();
    await discard(opening, tools.limits);
  }
}

function loadOf(condition: Condition, server: Server, tools: TrialTools, warmupMs: number): Load {
  const { plan, limits, network = LOOPBACK } = tools;
  const { serverHost, clientNetns } = network;
  return {
    target: { host: serverHost, port: server.ready.port },
    ...(clientNetns === undefined ? {} : { netns: clientNetns }),
    ...clientsOf(condition, Buffer.from(bodyOf(tools.built.variant))),
    ...(tools.upstreamFd === undefined ? {} : { upstreamFd: tools.upstreamFd }),
    seed: `${plan.seed} ${condition.id}`,
    drainMs: DRAIN_MS + DRAIN_MS_PER_CONNECTION * inFlightMax(condition),
    durationMsMax: warmupMs + limits.extraWarmupMs + plan.windowMs + TRAFFIC_SLACK_MS,
    cpus: plan.placement.clientCpus,
  };
}

/** Rejects with LoadError when the client takes longer than it may. */
export async function clientCall<T>(call: Promise<T>, verb: string, limits: RunLimits): Promise<T> {
  const outcome = await within(call, limits.clientMs);
  if (!outcome.late) return outcome.value;
  throw new LoadError(`the load client could not ${verb} within ${limits.clientMs} ms`);
}

/**
 * Waits until the server holds the connections that the client has made: one that still stood in
 * the accept queue would be served late, or not at all, in the shadow of those that send. Servers
 * that do not count are not waited for. After a while traffic starts anyway.
 */
async function untilAccepted(
  kept: number,
  server: Server,
  { limits, signal }: TrialTools,
): Promise<void> {
  const deadline = performance.now() + limits.clientMs;
  while (kept > 0 && performance.now() < deadline) {
    const { connections_open: held } = await server.stats();
    if (typeof held !== 'number' || held >= kept) return;
    await sleep(ACCEPT_POLL_MS, signal);
  }
}

/**
 * The planned time, and longer while not even one reply per connection has come. Rejects with
 * ServerFault `hung`.
 */
async function warmUp(
  condition: Condition,
  tools: TrialTools,
  server: Server,
  session: LoadSession,
  warmupMs: number,
): Promise<Warmup> {
  const wanted = inFlightMax(condition);
  const rest = (ms: number) => server.guard(sleep(ms, tools.signal));
  await rest(warmupMs);
  const deadline = performance.now() + tools.limits.extraWarmupMs;
  let now = session.snapshot();
  while (now.completed < wanted && now.errors === 0 && performance.now() < deadline) {
    await rest(WARMUP_POLL_MS);
    now = session.snapshot();
  }
  if (now.completed === 0 && now.errors === 0) {
    const ms = warmupMs + tools.limits.extraWarmupMs;
    throw server.fault('hung', `answered no request in ${ms} ms of warm-up`);
  }
  return { completed: now.completed, wanted, errors: now.errors };
}

/** What the client saw go wrong before the window: there is nothing left to measure. */
async function firstError(
  session: LoadSession,
  server: Server,
  errors: number,
  tools: TrialTools,
): Promise<ServerFault> {
  session.openWindow();
  session.closeWindow();
  const { firstError } = await clientCall(session.pause(), 'pause', tools.limits);
  const first = firstError ?? 'the client kept no details';
  return server.fault('wrong-answer', `failed ${errors} requests in the warm-up; first: ${first}`);
}

/** Ends the client whatever state it is in. */
async function discard(opening: Promise<LoadSession>, limits: RunLimits): Promise<void> {
  const opened = opening.catch((error: unknown) => {
    // Its failure is the reason of the trial, or came after it.
    if (error instanceof LoadError) return undefined;
    throw error;
  });
  const session = await clientCall(opened, 'give up connecting', limits);
  await session?.close();
}
