/**
 * The default load client: pinned native threads, closed loop or open, kept connections or one per
 * request, every reply checked byte for byte (native/loadgen).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { given } from '../optional.js';
import { repositoryRoot } from '../root.js';
import {
  addon,
  type NativeLoad,
  type NativeLoadOptions,
  type NativeOpenWindow,
  type NativeWindow,
} from './addon.js';
import {
  type Censored,
  type CompletedAt,
  type Load,
  type LoadClient,
  LoadError,
  type LoadSession,
  type LoadSnapshot,
  type LoadWindow,
} from './client.js';
import { histogramOf } from './histogram.js';
import { PhaseGuard } from './phase.js';

/** Generous: a full accept queue makes the kernel retry after 1, 3 and 7 s. */
const CONNECT_TIMEOUT_MS = 8000;

/**
 * Far above any latency worth measuring, and far below the length of a run. With thousands of
 * threads on one CPU, a thread may wait for seconds: that is a slow reply, not a lost one.
 */
const REQUEST_TIMEOUT_MS = 5000;
const MS_PER_CONNECTION = 1;

const LIMITS = [
  'Closed loop: each connection waits for its reply before it sends again, so latencies are those of a load that slows down with the server. They are not latencies at a given request rate.',
  'Closed loop: when a load thread is busy all the time, the throughput is a lower bound of what the server can do.',
  'Open loop: requests are due at instants that were drawn before the run, and response times count from there, so a server that stalls pays for every request that was due meanwhile. Requests of one run share a server and its queue; they are not independent samples.',
  'Open loop: the load threads spin, each on a CPU that it must have to itself; their CPU time says nothing, the busy share and the lateness do. A request that is due while the thread handles another one is late by that much.',
  'Open loop: connections are divided evenly among the threads, and so are the arrivals, one after the other; a request finds a free connection only among those of its thread. The connection that was idle longest is taken.',
  'A request belongs to the window in which it was sent (open loop: was due). The load goes on until the replies of these requests are there, and their latencies count, though they come after the window. Throughput counts the replies that came while it was open.',
  'Open loop: requests that still have no reply when the load must stop are in no histogram; they are counted, with bounds for p99 where they could move it.',
  'Connection per request: making the connection is part of the service time, which ends when the server has closed it. On loopback the source address changes from request to request (127.1.0.1 to 127.1.3.250); between namespaces it is one address, whose ports come round after some 28,000 requests.',
  `A request without a reply within ${REQUEST_TIMEOUT_MS / 1000} s of its write, and ${MS_PER_CONNECTION} ms more for each connection, is a timeout, noticed up to 0.1 s later. A connection that failed or timed out is not replaced.`,
  'Several threads open and close the window within microseconds of each other; it is counted from the first to the last.',
  'Slow readers: at most 16 KiB are read at a time, and then nothing for as long as these take at the given pace; the receive buffer is 8 KiB (16 with what the kernel adds) and segments have 1448 bytes, or else the send buffer would take a large reply in one go.',
  'Requests with a body: the time that the server takes to read it is part of the service time. A reply that comes before the body was sent whole is a protocol error.',
  'Silent connections come from the same range of source addresses as connections per request; a byte or an end on one of them fails the trial.',
  'Relay: the first load thread also answers what the server asks its upstream, and that time is part of its CPU time and its busy share.',
  'Only replies with a Content-Length are understood; a chunked reply is a protocol error.',
];

class NativeSession implements LoadSession {
  readonly #loop: NativeLoad;
  readonly #threads: number;
  readonly #phase = new PhaseGuard(true);
  #closing: Promise<void> | undefined;

