/**
 * A running server under test, spoken to as docs/PROTOCOL.md says.
 *
 * states: starting --ready line--> ready --stop--> stopping --exit 0 after a final stats line-->
 * gone. From any state: an end that nobody asked for, a wrong line or silence is a ServerFault;
 * kill leads to gone.
 */
import { LoadError } from '../load/client.js';
import { inNetns } from '../load/netns.js';
import { hasControl } from '../plan/variant.js';
import { formatCpuList } from '../probe/cpus.js';
import type { PerfEvent } from '../probe/native.js';
import { openCounters, type PerfCounters, type PerfReadings } from '../probe/perf.js';
import { processTree } from '../probe/process-tree.js';
import { searchPath } from '../programs.js';
import { inShell } from '../shell.js';
import type { Built } from './built.js';
import { parseReady, parseStats, type Ready, type Stats } from './control.js';
import { type FaultKind, ServerFault } from './fault.js';
import type { RunLimits } from './limits.js';
import { LOOPBACK, type Network } from './network.js';
import { fillPlace, freePort, outsideCommand, type Place, untilAccepting } from './outside.js';
import { cannotRun, describeExit, type Exit, launch, type Program } from './program.js';
import { unlessAborted, within } from './wait.js';

/** A process whose sockets broke because it is ending has ended by then. */
const DEATH_LIMIT_MS = 500;

export class Server {
  readonly ready: Ready;
  readonly #context: Context;
  readonly #death: Promise<never>;

