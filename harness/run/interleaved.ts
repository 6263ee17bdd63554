/**
 * Interleaved trials: their servers live at the same time and are measured in turn.
 *
 *     start all -> for each slice: for each server, in mirrored order: connections -> warm-up ->
 *     window -> close -> end all
 *
 * A machine that is shared with others is a little faster or slower from one second to the next.
 * Trials that follow each other meet different moments of it; slices that follow each other within
 * a tenth of a second meet the same (docs/METHOD.md has the data). A server that waits for its turn
 * holds no connection.
 *
 * What the machine did is read once for all of them: its clocks tick 100 times a second, too
 * coarsely for a slice. A server that fails drops out; the others go on.
 */
import { cpuUse } from '../probe/cpu-share.js';
import { machineDeltas, readMachineState } from '../probe/machine-state.js';
import { type Rss, readPss, readRss, readThreads } from '../probe/proc.js';
import { readUsage, type UsageState } from '../probe/process.js';
import type { Reading } from '../probe/reading.js';
import type { Interleave, Measured, Plan, Trial } from '../results/schema.js';
import { lacksUsage, type Stats } from './control.js';
import { measuredPss, statsDeltas, usageEntries } from './deltas.js';
import { judge } from './judge.js';
import { leastWarmup, mergedServer, mergedWindow, type Part, sliceOf, sum } from './merge.js';
import type { Server } from './server.js';
import { clientCall, withTraffic } from './traffic.js';
import {
  blankTrial,
  cpusOf,
  failedTrial,
  startFor,
  stopServer,
  type TrialPlace,
  type TrialTools,
  withUpstream,
} from './trial.js';
import { sleep } from './wait.js';
import { oursUs, seeWindow, serverCpuUs } from './window.js';

/** A trial to be run, and with what. */
export interface Member {
  readonly place: TrialPlace;
  readonly tools: TrialTools;
}

/**
 * The trials of the members, in their order. Rejects with Interrupted alone (and on impossible
 * states).
 */
export async function runInterleaved(
  members: readonly Member[],
  interleave: Interleave,
): Promise<Trial[]> {
  return withTools(members, async (ready) => {
    const lives = ready.map((member) => new Life(member));
    try {
      for (const life of lives) await life.start();
      for (const life of lives) await life.begin();
      for (let slice = 0; slice < interleave.slices; slice += 1) {
        const isLast = slice === interleave.slices - 1;
        for (const life of slice % 2 === 0 ? lives : lives.toReversed()) {
          await life.slice(slice === 0 ? life.plan.warmupMs : interleave.warmupMs, isLast);
        }
      }
      for (const life of lives) await life.end();
      for (const life of lives) await life.stop();
      const usedUs = lives.map(({ usedUs: used }) => used);
      const serversUs = usedUs.some((us) => us === null) ? null : sum(usedUs as number[]);
      return lives.map((life) => life.trial(serversUs));
    } finally {
      for (const life of lives) await life.kill();
    }
  });
}

/** Every member with limits of its own, and an upstream where it takes one. */
function withTools<T>(
  [member, ...rest]: readonly Member[],
  body: (ready: readonly Member[]) => Promise<T>,
): Promise<T> {
  if (member === undefined) return body([]);
  const { place, tools } = member;
  return withUpstream(place.condition, tools, (own) =>
    withTools(rest, (others) => body([{ place, tools: own }, ...others])),
  );
}

interface Instant {
  readonly machine: ReturnType<typeof readMachineState>;
  readonly harness: NodeJS.CpuUsage;
  readonly stats: Stats;
  readonly usage?: UsageState;
}

/** What is read once, in the last slice, while connections are open. */
interface AtEnd {
  readonly rss: Reading<Rss>;
  readonly threads: Reading<readonly number[]>;
  readonly pss: Measured;
}

/** One server from its start to its end. */
class Life {
  readonly plan: Plan;
  readonly #place: TrialPlace;
  readonly #tools: TrialTools;
  readonly #blank: Trial;
  readonly #parts: Part[] = [];
  #server: Server | undefined;
  #rssReady: Reading<Rss> | undefined;
  #before: Instant | undefined;
  #after: Instant | undefined;
  #atEnd: AtEnd | undefined;
  #stopFault: Awaited<ReturnType<typeof stopServer>>;
  /** Set once it has failed: it takes no further part. */
  #failed: Trial | undefined;

  constructor({ place, tools }: Member) {
    this.plan = tools.plan;
    this.#place = place;
    this.#tools = tools;
    this.#blank = blankTrial(place);
  }

