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
import { type LoadClient, LoadError, type LoadSession } from '../load/client.js';
import type { PerfEvent } from '../probe/native.js';
import { readRss } from '../probe/proc.js';
import { type Condition, connectionsHeld, type Plan, type Trial } from '../results/schema.js';
import { modeOf, needsUpstream, upstreamArgs } from './exchange.js';
import { ServerFault } from './fault.js';
import { judge, type Outcome } from './judge.js';
import type { Network } from './network.js';
import { type Server, startServer } from './server.js';
import { clientCall, withTraffic } from './traffic.js';
import type { Built, RunLimits } from './types.js';
import { sleep, unlessAborted } from './wait.js';
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
  /** What is counted of the server; absent: nothing. */
  readonly events?: readonly PerfEvent[];
  /** The listening socket of the upstream that the client plays; runTrial makes it. */
  readonly upstreamFd?: number;
}

/**
 * Runs one trial. Rejects with Interrupted alone (and on impossible states); a failure is a failed
 * Trial.
 */
export async function runTrial(place: TrialPlace, asked: TrialTools): Promise<Trial> {
  return withUpstream(place.condition, asked, (tools) => runWith(place, tools));
}

/** With limits for the condition, and an upstream where it takes one. */
export async function withUpstream<T>(
  condition: Condition,
  asked: TrialTools,
  body: (tools: TrialTools) => Promise<T>,
): Promise<T> {
  const tools = { ...asked, limits: limitsFor(condition, asked.limits) };
  if (!needsUpstream(condition)) return body(tools);
  // The server is told the port before there is a client; whoever answers there comes with it.
  const { fd, port } = addon().listenOnLoopback();
  try {
    const args = [...tools.args, ...upstreamArgs(port)];
    return await body({ ...tools, args, upstreamFd: fd });
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
    server = await startFor(place.condition, tools);
    trial.pid = server.pid;
    trial.port = server.ready.port;
    return { ...trial, ...(await measure(place, tools, server)) };
  } catch (error) {
    return failedTrial(trial, error, server);
  } finally {
    await server?.kill();
  }
}

export function startFor(condition: Condition, tools: TrialTools): Promise<Server> {
  const { plan, args, network, events, limits, signal } = tools;
  const cpus = plan.placement.serverCpus;
  const launch = { cpus, mode: modeOf(condition), args, network, events };
  return startServer(tools.built, launch, limits, signal);
}

/** The trial with the reason of its failure. Throws what is no failure of server or client. */
export function failedTrial(trial: Trial, error: unknown, server: Server | undefined): Trial {
  if (!(error instanceof ServerFault || error instanceof LoadError)) throw error;
  return { ...trial, reason: reasonOf(error, server) };
}

/** Failed until proven otherwise. */
export function blankTrial({ subject, condition, block, position, replaces }: TrialPlace): Trial {
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

export function reasonOf(failure: ServerFault | LoadError, server: Server | undefined): string {
  const output = failure instanceof ServerFault ? failure.output : (server?.output() ?? '');
  return output === '' ? failure.message : `${failure.message}; it last said: ${output}`;
}

async function measure(place: TrialPlace, tools: TrialTools, server: Server): Promise<Outcome> {
  const rssReady = readRss(server.pids);
  const { condition } = place;
  const { plan, client, limits } = tools;
  return withTraffic(condition, tools, server, plan.warmupMs, async (traffic) => {
    const { session, warmup, step } = traffic;
    const observation = await observeWindow({
      server,
      session,
      cpus: cpusOf(plan),
      sleepWindow: () => step(sleep(plan.windowMs, tools.signal)),
      step,
    });
    const tenths = tenthsBetween(session, observation.firstNs, observation.lastNs);
    const window = await step(clientCall(session.finish(), 'finish', limits));
    // A server that is to end would wait for the answers of an upstream that answers no more.
    if (tools.upstreamFd !== undefined) await session.abort();
    const stopFault = await stopServer(server, tools.signal);
    const { thresholds } = plan;
    const seen = { place, client, observation, window, rssReady, warmup, tenths, thresholds };
    return judge({ ...seen, stopFault });
  });
}

/** Every CPU of a trial, the server's and the client's. */
export function cpusOf({ placement }: Plan): number[] {
  return [...placement.serverCpus, ...placement.clientCpus];
}

const TENTHS = 10;

/**
 * Replies in each tenth of the time between two instants of CLOCK_MONOTONIC, ns: the stats lines,
 * which enclose the window closely.
 */
export function tenthsBetween(
  session: Pick<LoadSession, 'completedAt'>,
  startNs: number,
  endNs: number,
): readonly number[] | { readonly why: string } {
  const counts: number[] = [];
  for (let edge = 0; edge <= TENTHS; edge += 1) {
    const instant = BigInt(startNs) + (BigInt(endNs - startNs) * BigInt(edge)) / BigInt(TENTHS);
    const at = session.completedAt?.(instant);
    if (at === undefined) return { why: 'this client keeps no record of when replies came' };
    if (at === null) return { why: "the client's record of replies does not reach back so far" };
    counts.push(at.completed);
  }
  return counts.slice(1).map((count, i) => count - (counts[i] as number));
}

/**
 * Ends the server; a bad end does not undo the measurement, so it is returned and judged with the
 * rest.
 */
export async function stopServer(
  server: Server,
  signal: AbortSignal,
): Promise<ServerFault | undefined> {
  try {
    await unlessAborted(signal, server.stop());
    return undefined;
  } catch (error) {
    if (error instanceof ServerFault) return error;
    throw error;
  }
}
