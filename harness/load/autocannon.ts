/**
 * autocannon as a load client, for readers who know it. It runs in a process of its own, pinned to
 * the client's CPUs, and the harness sleeps while it measures: snapshots are read from a cell that
 * the process writes (progress-cell.ts).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from '../errors.js';
import { repositoryRoot } from '../root.js';
import { addon } from './addon.js';
import type { Answer, Command } from './autocannon-worker.js';
import {
  type Load,
  type LoadClient,
  LoadError,
  type LoadSession,
  type LoadSnapshot,
  type LoadWindow,
} from './client.js';
import { type ClosedHttp, closedHttp } from './closed-http.js';
import { inNetns } from './netns.js';
import { PhaseGuard } from './phase.js';
import { ProgressReader } from './progress-cell.js';

const LIMITS = [
  'Closed loop: each connection waits for its reply before it sends again, so latencies are those of a load that slows down with the server. autocannon also offers rates, which are not used: it sends a second’s requests in one burst and then waits.',
  'It is JavaScript on one thread and needs several times the CPU of the native client for a request. With a fast server the client is the limit, and servers look more alike than they are.',
  'The clock of a request starts before it is written and stops when the parser has reached the end of its reply, on the same event loop: time that replies wait in the client counts as latency.',
  'Its own histogram is in whole milliseconds and its averages come from whole seconds; neither is used. Latencies are recorded in nanoseconds as it reports each response.',
  'It would connect again after a lost connection and time later replies wrongly. A lost connection is counted and stays closed instead.',
  'Bodies are compared as text, after UTF-8 decoding.',
  'All connections are opened at the same moment, which a short accept queue may delay by a second.',
  'The harness sees its counts up to 5 ms late, or one turn of its event loop if that takes longer.',
];

/** Longer than even a loaded machine needs. */
const STOP_PATIENCE_MS = 5000;
const MOST_STDERR_CHARACTERS = 4000;

/** The process, its output and its answers. */
class WorkerProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  #stderr = '';

  constructor(progressFd: number, netns: string | undefined) {
    const file = path.join(repositoryRoot(), 'dist', 'harness', 'load', 'autocannon-worker.js');
    if (!existsSync(file)) {
      throw new UserError(`${file} is not built: run npm run build`, 'Run: npm run build');
    }
    const [execPath = '', ...execArgv] = inNetns(netns, [process.execPath]);
    this.child = fork(file, {
      execPath,
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', progressFd],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-MOST_STDERR_CHARACTERS);
    });
    // Not `close`: Node leaves it out when the parent disconnects first.
    const exit = new Promise<void>((resolve) => {
      this.child.once('exit', () => resolve());
      // Without a process there is no exit; a failed send to a dying one is followed by it.
      this.child.on('error', () => this.child.pid === undefined && resolve());
    });
    const lastWords = new Promise<void>((resolve) => {
      if (this.child.stderr === null) resolve();
      else this.child.stderr.once('close', () => resolve());
    });
    this.exited = Promise.all([exit, lastWords]).then(() => {});
  }

  send(command: Command): void {
    if (this.child.connected) this.child.send(command);
  }

  /** Sends and waits for the answer. Rejects with a LoadError when the process ends without one. */
  ask(command: Command): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.send(command);
      this.child.once('message', (value) => resolve(value as Answer));
      void this.exited.then(() =>
        reject(new LoadError(`autocannon's process ended unexpectedly. ${this.#stderr}`.trim())),
      );
    });
  }

  async stop(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    const impatience = setTimeout(() => this.child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await this.exited;
    clearTimeout(impatience);
  }
}

class AutocannonSession implements LoadSession {
  readonly #worker: WorkerProcess;
  readonly #progress: ProgressReader;
  readonly #phase = new PhaseGuard(false);
  #last: LoadSnapshot;
  #stopping: Promise<void> | undefined;

  constructor(worker: WorkerProcess, progress: ProgressReader) {
    const first = progress.read();
    if (first === undefined) throw new Error('autocannon opened without publishing its counts');
    this.#worker = worker;
    this.#progress = progress;
    this.#last = first;
  }

  start(): void {
    this.#command('start');
  }

  openWindow(): void {
    this.#command('openWindow');
  }

  closeWindow(): void {
    this.#command('closeWindow');
  }

  snapshot(): LoadSnapshot {
    if (this.#stopping === undefined) this.#last = this.#progress.read() ?? this.#last;
    return this.#last;
  }

  async pause(): Promise<LoadWindow> {
    this.#phase.take('pause');
    try {
      const answer = await this.#worker.ask({ kind: 'pause' });
      if (answer.kind !== 'window') throw new Error(`unexpected answer ${answer.kind}`);
      return answer.window;
    } finally {
      this.#phase.paused();
      await this.#stop();
    }
  }

  async close(): Promise<void> {
    this.#phase.close();
    await this.#stop();
  }

  #command(kind: 'start' | 'openWindow' | 'closeWindow'): void {
    this.#phase.take(kind);
    this.#worker.send({ kind });
  }

  #stop(): Promise<void> {
    this.#stopping ??= stop(this.#worker, this.#progress);
    return this.#stopping;
  }
}

async function stop(worker: WorkerProcess, progress: ProgressReader): Promise<void> {
  await worker.stop();
  progress.close();
}

function refusal(load: ClosedHttp, message: string, code: string | undefined): LoadError {
  const { target, connections } = load;
  const text = `${connections} connections to ${target.host}:${target.port} failed: ${message}`;
  if (code !== 'EMFILE') return new LoadError(text);
  return new LoadError(
    `${text}. Raise the limit of open files, for example: ulimit -n ${connections + 256}`,
  );
}

async function open(asked: Load): Promise<LoadSession> {
  const load = closedHttp(asked, 'autocannon');
  const progress = new ProgressReader();
  const worker = new WorkerProcess(progress.fd, load.netns);
  try {
    const { target, connections, pipeline, path, expectedBody, drainMs } = load;
    if (worker.child.pid !== undefined) pin(worker.child.pid, load.cpus);
    const options = { target, connections, pipeline, path, expectedBody, drainMs };
    const answer = await worker.ask({ kind: 'open', options });
    if (answer.kind === 'refused') throw refusal(load, answer.message, answer.code);
    return new AutocannonSession(worker, progress);
  } catch (error) {
    await stop(worker, progress);
    throw error;
  }
}

function pin(pid: number, cpus: readonly number[]): void {
  try {
    addon().pinProcess(pid, cpus);
  } catch (error) {
    throw new LoadError((error as Error).message, { cause: error });
  }
}

/**
 * Needs the addon, for pinning, and the compiled worker; open throws a UserError when they are not
 * built.
 */
export function autocannonClient(): LoadClient {
  const { version } = createRequire(import.meta.url)('autocannon/package.json');
  return { kind: 'autocannon', version, limits: LIMITS, resumes: false, open };
}