  start(): Promise<void> {
    return this.#unlessFailed(async () => {
      const server = await startFor(this.#place.condition, this.#tools);
      this.#server = server;
      this.#blank.pid = server.pid;
      this.#blank.port = server.ready.port;
      this.#rssReady = readRss(server.pids);
    });
  }

  /** To be called when all have started: starting takes CPU time that is no foreign program's. */
  begin(): Promise<void> {
    return this.#unlessFailed(async () => {
      this.#before = await instant(this.#running());
    });
  }

  slice(warmupMs: number, isLast: boolean): Promise<void> {
    return this.#unlessFailed(async () => {
      const { condition } = this.#place;
      const server = this.#running();
      const part = await withTraffic(condition, this.#tools, server, warmupMs, async (traffic) => {
        const { session, warmup, step } = traffic;
        const { plan, signal, limits } = this.#tools;
        const sleepWindow = () => step(sleep(plan.windowMs, signal));
        const seen = await seeWindow({ server, session, cpus: cpusOf(plan), sleepWindow, step });
        if (isLast) this.#atEnd = atEnd(server);
        const { errors } = session.snapshot();
        const window = await step(clientCall(session.pause(), 'pause', limits));
        return { seen, window, warmup, errors };
      });
      this.#parts.push(part);
    });
  }

  /** To be called before any is stopped. */
  end(): Promise<void> {
    return this.#unlessFailed(async () => {
      this.#after = await instant(this.#running());
    });
  }

  stop(): Promise<void> {
    return this.#unlessFailed(async () => {
      this.#stopFault = await stopServer(this.#running(), this.#tools.signal);
    });
  }

  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  /** CPU time of the server between begin and end; null when it is not known. */
  get usedUs(): number | null {
    if (this.#before === undefined || this.#after === undefined) return null;
    const [before, after] = [this.#before, this.#after];
    const told = { ...statsDeltas(before.stats, after.stats), ...usageEntries(before, after) };
    return serverCpuUs(told);
  }

  /** serversUs: of all servers that lived at the same time. */
  trial(serversUs: number | null): Trial {
    if (this.#failed !== undefined) return this.#failed;
    const [before, after, end] = [this.#before, this.#after, this.#atEnd];
    if (before === undefined || after === undefined || end === undefined) {
      throw new Error(`${this.#blank.id} has not been measured`);
    }
    const { plan, client } = this.#tools;
    const cpus = cpusOf(plan);
    const parts = this.#parts;
    const seen = parts.map((part) => part.seen);
    const machine = machineDeltas(before.machine, after.machine, cpus);
    const harnessUs =
      after.harness.user - before.harness.user + after.harness.system - before.harness.system;
    const outcome = judge({
      ...{ place: this.#place, client, thresholds: plan.thresholds },
      observation: {
        statsIntervalNs: sum(seen.map(({ firstNs, lastNs }) => lastNs - firstNs)),
        completedBetweenStats: sum(seen.map((one) => one.completedBetweenStats)),
        uncertain: sum(seen.map(({ uncertain }) => uncertain)),
        harnessUs: sum(seen.map((one) => one.harnessUs)),
        errorsSinceStart: sum(parts.map(({ errors }) => errors)),
        cpu: cpuUse(before.machine.ticks, after.machine.ticks, cpus),
        oursUs: oursUs(serversUs, harnessUs, machine),
        ...{ rss: end.rss, threads: end.threads, machine },
        server: { pss_bytes: end.pss, ...mergedServer(seen.map(({ server }) => server)) },
      },
      window: mergedWindow(parts.map(({ window }) => window)),
      rssReady: this.#rssReady ?? { ok: false, why: 'the server had not started' },
      warmup: leastWarmup(parts.map(({ warmup }) => warmup)),
      tenths: { why: 'traffic begins anew in every slice' },
      slices: parts.map(sliceOf),
      stopFault: this.#stopFault,
    });
    return { ...this.#blank, ...outcome };
  }

  #running(): Server {
    if (this.#server === undefined) throw new Error(`${this.#blank.id} has not been started`);
    return this.#server;
  }

  async #unlessFailed(step: () => Promise<void>): Promise<void> {
    if (this.#failed !== undefined) return;
    try {
      await step();
    } catch (error) {
      this.#failed = failedTrial(this.#blank, error, this.#server);
      await this.kill();
    }
  }
}

async function instant(server: Server): Promise<Instant> {
  const stats = await server.stats();
  return {
    ...{ stats, machine: readMachineState(server.pid), harness: process.cpuUsage() },
    ...(lacksUsage(stats) ? { usage: readUsage(server.pids) } : {}),
  };
}

function atEnd(server: Server): AtEnd {
  return {
    rss: readRss(server.pids),
    threads: readThreads(server.pids),
    pss: measuredPss(readPss(server.pids)),
  };
}
