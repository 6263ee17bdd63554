/** The native addon's interface, as native/addon implements it, and the one place that loads it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from '../errors.js';
import { repositoryRoot } from '../root.js';
import type { CompletedAt, Load, LoadSnapshot, LoadTarget, LoadWindow } from './client.js';

export interface NativeOpenLoad {
  readonly ratePerS: number;
  readonly arrivals: 'poisson' | 'fixed';
  readonly seed: string;
  /** How long the schedule reaches: time in which traffic flows, without the pauses. */
  readonly durationMs: number;
}

/**
 * silent 0: none; readBytesPerS 0: as fast as the thread can; upstreamFd -1: none. Of cpus there is
 * a thread for each, as far as there are connections for them.
 */
export interface NativeLoadOptions
  extends LoadTarget,
    Pick<Load, 'netns' | 'connections' | 'cpus' | 'drainMs'>,
    Required<Pick<Load, 'silent' | 'readBytesPerS' | 'upstreamFd'>> {
  readonly exchange: 'http' | 'greeting';
  /** http only; 1 in an open load. */
  readonly pipeline: number;
  readonly path: string;
  /** http only: a POST with a body of so many bytes; absent: a GET. */
  readonly bodyBytes?: number;
  /** The body of every http reply; the whole greeting. */
  readonly expected: Buffer;
  /** null: a closed loop. */
  readonly open: NativeOpenLoad | null;
  /** For each kept connection, before traffic. */
  readonly connectTimeoutMs: number;
  /** For each request, from its write. */
  readonly timeoutMs: number;
}

export interface NativeHistogram {
  /** value, count, value, count, …: the recorded buckets, lowest value of each, ns. */
  readonly buckets: Float64Array;
  /** HdrHistogram_c's own answers, ns. */
  readonly percentiles: Readonly<Record<'p50' | 'p90' | 'p99' | 'p999', number>>;
}

export interface NativeOpenWindow {
  readonly offered: number;
  readonly starved: number;
  /** Due in the window and not sent when the drain was over: offered = sent + waiting. */
  readonly waiting: number;
  /** The schedule ended before the window did. */
  readonly exhausted: boolean;
  /** Time of the spinning loops, in all and with something to do. */
  readonly loopNs: number;
  readonly busyNs: number;
  readonly response: NativeHistogram;
  readonly lateness: NativeHistogram;
  /** For how long the unfinished and waiting requests had been due when they were given up. */
  readonly censored: NativeHistogram;
}

/** What the two have in common means the same. */
type SharedCounts = 'startNs' | 'endNs' | 'completed' | 'sent' | 'ok' | 'errors' | 'timeouts';

export interface NativeWindow
  extends Pick<LoadWindow, SharedCounts | 'unfinished' | 'unanswered' | 'bytesRead'> {
  readonly cpuUs: number;
  readonly service: NativeHistogram;
  /** null: a closed loop. */
  readonly open: NativeOpenWindow | null;
}

export interface NativeLoad {
  /**
   * Computes the schedule, starts and pins the load threads and makes the connections. Rejects with
   * the reason in words. Called once.
   */
  open(): Promise<void>;
  start(): void;
  openWindow(): void;
  closeWindow(): void;
  snapshot(): LoadSnapshot;
  /** Replies verified up to an instant; null when it is too long ago. */
  completedAt(monotonicNs: bigint): CompletedAt | null;
  /**
   * Once for each start(), after closeWindow(). firstError is empty unless there was one. Rejects
   * when the load is closed meanwhile.
   */
  pause(): Promise<{ readonly window: NativeWindow; readonly firstError: string }>;
  /** Ends the load threads and closes the connections, at any point. Called once. */
  close(): Promise<void>;
}

/** What a null server does other than answer at once. Whole numbers. */
export interface NullServerOptions {
  /** Greet and close instead of answering HTTP requests (docs/PROTOCOL.md, section 4). */
  readonly greeting?: boolean;
  /** Every answer leaves that long after its request was read; the server then spins. */
  readonly delayUs?: number;
  /** For stallMs of every stallEveryMs nothing is read or written; first after one period. */
  readonly stallEveryMs?: number;
  readonly stallMs?: number;
}

/** A server that does nothing but answer: one thread in this process (native/loadgen). */
export interface NullServer {
  readonly port: number;
  /** Answers written so far. */
  answered(): number;
  /** Stalls that have ended so far. */
  stalls(): number;
  /** Closes all connections and ends the thread. Harmless when repeated. */
  stop(): void;
}

export interface Addon {
  readonly Generator: new (options: NativeLoadOptions) => NativeLoad;
  /** Listens on 127.0.0.1. Throws an Error that says why it could not. */
  startNullServer(cpus: readonly number[], options?: NullServerOptions): NullServer;
  /**
   * A listening socket on a free port of 127.0.0.1, for the caller to close. Throws an Error that
   * says why it could not.
   */
  listenOnLoopback(): { readonly fd: number; readonly port: number };
  /**
   * When the requests of an open load are due, ns after its start. Throws a RangeError for a load
   * that no schedule can be made of.
   */
  openSchedule(load: NativeOpenLoad): Float64Array;
  /**
   * CPU time of all threads that a process has and had, user and system; null when it is gone.
   */
  processCpuNs(pid: number): bigint | null;
  /**
   * Restricts all threads of a process to these CPUs. Throws an Error that says why it could not.
   */
  pinProcess(pid: number, cpus: readonly number[]): void;
  /** CLOCK_MONOTONIC, ns. */
  monotonicNs(): bigint;
}

let loaded: Addon | undefined;

/** The addon, loaded once. Throws a UserError when it is not built. */
export function addon(): Addon {
  if (loaded !== undefined) return loaded;
  const file = path.join(repositoryRoot(), 'build', 'Release', 'iomodels.node');
  if (!existsSync(file)) {
    throw new UserError(`${file} is not built: run npm run build`, 'Run: npm run build');
  }
  const built = createRequire(import.meta.url)(file) as Addon;
  loaded = built;
  return built;
}
