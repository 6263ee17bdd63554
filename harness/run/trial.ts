/**
 * One trial: a fresh server, warmed up, measured once in one window, and ended.
 *
 * start server -> ready -> memory before connections -> open all connections, until the server
 * holds them -> traffic -> warm-up -> window (window.ts) -> client ends -> server ends. Whatever
 * fails on the way ends up in the trial as `failed` with a reason and the server's last output; the
 * process is gone in any case.
 */
import { closeSync } from 'node:fs';
import { addon } from '../load/addon.js';
import { type Load, type LoadClient, LoadError, type LoadSession } from '../load/client.js';
import { bodyOf } from '../plan/variant.js';
import { readRss } from '../probe/proc.js';
import {
  type Condition,
  connectionsHeld,
  inFlightMax,
  type Plan,
  type Trial,
} from '../results/schema.js';
import { clientsOf, modeOf, needsUpstream, upstreamArgs } from './exchange.js';
import { ServerFault } from './fault.js';
import { judge, type Outcome } from './judge.js';
import { LOOPBACK, type Network } from './network.js';
import { type Server, startServer } from './server.js';
import type { Built, RunLimits } from './types.js';
import { Interrupted, sleep, unlessAborted, within } from './wait.js';
import { observeWindow } from './window.js';

export interface TrialPlace {
  readonly subject: string;
  readonly condition: Condition;
  readonly block: number;
  readonly position: number;
  /** The block of the plan that this one stands in for. */
  readonly replaces?: number;
}

export interface TrialTools {
  readonly built: Built;
  /** The subject's own flags. */
  readonly args: readonly string[];
  readonly plan: Plan;
  readonly client: LoadClient;
  readonly limits: RunLimits;
  readonly signal: AbortSignal;
  /** Between client and server; absent: loopback. */
  readonly network?: Network;
  /** The listening socket of the upstream that the client plays; runTrial makes it. */
  readonly upstreamFd?: number;
}

const WARMUP_POLL_MS = 20;
const ACCEPT_POLL_MS = 20;
/** Stats lines around the window and the like: time in which traffic goes on. */
const TRAFFIC_SLACK_MS = 10_000;

/**
 * Runs one trial. Rejects with Interrupted alone (and on impossible states); a failure is a failed
 * Trial.
 */
export async function runTrial(place: TrialPlace, asked: TrialTools): Promise<Trial> {
  const tools = { ...asked, limits: limitsFor(place.condition, asked.limits) };
  if (!needsUpstream(place.condition)) return runWith(place, tools);
  // The server is told the port before there is a client; whoever answers there comes with it.
  const { fd, port } = addon().listenOnLoopback();
  try {
    const args = [...tools.args, ...upstreamArgs(port)];
    return await runWith(place, { ...tools, args, upstreamFd: fd });
  } finally {
    closeSync(fd);
  }
}

/** Thousands of connections, and their threads, take time to make and to end. */
const MS_PER_CONNECTION = 0.5;

/** With time for as many connections as the server will hold. */
export function limitsFor(condition: Condition, limits: RunLimits): RunLimits {
  const more = Math.round(MS_PER_CONNECTION * connectionsHeld(condition));
  return { ...limits, stopMs: limits.stopMs + more, clientMs: limits.clientMs + more };
}

async function runWith(place: TrialPlace, tools: TrialTools): Promise<Trial> {
  const trial = blankTrial(place);
  let server: Server | undefined;
  try {
    const { plan, args, network, limits, signal } = tools;
    const cpus = plan.placement.serverCpus;
    const launch = { cpus, mode: modeOf(place.condition), args, network };
    server = await startServer(tools.built, launch, limits, signal);
    trial.pid = server.pid;
    trial.port = server.ready.port;
    return { ...trial, ...(await measure(place, tools, server)) };
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    if (error instanceof ServerFault || error instanceof LoadError) {
      return { ...trial, reason: reasonOf(error, server) };
    }
    throw error;
  } finally {
    await server?.kill();
  }
}

/** Failed until proven otherwise. */
function blankTrial({ subject, condition, block, position, replaces }: TrialPlace): Trial {
  return {
    kind: 'trial',
    id: `${condition.id}-b${block}-p${position}`,
    condition: condition.id,
    block,
    position,
    subject,
    status: 'failed',
    startedAt: new Date().toISOString(),
    instrumented: false,
    ...(replaces === undefined ? {} : { replaces }),
    pid: null,
    port: null,
    window: null,
    counts: null,
    latency: null,
    server: {},
    machine: {},
    client: null,
    checks: [],
  };
}

function reasonOf(failure: ServerFault | LoadError, server: Server | undefined): string {
  const output = failure instanceof ServerFault ? failure.output : (server?.output() ?? '');
  return output === '' ? failure.message : `${failure.message}; it last said: ${output}`;
}