  constructor(context: Context, ready: Ready) {
    this.ready = ready;
    this.#context = context;
    this.#death = context.program.exited.then((exit) => {
      throw fault(context, 'died', `ended with ${describeExit(exit)} while it was measured`);
    });
    // A death that nobody is waiting on is told by the next call, not by an unhandled rejection.
    this.#death.catch(() => {});
  }

  /** The process that answers, as the server itself says. */
  get pid(): number {
    return this.ready.pid;
  }

  /** Every process that answers: of a server without control, all that it started. */
  get pids(): readonly number[] {
    return this.#context.place === undefined ? [this.pid] : processTree(this.pid);
  }

  /** The kernel's counters now; undefined unless it was started under them. */
  counters(): PerfReadings | undefined {
    return this.#context.counters?.read();
  }

  /** The last lines of its stderr. */
  output(): string {
    return this.#context.program.output();
  }

  /**
   * Waits for something that needs the server alive: rejects with ServerFault `died` as soon as it
   * ends.
   */
  guard<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#death]);
  }

  /**
   * The root of a failure: a broken connection is often the first sign of a death, so ServerFault
   * `died` when the server has ended or is about to, else the failure itself. To be asked before
   * the server is killed.
   */
  async rootOf(failure: unknown): Promise<unknown> {
    const broken = failure instanceof ServerFault && failure.kind === 'wrong-answer';
    if (!broken && !(failure instanceof LoadError)) return failure;
    const end = await within(
      this.#death.catch((death: unknown) => death),
      DEATH_LIMIT_MS,
    );
    return end.late ? failure : end.value;
  }

  /** Counters at this instant. Rejects with ServerFault `stats` or `died`. One call at a time. */
  async stats(): Promise<Stats> {
    if (this.#context.place !== undefined) return statsOutside();
    this.#context.program.write('stats\n');
    const limitMs = this.#context.limits.answerMs;
    const line = await nextLine(this.#context, limitMs, {
      late: (context) => fault(context, 'stats', `did not answer \`stats\` within ${limitMs} ms`),
      ended: (context, exit) =>
        fault(context, 'died', `ended with ${describeExit(exit)} when it was asked for stats`),
    });
    const stats = parseStats(line);
    if (stats.ok && stats.value.final !== true) return stats.value;
    const why = stats.ok ? 'a final line before SIGTERM' : stats.why;
    throw fault(this.#context, 'stats', `answered \`stats\` with ${quote(line)} (${why})`);
  }

  /**
   * SIGTERM, and the last counters. Rejects with ServerFault `stop`; the server is gone in any
   * case.
   */
  async stop(): Promise<Stats> {
    const context = this.#context;
    const { program, limits } = context;
    askToStop(context);
    const end = await within(program.exited, limits.stopMs);
    if (end.late) {
      await program.kill();
      throw fault(
        context,
        'stop',
        `did not end within ${limits.stopMs} ms of SIGTERM and was killed`,
      );
    }
    if (context.place !== undefined) return statsOutside();
    if (end.value.code !== 0) {
      throw fault(
        context,
        'stop',
        `ended with ${describeExit(end.value)} after SIGTERM, not with 0`,
      );
    }
    return lastStats(context);
  }

  /** Ends the server and its whole group at once. */
  async kill(): Promise<void> {
    await this.#context.program.kill();
  }

  /** A fault of this server, found by someone else, with its last output. */
  fault(kind: FaultKind, message: string): ServerFault {
    return fault(this.#context, kind, message);
  }
}

interface Context {
  readonly name: string;
  readonly program: Program;
  readonly limits: RunLimits;
  /** How a person starts the same server. */
  readonly byHand: string;
  /** Of the process that was started, and of all that it starts; closed when it has ended. */
  readonly counters?: PerfCounters;
  /** Where a server without control listens; absent: it says so itself. */
  readonly place?: Place;
  readonly stop?: Built['stop'];
  readonly workdir: string;
}

/** A server without control says nothing: the instant is all that its line has. */
function statsOutside(): Stats {
  return { event: 'stats', monotonic_ns: Number(process.hrtime.bigint()) };
}

function askToStop({ program, place, stop, workdir }: Context): void {
  const { pid } = program;
  if (place === undefined || stop === undefined || pid === undefined) {
    program.signal('SIGTERM');
    return;
  }
  launch({ command: fillPlace(stop, { ...place, pid }), workdir, env: { PATH: searchPath() } });
}

export interface Launch {
  readonly cpus: readonly number[];
  readonly mode: 'http' | 'greeting';
  /** The subject's own flags. */
  readonly args: readonly string[];
  /** Where it listens; absent: loopback. */
  readonly network?: Network | undefined;
  /** What is counted of it and of all that it starts, from its first instruction on; none: nothing. */
  readonly events?: readonly PerfEvent[] | undefined;
}

/**
 * Waits for a line, then becomes the server in the same process: counters that are opened on it
 * meanwhile see every thread. A shell reads no further than the line, so that the rest of stdin is
 * the server's.
 */
const GATE = ['/bin/sh', '-c', 'read -r _ && exec "$0" "$@"'];

/** Opens the counters on a program behind the gate, and opens the gate. */
function attach(events: readonly PerfEvent[], program: Program): Pick<Context, 'counters'> {
  // What could not be started tells so by its exit.
  if (program.pid === undefined || events.length === 0) return {};
  const options = { inherit: true, enableOnExec: true };
  const counters = openCounters(program.pid, options, events);
  void program.exited.then(() => counters.close());
  program.write('\n');
  return { counters };
}

/**
 * Starts a server pinned to `cpus` and waits until it listens. Rejects with ServerFault `start`,
 * `garbage-ready` or `ready-timeout`, or Interrupted; then nothing is left of it.
 */
export async function startServer(
  built: Built,
  { cpus, mode, args, network = LOOPBACK, events = [] }: Launch,
  limits: RunLimits,
  signal: AbortSignal,
): Promise<Server> {
  const place = await placeOf(built, cpus, network);
  const commandFor = (host: string) => [...programOf(built, host, cpus, mode, place), ...args];
  const command = inNetns(network.serverNetns, commandFor(network.serverHost));
  const { workdir, env, stop } = built;
  const program = launch({
    command: events.length > 0 ? [...GATE, ...command] : command,
    workdir,
    env,
  });
  // A namespace is gone when a person reads this.
  const byHand = `cd ${inShell([workdir])} && ${inShell(commandFor(LOOPBACK.serverHost))}`;
  try {
    const counters = attach(events, program);
    const outside = place === undefined ? {} : { place, ...(stop === undefined ? {} : { stop }) };
    const name = built.variant.name;
    const context = { name, program, limits, byHand, workdir, ...counters, ...outside };
    return new Server(context, await unlessAborted(signal, untilReady(context)));
  } catch (error) {
    await program.kill();
    throw error;
  }
}

/** Program and flags of docs/PROTOCOL.md, section 1; without control, what variant.json says. */
function programOf(
  { command, variant }: Built,
  host: string,
  cpus: readonly number[],
  mode: Launch['mode'],
  place: Place | undefined,
): string[] {
  if (place !== undefined) return outsideCommand(command, place);
  // Servers that know no modes need not know the flag.
  const moded = mode === 'http' ? [] : ['--mode', mode];
  // Native servers refuse an address that others might reach; in a namespace of ours is nobody.
  const isRemote = 'native' in variant.launch && host !== LOOPBACK.serverHost;
  const remote = isRemote ? ['--allow-remote'] : [];
  return [...command, '--listen', `${host}:0`, ...remote, '--cpus', formatCpuList(cpus), ...moded];
}

/** Where a server without control is to listen; undefined for any other. */
async function placeOf(
  { variant }: Built,
  cpus: readonly number[],
  { serverHost: host, serverNetns }: Network,
): Promise<Place | undefined> {
  if (hasControl(variant)) return undefined;
  if (serverNetns === undefined) return { host, port: await freePort(host), cpus };
  const why = 'without control nobody can tell when it listens in another network namespace';
  throw new ServerFault(
    'cannot-run',
    `${variant.name} cannot be measured so: ${why}`,
    'leave out --net veth',
    () => '',
  );
}

async function untilReady(context: Context): Promise<Ready> {
  if (context.place !== undefined) return untilAccepted(context, context.place);
  const limitMs = context.limits.readyMs;
  const line = await nextLine(context, limitMs, {
    late: () => fault(context, 'ready-timeout', `printed no ready line within ${limitMs} ms`),
    ended: (_, exit) => startFault(context, exit),
  });
  const ready = parseReady(line);
  if (ready.ok) return ready.value;
  const message = `printed ${quote(line)} where a ready line was expected (${ready.why})`;
  throw fault(context, 'garbage-ready', message);
}

/** A successful connect stands in for the ready line. */
async function untilAccepted(context: Context, place: Place): Promise<Ready> {
  const { program, limits, name } = context;
  let exit: Exit | undefined;
  void program.exited.then((ended) => {
    exit = ended;
  });
  const isOver = new AbortController();
  const hasEnded = () => exit !== undefined || isOver.signal.aborted;
  const accepting = await within(untilAccepting(place, hasEnded), limits.readyMs);
  isOver.abort();
  if (exit !== undefined) throw startFault(context, exit);
  if (accepting.late) {
    const where = `${place.host}:${place.port}`;
    throw fault(context, 'ready-timeout', `did not listen on ${where} in ${limits.readyMs} ms`);
  }
  return { event: 'ready', port: place.port, pid: program.pid ?? 0, variant: name };
}

function startFault(context: Context, exit: Exit): ServerFault {
  const why = cannotRun(exit, context.program.output());
  return why === null
    ? fault(context, 'start', startFailure(exit))
    : fault(context, 'cannot-run', `cannot run here: ${why}`);
}

function startFailure(exit: Exit): string {
  if (exit.failure !== undefined) return `could not be started: ${exit.failure}`;
  return `ended with ${describeExit(exit)} before it was ready`;
}

interface NoLine {
  readonly late: (context: Context) => ServerFault;
  readonly ended: (context: Context, exit: Exit) => ServerFault;
}

/** The next line of stdout. A line that came before the end of the process still counts. */
async function nextLine(context: Context, limitMs: number, noLine: NoLine): Promise<string> {
  const { lines, exited } = context.program;
  const filled = lines.filled().then(() => undefined);
  const outcome = await within(Promise.race([filled, exited]), limitMs);
  const line = lines.take();
  if (line !== undefined) return line;
  if (outcome.late || outcome.value === undefined) throw noLine.late(context);
  throw noLine.ended(context, outcome.value);
}

/** The final stats line of a server that has ended: it is the last of its lines. */
function lastStats(context: Context): Stats {
  const { lines } = context.program;
  let last: string | undefined;
  for (let line = lines.take(); line !== undefined; line = lines.take()) last = line;
  const stats = last === undefined ? undefined : parseStats(last);
  if (stats?.ok && stats.value.final === true) return stats.value;
  const said = last === undefined ? 'nothing' : quote(last);
  throw fault(context, 'stop', `printed ${said} where its last stats line was expected`);
}

function fault(context: Context, kind: FaultKind, message: string): ServerFault {
  return new ServerFault(
    kind,
    `${context.name} ${message}`,
    `start it by hand: ${context.byHand}`,
    context.program.output,
  );
}

const QUOTED_LENGTH_MAX = 120;

function quote(line: string): string {
  const short = line.length > QUOTED_LENGTH_MAX ? `${line.slice(0, QUOTED_LENGTH_MAX)}…` : line;
  return JSON.stringify(short);
}
