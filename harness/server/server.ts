/**
 * A server process under test, spoken to as docs/PROTOCOL.md says. It cannot outlive this process:
 * its stdin ends with it.
 *
 * states: starting --ready line--> ready --stop--> stopping --exit 0 after a final stats line-->
 * gone. From any state: an unrequested end, a wrong line or silence is a ServerFault; kill leads to
 * gone.
 */
import { serverEnvironment } from '../build-environment.js';
import { LoadError } from '../load/client.js';
import type { PerfCounters, PerfReadings } from '../probe/perf.js';
import { processTree } from '../probe/process-tree.js';
import { inShell } from '../shell.js';
import type { Setup } from './built.js';
import { parseReady, parseStats, type Ready, type Stats } from './control.js';
import { attach, GATE } from './counters.js';
import { type FaultKind, ServerFault } from './fault.js';
import { endAll, holdersOf, listeners } from './left-behind.js';
import { quote } from './lines.js';
import { fillPlace, type Place, untilAccepting } from './outside.js';
import {
  cannotRun,
  describeExit,
  describeLeft,
  type Exit,
  launch,
  type Process,
} from './process.js';
import { inTime, until, within } from './wait.js';

/** A process that is ending, and so broke its sockets, has ended after this time. */
const DEATH_LIMIT_MS = 500;

/** The counters of a stats line. */
export type Counts = Readonly<Record<string, number>>;

export class Server {
  readonly #setup: Setup;
  readonly #process: Process;
  readonly #counters: PerfCounters | undefined;
  readonly #death: Promise<never>;
  #ready: Ready | undefined;
  /** Inodes of the sockets that it listened on when it was ready. */
  #listening: readonly number[] = [];

