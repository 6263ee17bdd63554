/**
 * A life: one server process in one block, from its start to its end.
 *
 *     start -> open (connections made, the server holds them) -> begin
 *       -> slice, slice, … (traffic, warm-up, window, traffic until all is answered, parked)
 *     -> end -> stop -> trial
 *
 * A failure on the way is in the trial as `failed`, with a reason and the server's last output;
 * then the process is gone and the later steps do nothing. Several lives may exist at a time
 * (block.ts). Between slices no traffic flows, so that what is read at `begin` and `end` belongs to
 * the slices alone.
 */
import { closeSync } from 'node:fs';
import { addon } from '../load/addon.js';
import { type LoadClient, LoadError, type LoadSession } from '../load/client.js';
import { given } from '../optional.js';
import type { PerfEvent } from '../probe/native.js';
import { readAllowedCpus, readPss, readRss, readThreads } from '../probe/proc.js';
import { type ProcessState, readProcessState } from '../probe/process.js';
import { readTreeCpuUs } from '../probe/process-tree.js';
import type { Condition, Plan, Slicing, Trial } from '../results/schema.js';
import type { Built } from '../server/built.js';
import { lacksUsage, type Stats } from '../server/control.js';
import { ServerFault } from '../server/fault.js';
import type { Server } from '../server/server.js';
import { startServer } from '../server/start.js';
import { sleep, unlessAborted } from '../server/wait.js';
import type { Bench } from './bench.js';
import { measuredPss } from './deltas.js';
import { modeOf, needsUpstream, upstreamArgs } from './exchange.js';
import { limitsFor, type RunLimits } from './limits.js';
import type { Part } from './merge.js';
import type { Place } from './place.js';
import { processEntries } from './process-entries.js';
import type { Span } from './span.js';
import { clientCall, firstError, loadOf, untilAccepted, warmUp } from './traffic.js';
import { type AtEnd, outcomeOf } from './trial.js';
import { usageFault } from './usage.js';
import { seeWindow, tenthsBetween } from './window.js';

export interface LifeTools extends Bench {
  readonly built: Built;
  /** The subject's own flags. */
  readonly args: readonly string[];
  /** What is counted of the server; absent: nothing. */
  readonly events?: readonly PerfEvent[];
}

/** Which slice of a life, and how long. */
export interface Visit {
  readonly round: number;
  readonly leg: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

interface Instant {
  readonly stats: Stats;
  readonly treeCpuUs: ReturnType<typeof readTreeCpuUs>;
  readonly process: ProcessState;
}

export class Life {
  readonly #place: Place;
  readonly #tools: LifeTools;
  readonly #slicing: Slicing;
  readonly #limits: RunLimits;
  readonly #blank: Trial;
  readonly #parts: Part[] = [];
  #server: Server | undefined;
  #opening: Promise<LoadSession> | undefined;
  #session: LoadSession | undefined;
  /** The listening socket of the upstream that the client plays. */
  #upstreamFd: number | undefined;
  #atEnd: Partial<AtEnd> = {};
  #before: Instant | undefined;
  #after: Instant | undefined;
  #stopFault: ServerFault | undefined;
  /** Set once it has failed: it takes no further part. */
  #failed: Trial | undefined;

  constructor(place: Place, tools: LifeTools, slicing: Slicing) {
    this.#place = place;
    this.#tools = tools;
    this.#slicing = slicing;
    this.#limits = limitsFor(place.condition, tools.limits);
    this.#blank = blankTrial(place);
  }

  get subject(): string {
    return this.#place.subject;
  }

  start(): Promise<void> {
    return this.#unlessFailed(async () => {
      const { condition } = this.#place;
      const { built, plan, network, events, signal } = this.#tools;
      const args = [...this.#tools.args, ...this.#upstream(condition)];
      const cpus = plan.placement.serverCpus;
      const launch = { cpus, mode: modeOf(condition), args, network, events };
      const server = await startServer(built, launch, this.#limits, signal);
      this.#server = server;
      this.#blank.pid = server.pid;
      this.#blank.port = server.ready.port;
      this.#atEnd = { rssReady: readRss(server.pids) };
    });
  }

