/**
 * wrk as a load client: an independent, well-known closed loop, to check the throughput of the
 * others. It is a separate program that takes no commands: it connects when it starts, sends at
 * once, and reports when it ends. So the window's requests come from the kernel's count of the
 * bytes that the process reads and writes; see LIMITS for what that leaves open.
 */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { UserError } from '../errors.js';
import { addon } from './addon.js';
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
import {
  REPORT_SCRIPT,
  reportIn,
  type WrkAccount,
  wrkRequest,
  wrkSnapshot,
  wrkWindow,
} from './wrk-window.js';

/** wrk keeps a cell per microsecond up to here, and its report takes time in proportion. */
const TIMEOUT_S = 1;
const STOP_PATIENCE_MS = 10_000;

const LIMITS = [
  'Closed loop: each connection waits for its reply before it sends again, so latencies are those of a load that slows down with the server.',
  'wrk compares no reply with what was expected: it counts statuses above 399 and nothing else.',
  'wrk tells nothing before its end. Requests and replies of the window are counted from the bytes that its process wrote and read (/proc/<pid>/io); which of them were under way at the borders is taken to be one per connection.',
  'Its latencies, errors and timeouts are those of its whole run, warm-up included, in whole microseconds. Samples that it adds to correct for coordinated omission are taken away again.',
  `A reply that takes longer than ${TIMEOUT_S} s is a timeout and has no latency. A lost connection is made again without being counted; an error is seen at the end of the run only.`,
  'It connects when traffic starts; the warm-up covers that.',
  'It ends as soon as it is told, without waiting for the replies of requests under way; so a server that leaves a connection without a reply for good shows only as a timeout.',
];

class WrkProcess {
  readonly pid: number;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #output: Promise<string>;
  readonly #ended: Promise<void>;

  constructor(command: readonly string[], cpus: readonly number[]) {
    const [file = '', ...args] = command;
    this.#child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
    this.#output = Promise.all([text(this.#child.stdout), text(this.#child.stderr)]).then((parts) =>
      parts.join(''),
    );
    const { pid } = this.#child;
    if (pid === undefined) throw new LoadError('wrk could not be started');
    this.pid = pid;
    try {
      addon().pinProcess(pid, cpus);
    } catch (error) {
      this.#child.kill('SIGKILL');
      throw new LoadError((error as Error).message, { cause: error });
    }
  }

  /** Throws a LoadError when the process is gone. */
  account(): WrkAccount {
    const cpuNs = addon().processCpuNs(this.pid);
    const monotonicNs = addon().monotonicNs();
    const io = readIo(this.pid);
    if (io === undefined || cpuNs === null) throw new LoadError('wrk ended unexpectedly');
    return { monotonicNs, cpuNs, ...io };
  }

  /** Asks for the report and waits for it. */
  async interrupt(): Promise<string> {
    this.#child.kill('SIGINT');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), STOP_PATIENCE_MS);
    await this.#ended;
    clearTimeout(impatience);
    return this.#output;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** undefined when there is no such process any more. */
function readIo(pid: number): Pick<WrkAccount, 'bytesRead' | 'bytesWritten'> | undefined {
  let lines: string;
  try {
    lines = readFileSync(`/proc/${pid}/io`, 'latin1');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH' || code === 'ENOENT') return undefined;
    throw new LoadError(`wrk's reads and writes cannot be counted: ${message}`);
  }
  const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(lines)?.[1]);
  return { bytesRead: field('rchar'), bytesWritten: field('wchar') };
}

class WrkSession implements LoadSession {
  readonly #load: ClosedHttp;
  readonly #seconds: number;
  readonly #folder: string;
  readonly #requestBytes: number;
  readonly #phase = new PhaseGuard(false);
  #wrk: WrkProcess | undefined;
  #last: LoadSnapshot;
  #first: WrkAccount | undefined;
  #end: WrkAccount | undefined;

