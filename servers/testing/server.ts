/**
 * A server process under test, spoken to as docs/PROTOCOL.md, sections 1 and 2, says. It cannot
 * outlive a test run: its stdin ends with this process.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Program, searchEnv } from './variants.js';
import { until, within } from './wait.js';

export type Line = Record<string, unknown>;
export type Stats = Record<string, number>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const DEFAULT_ARGS = ['--listen', '127.0.0.1:0'];

export class Server {
  /** Every line of stdout so far. */
  readonly lines: string[] = [];
  readonly exited: Promise<Exit>;
  stderr = '';
  #child: ChildProcessWithoutNullStreams;
  #ended = false;

  /** Starts a process and waits for nothing. */
  constructor(program: Program, args: readonly string[] = DEFAULT_ARGS) {
    const [file = '', ...first] = program.command;
    const child = spawn(file, [...first, ...args], { cwd: program.workdir, env: searchEnv() });
    this.#child = child;
    createInterface(child.stdout).on('line', (line) => this.lines.push(line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    // EPIPE of a server that has just ended: `exited` tells.
    child.stdin.on('error', () => {});
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.#ended = true;
        resolve({ code, signal });
      });
    });
  }

  /** Starts a server and waits for its first line. */
  static async start(program: Program, args: readonly string[] = DEFAULT_ARGS): Promise<Server> {
    const server = new Server(program, args);
    try {
      await server.#line(0);
    } catch (error) {
      await server.kill();
      throw error;
    }
    return server;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get ready(): Line {
    return JSON.parse(this.lines[0] ?? 'null');
  }

  get port(): number {
    return Number(this.ready.port);
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
    this.#child.stdin.write(text);
  }

  endStdin(): void {
    this.#child.stdin.end();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  exit(): Promise<Exit> {
    return within(this.exited, () => `the end of process ${this.pid}; stderr: ${this.stderr}`);
  }

  /** Ends the process at once, if it has not ended. */
  async kill(): Promise<void> {
    if (!this.#ended) this.#child.kill('SIGKILL');
    await this.exited.catch(() => {});
  }

  #line(index: number): Promise<string> {
    return until(
      () => {
        const line = this.lines[index];
        if (line === undefined && this.#ended) {
          throw new Error(
            `the server ended before it printed line ${index}; stderr: ${this.stderr}`,
          );
        }
        return line;
      },
      () => `line ${index} of stdout; stderr: ${this.stderr}`,
    );
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
  } finally {
    await server.kill();
  }
}