  /** Opens the upstream's port, which the server needs before there is a client to answer there. */
  #upstream(condition: Condition): string[] {
    if (!needsUpstream(condition)) return [];
    const { fd, port } = addon().listenOnLoopback();
    this.#upstreamFd = fd;
    return upstreamArgs(port);
  }

  open(): Promise<void> {
    return this.#unlessFailed(async () => {
      const { condition, block } = this.#place;
      const server = this.#running();
      const { subject } = this.#place;
      const place = { subject, condition, block, server, upstreamFd: this.#upstreamFd };
      this.#opening = this.#tools.client.open(
        loadOf(place, this.#tools, this.#limits, this.#slicing),
      );
      const session = await this.#step(clientCall(this.#opening, 'connect', this.#limits));
      this.#session = session;
      const kept = modeOf(condition) === 'greeting' ? 0 : session.snapshot().connectionsOpen;
      await this.#step(untilAccepted(kept, server, this.#limits, this.#tools.signal));
    });
  }

  /** Call when all have started, or the CPU time of starting counts as another program's. */
  begin(): Promise<void> {
    return this.#unlessFailed(async () => {
      this.#before = await this.#instant();
    });
  }

  slice(visit: Visit): Promise<void> {
    return this.#unlessFailed(async () => {
      const server = this.#running();
      const session = this.#opened();
      const { signal, plan } = this.#tools;
      const step = <T>(promise: Promise<T>) => this.#step(promise);
      session.start();
      const warmup = await this.#warmUp(visit, server, session);
      const sleepWindow = () => step(sleep(this.#slicing.windowMs, signal));
      const seen = await seeWindow({ server, session, sleepWindow, step });
      if (visit.isLast) this.#atEnd = { ...this.#atEnd, ...memoryOf(server) };
      // Read before the pause, after which a client may have ended its record.
      const tenths = tenthsBetween(session, seen.firstNs, seen.lastNs);
      const window = await step(clientCall(session.pause(), 'pause', this.#limits));
      const { errors, completed: completedInAll } = session.snapshot();
      const { round, leg } = visit;
      this.#parts.push({ round, leg, seen, window, warmup, errors, completedInAll, tenths });
      const strayed = strayedFrom(server, plan);
      if (strayed !== null) throw server.fault('contract', strayed);
    });
  }

  async #warmUp({ isFirst }: Visit, server: Server, session: LoadSession) {
    const { condition } = this.#place;
    const { signal } = this.#tools;
    const { firstWarmupMs, warmupMs } = this.#slicing;
    const ms = isFirst ? firstWarmupMs : warmupMs;
    const warmup = await warmUp({ condition, server, session, signal }, ms, isFirst, this.#limits);
    if (warmup.errors === 0) return warmup;
    const first = await firstError(session, this.#limits);
    const text = `failed ${warmup.errors} requests in the warm-up; first: ${first}`;
    throw server.fault('wrong-answer', text);
  }

  /** Call before any is stopped. */
  end(): Promise<void> {
    return this.#unlessFailed(async () => {
      const [before, after] = [this.#before, await this.#instant()];
      this.#after = after;
      if (before === undefined || lacksUsage(after.stats)) return;
      const wrong = usageFault(before, after);
      if (wrong !== null) throw this.#running().fault('contract', wrong);
    });
  }

  /** A bad end does not discard the measurement: the checks judge it with the rest. */
  stop(): Promise<void> {
    return this.#unlessFailed(async () => {
      await this.#session?.close();
      try {
        await unlessAborted(this.#tools.signal, this.#running().stop());
      } catch (error) {
        if (!(error instanceof ServerFault)) throw error;
        this.#stopFault = error;
      }
    });
  }

  /** Ends all of it, in any state. */
  async kill(): Promise<void> {
    // The server goes first, so that a connect in progress ends too.
    await this.#server?.kill();
    await this.#endSession();
    if (this.#upstreamFd !== undefined) closeSync(this.#upstreamFd);
    this.#upstreamFd = undefined;
  }

  async #endSession(): Promise<void> {
    // Its failure is the reason of the trial, or came after it.
    const opened = this.#opening?.catch((error: unknown) => {
      if (error instanceof LoadError) return undefined;
      throw error;
    });
    if (opened === undefined) return;
    const session = await clientCall(opened, 'give up connecting', this.#limits);
    await session?.close();
  }

  /** span: what the machine did while the lives of the block were measured. */
  trial(span: Span): Trial {
    if (this.#failed !== undefined) return this.#failed;
    const [before, after] = [this.#before, this.#after];
    const { rssReady, rss, threads, pss } = this.#atEnd;
    if (!before || !after || !rssReady || !rss || !threads || !pss) {
      throw new Error(`${this.#blank.id} has not been measured`);
    }
    const { plan, client } = this.#tools;
    const outcome = outcomeOf({
      place: this.#place,
      client,
      thresholds: plan.thresholds,
      parts: this.#parts,
      atEnd: { rssReady, rss, threads, pss },
      process: processEntries(before, after, this.#parts),
      span,
      stopFault: this.#stopFault,
    });
    return { ...this.#blank, ...outcome };
  }

  async #instant(): Promise<Instant> {
    const server = this.#running();
    const stats = await this.#step(server.stats());
    const process = readProcessState(server.pids);
    return { stats, treeCpuUs: readTreeCpuUs(server.pid), process };
  }

  #running(): Server {
    if (this.#server === undefined) throw new Error(`${this.#blank.id} has not been started`);
    return this.#server;
  }

  #opened(): LoadSession {
    if (this.#session === undefined) throw new Error(`${this.#blank.id} has no connections`);
    return this.#session;
  }

  /** Waits for something; rejects when the server dies or the run is interrupted. */
  #step<T>(promise: Promise<T>): Promise<T> {
    return unlessAborted(this.#tools.signal, this.#running().guard(promise));
  }

  async #unlessFailed(step: () => Promise<void>): Promise<void> {
    if (this.#failed !== undefined) return;
    try {
      await step();
    } catch (error) {
      const root = this.#server === undefined ? error : await this.#server.rootOf(error);
      this.#failed = failedTrial(this.#blank, root, this.#server);
      await this.kill();
    }
  }
}

/** Of one instant in the last slice, while traffic flows and connections are open. */
function memoryOf(server: Server): Omit<AtEnd, 'rssReady'> {
  return {
    rss: readRss(server.pids),
    threads: readThreads(server.pids),
    pss: measuredPss(readPss(server.pids)),
  };
}

/** Text of a server that gave itself other CPUs than it was started on; null: it stays there. */
function strayedFrom(server: Server, { placement }: Plan): string | null {
  const allowed = readAllowedCpus(server.pid, THREADS_LOOKED_AT);
  if (!allowed.ok) return null;
  const others = allowed.value.filter((cpu) => !placement.serverCpus.includes(cpu));
  if (others.length === 0) return null;
  return `gave itself CPU ${others.join(', ')}: it was started on CPU ${placement.serverCpus.join(', ')}`;
}

/** Thousands of threads at most: some us each, between slices. */
const THREADS_LOOKED_AT = 16;

/** The trial with the reason of its failure. Throws what is no failure of server or client. */
function failedTrial(trial: Trial, error: unknown, server: Server | undefined): Trial {
  if (!(error instanceof ServerFault || error instanceof LoadError)) throw error;
  return { ...trial, reason: reasonOf(error, server) };
}

function reasonOf(failure: ServerFault | LoadError, server: Server | undefined): string {
  const output = failure instanceof ServerFault ? failure.output : (server?.output() ?? '');
  return output === '' ? failure.message : `${failure.message}; it last said: ${output}`;
}

/** Failed until proven otherwise. */
function blankTrial({ subject, condition, block, position, replaces }: Place): Trial {
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
    ...given({ replaces }),
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

/** A client that cannot continue after a window makes lives of one slice only. */
export function requireResuming({ resumes, kind }: LoadClient, { rounds }: Slicing): void {
  if (resumes || rounds === 1) return;
  throw new Error(`${kind} cannot park its connections between ${rounds} slices`);
}