  constructor(load: ClosedHttp, durationMsMax: number) {
    const { target, path: requestPath } = load;
    this.#load = load;
    this.#seconds = Math.ceil(durationMsMax / 1000);
    this.#requestBytes = wrkRequest(target.host, target.port, requestPath).length;
    this.#folder = mkdtempSync(path.join(tmpdir(), 'iomodels-wrk-'));
    writeFileSync(this.#script(), REPORT_SCRIPT);
    const monotonicNs = addon().monotonicNs();
    // It connects when it starts.
    this.#last = { monotonicNs, completed: 0, errors: 0, connectionsOpen: 0 };
  }

  start(): void {
    this.#phase.take('start');
    const { target, connections, cpus, netns } = this.#load;
    const options = {
      t: threadsFor(connections, cpus.length),
      c: connections,
      d: `${this.#seconds}s`,
      s: this.#script(),
    };
    const flags = Object.entries(options).flatMap(([flag, value]) => [`-${flag}`, String(value)]);
    const url = `http://${target.host}:${target.port}${this.#load.path}`;
    const command = ['wrk', ...flags, '--timeout', `${TIMEOUT_S}s`, url];
    this.#wrk = new WrkProcess(inNetns(netns, command), cpus);
  }

  snapshot(): LoadSnapshot {
    if (this.#wrk === undefined || this.#end !== undefined) return this.#last;
    this.#last = this.#snapshotOf(this.#wrk.account());
    return this.#last;
  }

  openWindow(): void {
    this.#phase.take('openWindow');
    this.#first = this.#process().account();
  }

  closeWindow(): void {
    this.#phase.take('closeWindow');
    this.#end = this.#process().account();
    this.#last = this.#snapshotOf(this.#end);
  }

  /** Does not wait for replies: wrk ends as soon as it gets the signal. */
  async pause(): Promise<LoadWindow> {
    this.#phase.take('pause');
    const output = await this.#process().interrupt();
    this.#phase.paused();
    this.#tidy();
    const report = reportIn(output);
    if (report === undefined) throw new LoadError(`wrk ended without its report: ${output}`);
    const sizes = { requestBytes: this.#requestBytes, connections: this.#load.connections };
    return wrkWindow(report, this.#first as WrkAccount, this.#end as WrkAccount, sizes);
  }

  async close(): Promise<void> {
    this.#phase.close();
    await this.#wrk?.kill();
    this.#tidy();
  }

  #process(): WrkProcess {
    if (this.#wrk === undefined) throw new Error('wrk was not started');
    return this.#wrk;
  }

  #snapshotOf(account: WrkAccount): LoadSnapshot {
    return wrkSnapshot(account, this.#requestBytes, this.#load.connections);
  }

  #script(): string {
    return path.join(this.#folder, 'report.lua');
  }

  #tidy(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** wrk gives every thread the same number of connections and drops the remainder. */
export function threadsFor(connections: number, cpus: number): number {
  let threads = Math.min(cpus, connections);
  while (connections % threads !== 0) threads -= 1;
  return threads;
}

async function open(asked: Load): Promise<LoadSession> {
  const load = closedHttp(asked, 'wrk');
  if (load.pipeline !== 1) throw new LoadError('wrk sends one request at a time: use pipeline 1');
  if (readIo(process.pid) === undefined) throw new LoadError('/proc/<pid>/io is missing');
  return new WrkSession(load, asked.durationMsMax);
}

/** Throws a UserError when wrk is not installed, or the addon, for pinning, is not built. */
export function wrkClient(): LoadClient {
  const { stdout, error } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
  if (error !== undefined) {
    throw new UserError(`wrk cannot be started: ${error.message}`, 'Run: apt-get install wrk');
  }
  addon();
  const version = /^wrk (\S+)/.exec(stdout)?.[1] ?? 'unknown';
  return { kind: 'wrk', version, limits: LIMITS, resumes: false, open };
}
