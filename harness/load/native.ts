/**
 * The default load client: one pinned native thread, closed loop, every reply checked byte for byte
 * (native/loadgen).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../root.js';
import { addon, type NativeLoop, type NativeWindow } from './addon.js';
import {
  type CompletedAt,
  type Load,
  type LoadClient,
  LoadError,
  type LoadSession,
  type LoadSnapshot,
  type LoadWindow,
} from './client.js';
import { closedHttp } from './closed-http.js';
import { histogramOf } from './histogram.js';
import { PhaseGuard } from './phase.js';

/** Generous: a full accept queue makes the kernel retry after 1, 3 and 7 s. */
const CONNECT_TIMEOUT_MS = 8000;

class NativeSession implements LoadSession {
  readonly #loop: NativeLoop;
  readonly #phase = new PhaseGuard();
  /** The load thread's end, once it was asked for. */
  #ending: ReturnType<NativeLoop['finish']> | undefined;

  constructor(loop: NativeLoop) {
    this.#loop = loop;
  }

  start(): void {
    this.#phase.take('start');
    this.#loop.start();
  }

  snapshot(): LoadSnapshot {
    return this.#loop.snapshot();
  }

  completedAt(monotonicNs: bigint): CompletedAt | null {
    return this.#loop.completedAt(monotonicNs);
  }

  openWindow(): void {
    this.#phase.take('openWindow');
    this.#loop.openWindow();
  }

  closeWindow(): void {
    this.#phase.take('closeWindow');
    this.#loop.closeWindow();
  }

  async finish(): Promise<LoadWindow> {
    this.#phase.take('finish');
    this.#ending = this.#loop.finish();
    const { window, firstError } = await this.#ending;
    if (window === null) throw new Error('the load thread ended without closing its window');
    return windowOf(window, firstError);
  }

  async abort(): Promise<void> {
    this.#phase.end();
    this.#ending ??= this.#loop.finish();
    await this.#ending;
  }
}

function windowOf(window: NativeWindow, firstError: string): LoadWindow {
  const { buckets, percentiles: _, cpuUs, ...counts } = window;
  return {
    ...counts,
    timeouts: 0,
    service: histogramOf(buckets),
    cpuUs: { value: cpuUs, source: 'CLOCK_THREAD_CPUTIME_ID of the load thread', quality: 'exact' },
    ...(firstError === '' ? {} : { firstError }),
  };
}

function harnessVersion(): string {
  const file = path.join(repositoryRoot(), 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Throws a UserError when the addon is not built. */
export function nativeClient(): LoadClient {
  const { ClosedLoop } = addon();
  return {
    kind: 'native',
    version: harnessVersion(),
    limits: [
      'Closed loop: each connection waits for its reply before it sends again, so latencies are those of a load that slows down with the server. They are not latencies at a given request rate.',
      'One thread: when it is busy all the time, the throughput is a lower bound of what the server can do.',
      'Only replies with a Content-Length are understood; a chunked reply is a protocol error.',
    ],
    async open(load: Load): Promise<LoadSession> {
      const { target, ...rest } = closedHttp(load, 'the native client');
      const loop = new ClosedLoop({ ...rest, ...target, connectTimeoutMs: CONNECT_TIMEOUT_MS });
      try {
        await loop.open();
      } catch (error) {
        throw new LoadError((error as Error).message, { cause: error });
      }
      return new NativeSession(loop);
    },
  };
}
