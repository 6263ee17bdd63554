/**
 * A server that runs under strace, and the small conversations that show what it does. It is slowed
 * down by that, so it says what happens and never how fast.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { isSystemError, known, type Reading, unknown } from '../probe/reading.js';
import { findProgram } from '../programs.js';
import type { GatherInput } from '../run/input.js';
import type { Candidate } from '../run/subject.js';
import { runTool } from '../run/tool.js';
import type { Server } from '../server/server.js';
import { startServer } from '../server/start.js';
import { sleep } from '../server/wait.js';
import { type StraceCall, straceCalls } from './strace.js';

/** Whether this machine has strace and lets it trace; tried on a program that does nothing. */
export async function canTrace(signal: AbortSignal): Promise<Reading<true>> {
  if (findProgram('strace') === null) {
    return unknown('strace is not installed: on Debian or Ubuntu: apt-get install strace');
  }
  const command = ['strace', '-f', '-qq', '-o', '/dev/null', 'true'];
  const tried = await runTool({ command, workdir: '/', signal });
  return tried.ok ? known(true) : unknown(`strace may not trace here: ${tried.output}`);
}

/** Without a new line for so long, all threads wait. */
const QUIET_MS = 60;
const LOOK_MS = 10;
const SETTLE_MAX_MS = 5000;
/** Events of one wait are printed in full. */
const EVENTS_SHOWN = 128;

export class TracedServer {
  readonly server: Server;
  readonly #folder: string;
  readonly #input: GatherInput;

  private constructor(server: Server, folder: string, input: GatherInput) {
    this.server = server;
    this.#folder = folder;
    this.#input = input;
  }

  /**
   * Starts it under strace of these calls. Rejects with ServerFault or Interrupted; then nothing is
   * left of it.
   */
  static async start(
    { built, subject }: Candidate,
    input: GatherInput,
    { calls, options = [] }: { readonly calls: string; readonly options?: readonly string[] },
  ): Promise<TracedServer> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-trace-'));
    const strace = ['strace', '-f', '-qq', '-s', String(EVENTS_SHOWN), ...options];
    const traced = [...strace, '-e', `trace=${calls}`, '-o', path.join(folder, 'calls')];
    const command = [...traced, ...built.command];
    const cpus = input.plan.placement.serverCpus;
    try {
      const launch = { cpus, mode: 'http', args: subject.args } as const;
      const server = await startServer({ ...built, command }, launch, input.limits, input.signal);
      return new TracedServer(server, folder, input);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  /** What has returned so far. */
  calls(): StraceCall[] {
    return straceCalls(this.#text());
  }

  /** Waits until nobody makes calls any more. Rejects with ServerFault when that never comes. */
  async settle(): Promise<void> {
    let length = -1;
    let quietMs = 0;
    for (let waitedMs = 0; waitedMs < SETTLE_MAX_MS; waitedMs += LOOK_MS) {
      const now = this.#text().length;
      quietMs = now === length ? quietMs + LOOK_MS : 0;
      length = now;
      if (quietMs >= QUIET_MS) return;
      await this.server.guard(sleep(LOOK_MS, this.#input.signal));
    }
    throw this.server.fault(
      'hung',
      `makes system calls without end, ${SETTLE_MAX_MS} ms after the last request`,
    );
  }

  /** SIGTERM to the server itself: strace would keep it to itself. */
  async stop(): Promise<void> {
    process.kill(this.server.pid, 'SIGTERM');
    await this.server.stop();
  }

  /** Ends it if need be, and removes its file. */
  async remove(): Promise<void> {
    await this.server.kill();
    await rm(this.#folder, { recursive: true });
  }

  #text(): string {
    try {
      return readFileSync(path.join(this.#folder, 'calls'), 'latin1');
    } catch (error) {
      // Written from the first call on.
      if (isSystemError(error) && error.code === 'ENOENT') return '';
      throw error;
    }
  }
}

/** A client that takes as many bytes as the test asks for, and none in between. */
export class SlowClient {
  readonly #socket: Socket;
  readonly #server: Server;
  #received = 0;
  #isOpen = false;

  private constructor(server: Server, stepBytes: number) {
    this.#server = server;
    this.#socket = connect({
      host: '127.0.0.1',
      port: server.ready.port,
      noDelay: true,
      onread: {
        buffer: new Uint8Array(stepBytes),
        // One read, then none until it is asked for.
        callback: (bytes) => {
          this.#received += bytes;
          return false;
        },
      },
    });
    this.#socket.on('connect', () => {
      this.#isOpen = true;
    });
    this.#socket.on('error', () => {
      this.#isOpen = false;
    });
  }

  static async open(server: Server, stepBytes: number, signal: AbortSignal): Promise<SlowClient> {
    const client = new SlowClient(server, stepBytes);
    await client.#until(() => client.#isOpen, 'a connection', signal);
    return client;
  }

  get received(): number {
    return this.#received;
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  /** Reads once. */
  async take(signal: AbortSignal): Promise<void> {
    const before = this.#received;
    this.#socket.resume();
    await this.#until(() => this.#received > before, 'bytes of a reply', signal);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #until(done: () => boolean, what: string, signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; waitedMs < SETTLE_MAX_MS; waitedMs += LOOK_MS) {
      if (done()) return;
      await this.#server.guard(sleep(LOOK_MS, signal));
    }
    throw this.#server.fault('hung', `did not give ${what} within ${SETTLE_MAX_MS} ms`);
  }
}
