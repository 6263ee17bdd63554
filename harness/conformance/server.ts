/**
 * A server process under test, spoken to as docs/PROTOCOL.md, sections 1 and 2, says. It cannot
 * outlive this process: its stdin ends with it. One without control has a port that we chose, and
 * no lines.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { hasControl, type Variant } from '../plan/variant.js';
import { searchPath } from '../programs.js';
import { fillPlace, freePort, outsideCommand, type Place, untilAccepting } from '../run/outside.js';
import { cannotRun, describeExit, launch, type Program as Process } from '../run/program.js';
import { reasonOf } from './reason.js';
import { until, within } from './wait.js';

/** How to start a variant's server: program and arguments, and where. */
export interface Program {
  readonly variant: Variant;
  readonly command: readonly string[];
  readonly workdir: string;
  /** Ends a server without control, in place of SIGTERM. */
  readonly stop?: readonly string[];
}

export type Line = Record<string, unknown>;
export type Stats = Record<string, number>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The server says that this machine lacks what it needs. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}

/** A process whose sockets broke because it is ending has ended by then. */
const DEATH_MS = 500;
const HOST = '127.0.0.1';
const DEFAULT_ARGS = ['--listen', `${HOST}:0`];

export class Server {
  readonly exited: Promise<Exit>;
  readonly #process: Process;
  readonly #lines: string[] = [];
  readonly #program: Program;
  readonly #place: Place | undefined;
  #ended: string | undefined;
  /** What it says this machine lacks. */
  #lacks: string | null = null;

  /** Starts a process and waits for nothing. `place`: where one without control listens. */
  constructor(program: Program, args: readonly string[] = DEFAULT_ARGS, place?: Place) {
    const own = [...program.command, ...args];
    const command = place === undefined ? own : outsideCommand(program.command, place);
    this.#program = program;
    this.#place = place;
    this.#process = launch({ command, workdir: program.workdir, env: { PATH: searchPath() } });
    this.exited = this.#process.exited.then((exit) => {
      this.#ended = describeExit(exit);
      this.#lacks = cannotRun(exit, this.#process.output());
      return { code: exit.code, signal: exit.signal };
    });
  }

  /** Starts a server and waits for its first line. */
  static async start(program: Program, args: readonly string[] = DEFAULT_ARGS): Promise<Server> {
    const isOutside = !hasControl(program.variant);
    const place = isOutside ? { host: HOST, port: await freePort(HOST) } : undefined;
    const server = new Server(program, args, place);
    try {
      await (place === undefined ? server.#line(0) : server.#accepting(place));
    } catch (error) {
      await server.kill();
      throw error;
    }
    return server;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Every line of stdout so far. */
  get lines(): readonly string[] {
    const { lines } = this.#process;
    for (let line = lines.take(); line !== undefined; line = lines.take()) this.#lines.push(line);
    return this.#lines;
  }

  /** The last lines of stderr, each with its end. */
  get stderr(): string {
    const text = this.#process.output();
    return text === '' ? '' : `${text}\n`;
  }

  get ready(): Line {
    return JSON.parse(this.lines[0] ?? 'null');
  }

  get port(): number {
    return this.#place?.port ?? Number(this.ready.port);
  }

  /** Asks it to end, as the harness does after a trial. */
  stop(): void {
    const { stop, workdir } = this.#program;
    if (this.#place === undefined || stop === undefined) {
      this.signal('SIGTERM');
      return;
    }
    const command = fillPlace(stop, { ...this.#place, pid: this.pid });
    launch({ command, workdir, env: { PATH: searchPath() } });
  }

  /** Asks for a stats line. One caller at a time: the next line is its answer. */
  async stats(): Promise<Stats> {
    const index = this.lines.length;
    this.write('stats\n');
    return JSON.parse(await this.#line(index));
  }

  /** Stats that meet a condition, asked for until they do. */
  async statsWhere(condition: (stats: Stats) => boolean, what: string): Promise<Stats> {
    let stats: Stats = {};
    return until(
      async () => {
        stats = await this.stats();
        return condition(stats) ? stats : undefined;
      },
      () => `${what}; last stats: ${JSON.stringify(stats)}`,
    );
  }

  /**
   * Waits until the server has read so many bytes in its life. Servers that do not count them are
   * not waited for.
   */
  async hasRead(bytes: number): Promise<void> {
    await this.statsWhere((s) => (s.bytes_read ?? bytes) >= bytes, `${bytes} bytes read`);
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

  exit(): Promise<Exit> {
    return within(this.exited, () => `the end of process ${this.pid}${this.#said()}`);
  }

  /** A failure, and that the server has ended, if it has: connections break before that is known. */
  async rootOf(error: unknown): Promise<unknown> {
    await Promise.race([this.exited, pause(DEATH_MS)]);
    if (this.#ended === undefined || error instanceof CannotRun) return error;
    const message = `${reasonOf(error)}; the server ended with ${this.#ended}${this.#said()}`;
    return new Error(message, { cause: error });
  }

  /** Ends the process and its group at once, if it has not ended. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async #accepting(place: Place): Promise<void> {
    const accepting = untilAccepting(place, () => this.#ended !== undefined);
    const what = () => `somebody to accept at port ${place.port}${this.#said()}`;
    if (await within(accepting, what)) return;
    throw new Error(`the server ended with ${this.#ended} before it accepted${this.#said()}`);
  }

  async #line(index: number): Promise<string> {
    const ended = this.exited.then(() => undefined);
    for (;;) {
      const line = this.lines[index];
      if (line !== undefined) return line;
      if (this.#lacks !== null) throw new CannotRun(`cannot run here: ${this.#lacks}`);
      if (this.#ended !== undefined) {
        const how = `the server ended with ${this.#ended}`;
        throw new Error(`${how} before it printed line ${index + 1}${this.#said()}`);
      }
      const more = Promise.race([this.#process.lines.filled(), ended]);
      await within(more, () => `line ${index + 1} of stdout${this.#said()}`);
    }
  }

  #said(): string {
    return this.stderr === '' ? '' : `; stderr: ${this.stderr.trimEnd()}`;
  }
}

/** Runs `body` with a server of its own, which is gone afterwards. */
export async function withServer<T>(
  program: Program,
  args: readonly string[],
  body: (server: Server) => Promise<T>,
): Promise<T> {
  const server = await Server.start(program, [...DEFAULT_ARGS, ...args]);
  try {
    return await body(server);
  } catch (error) {
    throw await server.rootOf(error);
  } finally {
    await server.kill();
  }
}