  /** Starts the process and waits for nothing. */
  constructor(setup: Setup) {
    const { program, command, events = [] } = setup;
    this.#setup = setup;
    this.#process = launch({
      command: events.length > 0 ? [...GATE, ...command] : command,
      workdir: program.workdir,
      env: serverEnvironment(),
    });
    this.#counters = attach(events, this.#process);
    this.#death = this.#process.exited.then((exit) => {
      throw this.fault('died', `ended with ${describeExit(exit)} while it was measured`);
    });
    // A death while no call waits shows in the next call, not as an unhandled rejection.
    this.#death.catch(() => {});
  }

  /**
   * Waits until it listens. Rejects with ServerFault `start`, `cannot-run`, `garbage-ready` or
   * `ready-timeout`.
   */
  async untilReady(): Promise<void> {
    const { place, limits } = this.#setup;
    if (place !== undefined) {
      this.#ready = await this.#untilAccepted(place);
      this.#listening = listeners(place.port);
      return;
    }
    const line = await this.#nextLine(limits.readyMs, {
      late: () => this.fault('ready-timeout', `printed no ready line within ${limits.readyMs} ms`),
      ended: (exit) => this.#startFault(exit),
    });
    const ready = parseReady(line);
    if (!ready.ok) {
      const message = `printed ${quote(line)} where a ready line was expected (${ready.why})`;
      throw this.fault('garbage-ready', message);
    }
    this.#ready = ready.value;
    this.#listening = listeners(ready.value.port);
  }

  /** What it said of itself when it was ready. */
  get ready(): Ready {
    if (this.#ready === undefined) throw new Error('the server is not ready yet');
    return this.#ready;
  }

  get port(): number {
    return this.ready.port;
  }

  /** The process that answers, as the server itself says. */
  get pid(): number {
    return this.ready.pid;
  }

  /** The process that was started; 0 when none could be. */
  get launchedPid(): number {
    return this.#process.pid ?? 0;
  }

  /** Every process that answers: of a server without control, all that it started. */
  get pids(): readonly number[] {
    return this.#setup.place === undefined ? [this.pid] : processTree(this.pid);
  }

  /** Every line of its stdout so far. */
  get lines(): readonly string[] {
    return this.#process.lines.all();
  }

  /** The last lines of its stderr. */
  output(): string {
    return this.#process.output();
  }

  /** The kernel's counters now; undefined unless it was started under them. */
  counters(): PerfReadings | undefined {
    return this.#counters?.read();
  }

  /**
   * Waits for something that needs the server alive: rejects with ServerFault `died` as soon as it
   * ends.
   */
  guard<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#death]);
  }

  /** How it ended, if it has or is about to; undefined: it lives. */
  async ending(): Promise<string | undefined> {
    const end = await within(this.#process.exited, DEATH_LIMIT_MS);
    return end.late ? undefined : describeExit(end.value);
  }

  /**
   * The root of a failure: a broken connection is often the first sign of a death, so ServerFault
   * `died` when the server has ended or is about to, else the failure itself. Call before the
   * server is killed.
   */
  async rootOf(failure: unknown): Promise<unknown> {
    const broken = failure instanceof ServerFault && failure.kind === 'wrong-answer';
    if (!broken && !(failure instanceof LoadError)) return failure;
    const how = await this.ending();
    if (how === undefined) return failure;
    return this.fault('died', `ended with ${how} while it was measured`);
  }

  write(text: string): void {
    this.#process.write(text);
  }

  endStdin(): void {
    this.#process.endInput();
  }

  /** Closes every pipe to it, as the kernel does when this process is killed. */
  abandon(): void {
    this.#process.abandon();
  }

  signal(name: NodeJS.Signals): void {
    this.#process.signal(name);
  }

  /** Counters at this instant. Rejects with ServerFault `stats` or `died`. One call at a time. */
  async stats(): Promise<Stats> {
    if (this.#setup.place !== undefined) return statsOutside();
    this.write('stats\n');
    return this.nextStats();
  }

  /** The next stats line, which answers the next `stats` that was written. */
  async nextStats(): Promise<Stats> {
    const { answerMs } = this.#setup.limits;
    const line = await this.#nextLine(answerMs, {
      late: () => this.fault('stats', `did not answer \`stats\` within ${answerMs} ms`),
      ended: (exit) =>
        this.fault('died', `ended with ${describeExit(exit)} when it was asked for stats`),
    });
    const stats = parseStats(line);
    if (stats.ok && stats.value.final !== true) return stats.value;
    const why = stats.ok ? 'a final line before SIGTERM' : stats.why;
    throw this.fault('stats', `answered \`stats\` with ${quote(line)} (${why})`);
  }

  /** What a stats line says in numbers. */
  async counts(): Promise<Counts> {
    const stats = Object.entries(await this.stats());
    return Object.fromEntries(
      stats.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    );
  }

  /** Asks for counts until they satisfy a condition. */
  async countsWhere(condition: (counts: Counts) => boolean, what: string): Promise<Counts> {
    let counts: Counts = {};
    return until(
      async () => {
        counts = await this.counts();
        return condition(counts) ? counts : undefined;
      },
      () => `${what}; last stats: ${JSON.stringify(counts)}`,
    );
  }

  /**
   * Waits until the server has read so many bytes in its life. Does not wait for servers that do
   * not count them.
   */
  async hasRead(bytes: number): Promise<void> {
    await this.countsWhere((s) => (s.bytes_read ?? bytes) >= bytes, `${bytes} bytes read`);
  }

  /** Asks it to end: SIGTERM, or the variant's own command. */
  askToStop(): void {
    const { place, program } = this.#setup;
    const { pid } = this.#process;
    if (place === undefined || program.stop === undefined || pid === undefined) {
      this.signal('SIGTERM');
      return;
    }
    const command = fillPlace(program.stop, { ...place, pid });
    launch({ command, workdir: program.workdir, env: serverEnvironment() });
  }

  /** Waits for its end. Rejects when that does not come within the limit of a stop. */
  exit(): Promise<Exit> {
    const said = () => (this.output() === '' ? '' : `; stderr: ${this.output()}`);
    const what = () => `the end of process ${this.launchedPid}${said()}`;
    return inTime(this.#process.exited, what, this.#setup.limits.stopMs);
  }

  /**
   * SIGTERM, and the last counters. Rejects with ServerFault `stop`; the server is gone in any
   * case.
   */
  async stop(): Promise<Stats> {
    const { limits, place } = this.#setup;
    this.askToStop();
    const end = await within(this.#process.exited, limits.stopMs);
    if (end.late) {
      await this.kill();
      const message = `did not end within ${limits.stopMs} ms of SIGTERM and was killed`;
      throw this.fault('stop', message);
    }
    if (end.value.left !== undefined) throw this.fault('stop', describeLeft(end.value.left));
    const holders = this.#freePort();
    if (holders.length > 0) {
      const message = `left its port ${this.port} open in process ${holders.join(', ')}, which was ended`;
      throw this.fault('stop', message);
    }
    if (place !== undefined) return statsOutside();
    if (end.value.code !== 0) {
      throw this.fault('stop', `ended with ${describeExit(end.value)} after SIGTERM, not with 0`);
    }
    return this.#lastStats();
  }

  /** Ends the server and its whole group at once. */
  async kill(): Promise<void> {
    await this.#process.kill();
    this.#freePort();
  }

  /** Ends the processes that hold a socket that this server listened on. */
  #freePort(): number[] {
    if (this.#listening.length === 0) return [];
    const still = new Set(listeners(this.port));
    // What listens no more will not listen again: a kill after a stop has nothing to look for.
    this.#listening = this.#listening.filter((inode) => still.has(inode));
    return endAll(() => holdersOf(this.#listening));
  }

  /** A fault of this server, with how to start it by hand and its last output. */
  fault(kind: FaultKind, message: string): ServerFault {
    const { program, command, byHand = command } = this.#setup;
    return new ServerFault(
      kind,
      `${program.variant.name} ${message}`,
      `start it by hand: cd ${inShell([program.workdir])} && ${inShell(byHand)}`,
      this.#process.output,
    );
  }

  /** A successful connect replaces the ready line. */
  async #untilAccepted(place: Place): Promise<Ready> {
    const { limits, program } = this.#setup;
    let exit: Exit | undefined;
    void this.#process.exited.then((ended) => {
      exit = ended;
    });
    const isOver = new AbortController();
    const hasEnded = () => exit !== undefined || isOver.signal.aborted;
    const accepting = await within(untilAccepting(place, hasEnded), limits.readyMs);
    isOver.abort();
    if (exit !== undefined) throw this.#startFault(exit);
    if (accepting.late) {
      const where = `${place.host}:${place.port}`;
      throw this.fault('ready-timeout', `did not listen on ${where} in ${limits.readyMs} ms`);
    }
    const { name } = program.variant;
    return { event: 'ready', port: place.port, pid: this.launchedPid, variant: name };
  }

  #startFault(exit: Exit): ServerFault {
    const why = cannotRun(exit, this.output());
    if (why !== null) return this.fault('cannot-run', `cannot run here: ${why}`);
    const { failure } = exit;
    if (failure !== undefined) return this.fault('start', `could not be started: ${failure}`);
    return this.fault('start', `ended with ${describeExit(exit)} before it was ready`);
  }

  /** The next line of stdout. A line that came before the end of the process still counts. */
  async #nextLine(limitMs: number, { late, ended }: NoLine): Promise<string> {
    const { lines, exited } = this.#process;
    const filled = lines.filled().then(() => undefined);
    const outcome = await within(Promise.race([filled, exited]), limitMs);
    const line = lines.take();
    if (line !== undefined) return line;
    if (outcome.late || outcome.value === undefined) throw late();
    throw ended(outcome.value);
  }

  /** The final stats line of a server that has ended: it is the last of its lines. */
  #lastStats(): Stats {
    const { lines } = this.#process;
    let last: string | undefined;
    for (let line = lines.take(); line !== undefined; line = lines.take()) last = line;
    const stats = last === undefined ? undefined : parseStats(last);
    if (stats?.ok && stats.value.final === true) return stats.value;
    const said = last === undefined ? 'nothing' : quote(last);
    throw this.fault('stop', `printed ${said} where its last stats line was expected`);
  }
}

interface NoLine {
  readonly late: () => ServerFault;
  readonly ended: (exit: Exit) => ServerFault;
}

/** A server without control says nothing: the instant is all that its line has. */
function statsOutside(): Stats {
  return { event: 'stats', monotonic_ns: Number(process.hrtime.bigint()) };
}