async function measure(place: TrialPlace, tools: TrialTools, server: Server): Promise<Outcome> {
  const rssReady = readRss(server.pids);
  const opening = tools.client.open(loadOf(place.condition, server, tools));
  const step = <T>(promise: Promise<T>) => unlessAborted(tools.signal, server.guard(promise));
  try {
    const session = await step(clientCall(opening, 'connect', tools.limits));
    const kept = modeOf(place.condition) === 'greeting' ? 0 : session.snapshot().connectionsOpen;
    await step(untilAccepted(kept, server, tools));
    session.start();
    const warmup = await warmUp(place.condition, tools, server, session);
    if (warmup.errors > 0) throw await firstError(session, server, warmup.errors, tools);
    const observation = await observeWindow({
      server,
      session,
      cpus: [...tools.plan.placement.serverCpus, ...tools.plan.placement.clientCpus],
      sleepWindow: () => step(sleep(tools.plan.windowMs, tools.signal)),
      step,
    });
    const { first, last } = observation;
    const slices = slicesBetween(session, first.monotonic_ns, last.monotonic_ns);
    const window = await step(clientCall(session.finish(), 'finish', tools.limits));
    // A server that is to end would wait for the answers of an upstream that answers no more.
    if (tools.upstreamFd !== undefined) await session.abort();
    const stopFault = await stopServer(server, tools.signal);
    const { client, plan } = tools;
    const { thresholds } = plan;
    const seen = { place, client, observation, window, rssReady, warmup, slices, thresholds };
    return judge({ ...seen, stopFault });
  } catch (error) {
    throw await server.rootOf(error);
  } finally {
    await discard(opening, server, tools.limits);
  }
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

const SLICES = 10;

/**
 * Replies in each tenth of the time between two instants of CLOCK_MONOTONIC, ns: the stats lines,
 * which enclose the window closely.
 */
export function slicesBetween(
  session: Pick<LoadSession, 'completedAt'>,
  startNs: number,
  endNs: number,
): readonly number[] | { readonly why: string } {
  const counts: number[] = [];
  for (let edge = 0; edge <= SLICES; edge += 1) {
    const instant = BigInt(startNs) + (BigInt(endNs - startNs) * BigInt(edge)) / BigInt(SLICES);
    const at = session.completedAt?.(instant);
    if (at === undefined) return { why: 'this client keeps no record of when replies came' };
    if (at === null) return { why: "the client's record of replies does not reach back so far" };
    counts.push(at.completed);
  }
  return counts.slice(1).map((count, i) => count - (counts[i] as number));
}

function loadOf(condition: Condition, server: Server, tools: TrialTools): Load {
  const { plan, limits, network = LOOPBACK } = tools;
  const { serverHost, clientNetns } = network;
  return {
    target: { host: serverHost, port: server.ready.port },
    ...(clientNetns === undefined ? {} : { netns: clientNetns }),
    ...clientsOf(condition, Buffer.from(bodyOf(tools.built.variant))),
    ...(tools.upstreamFd === undefined ? {} : { upstreamFd: tools.upstreamFd }),
    seed: `${plan.seed} ${condition.id}`,
    durationMsMax: plan.warmupMs + limits.extraWarmupMs + plan.windowMs + TRAFFIC_SLACK_MS,
    cpus: plan.placement.clientCpus,
  };
}

async function clientCall<T>(call: Promise<T>, verb: string, limits: RunLimits): Promise<T> {
  const outcome = await within(call, limits.clientMs);
  if (!outcome.late) return outcome.value;
  throw new LoadError(`the load client could not ${verb} within ${limits.clientMs} ms`);
}

export interface Warmup {
  readonly completed: number;
  readonly wanted: number;
  readonly errors: number;
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
): Promise<Warmup> {
  const wanted = inFlightMax(condition);
  const rest = (ms: number) => server.guard(sleep(ms, tools.signal));
  await rest(tools.plan.warmupMs);
  const deadline = performance.now() + tools.limits.extraWarmupMs;
  let now = session.snapshot();
  while (now.completed < wanted && now.errors === 0 && performance.now() < deadline) {
    await rest(WARMUP_POLL_MS);
    now = session.snapshot();
  }
  if (now.completed === 0 && now.errors === 0) {
    const ms = tools.plan.warmupMs + tools.limits.extraWarmupMs;
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
  const { firstError } = await clientCall(session.finish(), 'finish', tools.limits);
  const first = firstError ?? 'the client kept no details';
  return server.fault('wrong-answer', `failed ${errors} requests in the warm-up; first: ${first}`);
}

/**
 * Ends the server; a bad end does not undo the measurement, so it is returned and judged with the
 * rest.
 */
async function stopServer(server: Server, signal: AbortSignal): Promise<ServerFault | undefined> {
  try {
    await unlessAborted(signal, server.stop());
    return undefined;
  } catch (error) {
    if (error instanceof ServerFault) return error;
    throw error;
  }
}

/**
 * Ends the client whatever state it is in. The server goes first, so that a connect in progress
 * ends too.
 */
async function discard(
  opening: Promise<LoadSession>,
  server: Server,
  limits: RunLimits,
): Promise<void> {
  await server.kill();
  const opened = opening.catch((error: unknown) => {
    // Its failure is the reason of the trial, or came after it.
    if (error instanceof LoadError) return undefined;
    throw error;
  });
  const session = await clientCall(opened, 'give up connecting', limits);
  await session?.abort();
}
