/**
 * The interface of a load client: what harness/run needs of a program that sends requests.
 *
 * Life of a session: open (all connections are made, nothing is sent) -> start (traffic begins) ->
 * openWindow -> closeWindow -> pause (what the window saw; nothing is sent any more) -> start, and
 * so on, as often as wanted, on the same connections. snapshot may be called at any time after
 * open. close ends it at any point and never throws.
 */
import type { Histogram, LoadMode, Measured } from '../results/schema.js';

export interface LoadTarget {
  readonly host: string;
  readonly port: number;
}

/** What each request is. */
export type Exchange =
  /** An HTTP request on a connection that stays open; every reply must have that body. */
  | {
      readonly kind: 'http';
      readonly path: string;
      /** A POST with a body of so many bytes, at least 1; absent: a GET. */
      readonly bodyBytes?: number;
      readonly expectedBody: Buffer;
    }
  /** A connection of its own per request: connect, send one byte, read `expected` and end of file. */
  | { readonly kind: 'greeting'; readonly expected: Buffer };

export interface Load {
  readonly target: LoadTarget;
  /** Connections at most at any time. */
  readonly connections: number;
  readonly mode: LoadMode;
  readonly exchange: Exchange;
  /** Kept connections on top of these, over which nothing is ever sent. */
  readonly silent?: number;
  /** http: what each connection reads at most; absent: all that comes. */
  readonly readBytesPerS?: number;
  /**
   * A listening socket on which the client itself plays the upstream of a relay: it answers `GET /`
   * with the greeting. Absent: none.
   */
  readonly upstreamFd?: number;
  /** Draws the arrivals of an open load. */
  readonly seed: string;
  /**
   * How long traffic may last at most, ms, without the pauses: an open load's schedule is computed
   * for it before.
   */
  readonly durationMsMax: number;
  /**
   * How long pause() may wait for replies, ms; slow readers get the time that their replies take on
   * top.
   */
  readonly drainMs: number;
  /** CPUs of the generator's threads. */
  readonly cpus: readonly number[];
  /**
   * Path of the network namespace that the connections are made in, for example /run/netns/NAME;
   * absent: the harness' own.
   */
  readonly netns?: string;
}

export interface LoadSnapshot {
  /** CLOCK_MONOTONIC, ns. */
  readonly monotonicNs: bigint;
  /** Replies verified since start. */
  readonly completed: number;
  /** Errors of all kinds since start, timeouts included, as far as the client has reported them. */
  readonly errors: number;
  /** Connections still open. */
  readonly connectionsOpen: number;
}

/** A count at an instant that the caller chose. */
export interface CompletedAt {
  readonly completed: number;
  /** The error of the count. */
  readonly uncertain: number;
}

/**
 * Requests of a window that still had no reply when the drain was over: their latency is above
 * their age.
 */
export interface Censored {
  /** unfinished ones, and those that waited for a connection. */
  readonly count: number;
  /** Time since the oldest was due, ns; null when there are none. */
  readonly oldestNs: number | null;
  /**
   * p99 of the response time over all requests that were answered or are censored: at least lo
   * (censored ones answered at once), at most hi (never answered; null: no bound). Null without
   * requests.
   */
  readonly responseP99Ns: { readonly lo: number; readonly hi: number | null } | null;
  /** The two differ by more than 2 %: p99 of the answered requests alone is not enough. */
  readonly movesP99: boolean;
}

/**
 * A request belongs to the window in which it was sent; in an open load, to the one in which it was
 * due. Its outcome counts there, also in the drain: the time after the window in which the load
 * continues until the window's requests have their replies. Open load: offered = sent + those that
 * still waited for a connection when the drain was over.
 */
export interface LoadWindow {
  readonly startNs: bigint;
  readonly endNs: bigint;
  /**
   * Verified replies received in the window, whenever their request was sent: the dividend of
   * throughput.
   */
  readonly completed: number;
  /** Requests of the window that were sent; in an open load, in the drain too. */
  readonly sent: number;
  /** Requests of the window whose replies were received and verified, in the drain too. */
  readonly ok: number;
  /**
   * Requests of the window that failed, by kind: reset, closed, wrong_bytes, bad_status,
   * protocol, refused (no connection could be made), no_port (this machine had no port, descriptor
   * or memory for a connection: the trial says nothing about the server); kinds that did not occur
   * are left out. A connection that failed is not used again. Closed loop: a connection lost in the
   * window costs at least one request: if none of the window's own was in flight on it, the one
   * that it would have sent next counts as sent and failed.
   */
  readonly errors: Readonly<Record<string, number>>;
  /**
   * Requests of the window, sent and not answered when the drain was over. sent = ok +
   * sum(errors) + timeouts + unfinished.
   */
  readonly unfinished: number;
  /**
   * Requests in flight on any connection, of the window or not, when the drain was over: 0 when the
   * server answers every request.
   */
  readonly unanswered: number;
  /**
   * Requests of the window that had no reply within the client's time limit from their write. Their
   * connection is not used again.
   */
  readonly timeouts: number;
  /** Open load: requests due in the window. */
  readonly offered?: number;
  /** Open load: of these, those that waited because no connection was free. */
  readonly starved?: number;
  /** While the window was open. */
  readonly bytesRead: number;
  /** Time from the write of a request to its last reply byte, for all `ok` ones. */
  readonly service: Histogram;
  /** Open load: time from the instant at which a request was due to its last reply byte. */
  readonly response?: Histogram;
  /** Open load: time from the instant at which a request was due to its write. */
  readonly lateness?: Histogram;
  /**
   * Open load: share of its time, 0 to 1, in which the spinning generator had something to do. Its
   * CPU time says nothing, because it spins.
   */
  readonly busyShare?: Measured;
  /** Open load. */
  readonly censored?: Censored;
  /** Threads that made the load, where the client knows: cpuUs is their sum. */
  readonly threads?: number;
  /** CPU time of the generator's threads between window start and end. */
  readonly cpuUs: Measured;
  /**
   * First error since the connections were made, in words, with the bytes that were expected and
   * received where that applies. Absent when there was none at all, before, in or after the window.
   */
  readonly firstError?: string;
}

export interface LoadSession {
  /** Traffic begins, or continues after pause(). */
  start(): void;
  snapshot(): LoadSnapshot;
  /**
   * Replies verified up to an instant of CLOCK_MONOTONIC (ns) of a moment ago; null when it is too
   * long ago. Clients that keep no such record leave it out.
   */
  completedAt?(monotonicNs: bigint): CompletedAt | null;
  /** Once between start() and pause(). */
  openWindow(): void;
  closeWindow(): void;
  /**
   * Keeps the load going until every request of the window has its reply; then sends nothing more
   * and waits until nothing is in flight, all that for Load.drainMs at most. Resolves with what the
   * window saw. The connections stay open, and the client sleeps.
   */
  pause(): Promise<LoadWindow>;
  /** Ends the load and closes the connections, at any point. Never throws. */
  close(): Promise<void>;
}

export interface LoadClient {
  readonly kind: 'native' | 'autocannon' | 'wrk';
  readonly version: string;
  /** Limits of this client that a reader must know; printed in the report. */
  readonly limits: readonly string[];
  /** start() may follow pause(). A client that does not resume is over then, and throws. */
  readonly resumes: boolean;
  /** Rejects with a LoadError when the connections cannot be made. */
  open(load: Load): Promise<LoadSession>;
}

export class LoadError extends Error {
  override readonly name = 'LoadError';
}
