/** The native addon's interface, as native/addon implements it, and the one place that loads it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from '../errors.js';
import { repositoryRoot } from '../root.js';
import type { CompletedAt } from './client.js';

export interface NativeLoopOptions {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly pipeline: number;
  readonly path: string;
  readonly expectedBody: Buffer;
  readonly cpus: readonly number[];
  /** For each connection. */
  readonly connectTimeoutMs: number;
}

export interface NativeSnapshot {
  readonly monotonicNs: bigint;
  readonly completed: number;
  readonly errors: number;
  readonly connectionsOpen: number;
}

export interface NativeWindow {
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly completed: number;
  readonly sent: number;
  readonly ok: number;
  /** Only the kinds that occurred. */
  readonly errors: Readonly<Record<string, number>>;
  readonly unfinished: number;
  readonly bytesRead: number;
  readonly cpuUs: number;
  /** value, count, value, count, …: the histogram's recorded buckets, lowest value of each, ns. */
  readonly buckets: Float64Array;
  /** HdrHistogram_c's own answers, ns. */
  readonly percentiles: Readonly<Record<'p50' | 'p90' | 'p99' | 'p999', number>>;
}

export interface NativeLoop {
  /**
   * Starts the load thread, pins it and makes the connections. Rejects with the reason in words.
   * Called once.
   */
  open(): Promise<void>;
  start(): void;
  openWindow(): void;
  closeWindow(): void;
  snapshot(): NativeSnapshot;
  /** Replies verified up to an instant; null when it is too long ago. */
  completedAt(monotonicNs: bigint): CompletedAt | null;
  /**
   * Ends the load thread and closes the connections. window is null unless one was opened and
   * closed; firstError is empty unless there was one.
   */
  finish(): Promise<{ readonly window: NativeWindow | null; readonly firstError: string }>;
}

export interface Addon {
  readonly ClosedLoop: new (options: NativeLoopOptions) => NativeLoop;
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