  constructor(loop: NativeLoad, threads: number) {
    this.#loop = loop;
    this.#threads = threads;
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

  async pause(): Promise<LoadWindow> {
    this.#phase.take('pause');
    const { window, firstError } = await this.#loop.pause();
    this.#phase.paused();
    return { ...windowOf(window, firstError), threads: this.#threads };
  }

  close(): Promise<void> {
    this.#phase.close();
    this.#closing ??= this.#loop.close();
    return this.#closing;
  }
}

function windowOf(window: NativeWindow, firstError: string): LoadWindow {
  const { service, open, cpuUs, ...counts } = window;
  return {
    ...counts,
    service: histogramOf(service.buckets),
    ...(open === null ? {} : openWindowOf(open)),
    cpuUs: {
      value: cpuUs,
      source: 'CLOCK_THREAD_CPUTIME_ID of the load threads',
      quality: 'exact',
    },
    ...(firstError === '' ? {} : { firstError }),
  };
}

type OpenFields = Pick<
  LoadWindow,
  'offered' | 'starved' | 'response' | 'lateness' | 'busyShare' | 'censored'
>;

function openWindowOf(open: NativeOpenWindow): OpenFields {
  if (open.exhausted) {
    throw new LoadError('the schedule of the open load ended before its window closed');
  }
  const { offered, starved, response, lateness, censored, busyNs, loopNs } = open;
  const source = 'turns of the load threads’ loops';
  return {
    offered,
    starved,
    response: histogramOf(response.buckets),
    lateness: histogramOf(lateness.buckets),
    busyShare:
      loopNs > 0
        ? { value: busyNs / loopNs, source, quality: 'exact' }
        : { value: null, source, quality: 'unavailable', why: 'no turn ended in the window' },
    censored: censoring(response.buckets, censored.buckets),
  };
}

/** From the write of a request to the end of its reply, ms. */
export function requestTimeoutMs({ connections }: Pick<Load, 'connections'>): number {
  return REQUEST_TIMEOUT_MS + MS_PER_CONNECTION * connections;
}

/** The load as the addon takes it. Throws a LoadError for one that it cannot make. */
function optionsOf(load: Load): NativeLoadOptions {
  const { target, connections, mode, exchange, seed, cpus } = load;
  const pipeline = mode.kind === 'closed' ? mode.pipeline : 1;
  if (exchange.kind === 'greeting' && load.readBytesPerS !== undefined) {
    throw new LoadError('a greeting is not read slowly');
  }
  if (exchange.kind === 'greeting' && pipeline > 1) {
    throw new LoadError('a connection per request has no pipeline: use 1');
  }
  return {
    ...target,
    ...given({ netns: load.netns }),
    connections,
    silent: load.silent ?? 0,
    readBytesPerS: load.readBytesPerS ?? 0,
    upstreamFd: load.upstreamFd ?? -1,
    pipeline,
    exchange: exchange.kind,
    path: exchange.kind === 'http' ? exchange.path : '/',
    ...(exchange.kind === 'http' && exchange.bodyBytes !== undefined
      ? { bodyBytes: exchange.bodyBytes }
      : {}),
    expected: exchange.kind === 'http' ? exchange.expectedBody : exchange.expected,
    open:
      mode.kind === 'closed'
        ? null
        : {
            ratePerS: mode.ratePerS,
            arrivals: mode.arrivals,
            seed,
            durationMs: load.durationMsMax,
          },
    cpus,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    timeoutMs: requestTimeoutMs(load),
    drainMs: load.drainMs,
  };
}

function harnessVersion(): string {
  const file = path.join(repositoryRoot(), 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Throws a UserError when the addon is not built. */
export function nativeClient(): LoadClient {
  return nativeClientWith({});
}

/** For tests that cannot wait: another time limit, ms. */
export function nativeClientWith(change: Partial<Pick<NativeLoadOptions, 'timeoutMs'>>) {
  const { Generator } = addon();
  const client: LoadClient = {
    kind: 'native',
    version: harnessVersion(),
    limits: LIMITS,
    resumes: true,
    async open(load: Load): Promise<LoadSession> {
      const loop = new Generator({ ...optionsOf(load), ...change });
      try {
        await loop.open();
      } catch (error) {
        throw new LoadError((error as Error).message, { cause: error });
      }
      return new NativeSession(loop, Math.min(load.cpus.length, load.connections));
    },
  };
  return client;
}

/** value, count, value, count, …, values ascending, as the addon gives them. */
type Buckets = Float64Array;

const P99 = 0.99;
/** By so much p99 may be uncertain before it is said: far less than it differs between windows. */
const SLACK = 0.02;

/**
 * What can be said of a percentile when some requests had not been answered yet: they are in no
 * histogram of latencies, and leaving them out would favour the server that lets them wait.
 *
 * Percentiles by nearest rank: the value at rank ceil(0.99 n) of n. Every censored request has a
 * latency of at least its age; with ages in their place the percentile is at its lowest, with
 * infinity at its highest. answered, censored: response times, and ages of requests without a
 * reply, ns.
 */
export function censoring(answered: Buckets, censored: Buckets): Censored {
  const count = countOf(censored);
  const oldestNs = censored.length === 0 ? null : (censored[censored.length - 2] as number);
  const total = countOf(answered) + count;
  if (total === 0) return { count, oldestNs, responseP99Ns: null, movesP99: false };
  const rank = Math.ceil(P99 * total);
  const lo = valueAt(pairsOf(answered, censored), rank) as number;
  const hi = valueAt(pairsOf(answered), rank) ?? null;
  const movesP99 = hi === null || hi > lo * (1 + SLACK);
  return { count, oldestNs, responseP99Ns: { lo, hi }, movesP99 };
}

function countOf(buckets: Buckets): number {
  let count = 0;
  for (let i = 1; i < buckets.length; i += 2) count += buckets[i] as number;
  return count;
}

type Pair = readonly [value: number, count: number];

function pairsOf(...all: Buckets[]): Pair[] {
  const pairs = all.flatMap((buckets) =>
    Array.from({ length: buckets.length / 2 }, (_, i): Pair => {
      return [buckets[2 * i] as number, buckets[2 * i + 1] as number];
    }),
  );
  return pairs.sort(([a], [b]) => a - b);
}

/** The value at a rank, from 1; undefined beyond the last. */
function valueAt(pairs: readonly Pair[], rank: number): number | undefined {
  let seen = 0;
  return pairs.find(([, count]) => {
    seen += count;
    return seen >= rank;
  })?.[0];
}
