/**
 * The contract of a load client: what harness/run needs of anything that sends requests.
 *
 * Life of a session: open (all connections are made, nothing is sent) -> start (traffic begins) ->
 * openWindow -> closeWindow -> finish. snapshot may be called at any time after open. abort ends it
 * at any point and never throws.
 */
import type { Histogram, Measured } from '../results/schema.js';

export interface LoadTarget {
  readonly host: string;
  readonly port: number;
}

export interface ClosedLoad {
  readonly target: LoadTarget;
  readonly connections: number;
  /** Requests in flight per connection, at least 1. */
  readonly pipeline: number;
  /** Path of the GET request, for example `/`. */
  readonly path: string;
  /** The body that every reply must have, byte for byte. */
  readonly expectedBody: Buffer;
  /** CPUs of the generator's threads. */
  readonly cpus: readonly number[];
}

export interface LoadSnapshot {
  /** CLOCK_MONOTONIC, ns. */
  readonly monotonicNs: bigint;
  /** Replies verified since start. */
  readonly completed: number;
  /** Errors of all kinds since start. */
  readonly errors: number;
  /** Connections still open. */
  readonly connectionsOpen: number;
}

/** A count at an instant that somebody else chose. */
export interface CompletedAt {
  readonly completed: number;
  /** By how many that may be off. */
  readonly uncertain: number;
}

export interface LoadWindow {
  readonly startNs: bigint;
  readonly endNs: bigint;
  /**
   * Verified replies received in the window, whenever their request was sent: the dividend of
   * throughput.
   */
  readonly completed: number;
  /** Requests sent in the window. */
  readonly sent: number;
  /** Replies received and verified in the window, of requests sent in it. */
  readonly ok: number;
  /**
   * Requests sent in the window that failed in it, by kind: reset, closed, wrong_bytes, bad_status,
   * protocol; kinds that did not occur are left out. A connection lost in the window costs at least
   * one: if none of the window's own requests was in flight on it, the one that it would have sent
   * next counts as sent and failed.
   */
  readonly errors: Readonly<Record<string, number>>;
  /**
   * Requests sent in the window and not answered when it closed. sent = ok + sum(errors) +
   * unfinished.
   */
  readonly unfinished: number;
  readonly bytesRead: number;
  /** Time from the write of a request to its last reply byte, for the `ok` ones. */
  readonly service: Histogram;
  /** CPU time of the generator's threads between window start and end. */
  readonly cpuUs: Measured;
  /**
   * First error since the connections were made, in words, with the bytes that were expected and
   * received where that applies. Absent when there was none at all, before, in or after the window.
   */
  readonly firstError?: string;
}

export interface LoadSession {
  start(): void;
  snapshot(): LoadSnapshot;
  /**
   * Replies verified up to an instant of CLOCK_MONOTONIC (ns) of a moment ago; null when it is too
   * long ago. Clients that keep no such record leave it out.
   */
  completedAt?(monotonicNs: bigint): CompletedAt | null;
  openWindow(): void;
  closeWindow(): void;
  /** Stops the traffic, closes the connections and returns what the window saw. */
  finish(): Promise<LoadWindow>;
  abort(): Promise<void>;
}

export interface LoadClient {
  readonly kind: 'native' | 'autocannon';
  readonly version: string;
  /** Limits of this client that a reader must know; printed in the report. */
  readonly limits: readonly string[];
  /** Rejects with a LoadError when the connections cannot be made. */
  open(load: ClosedLoad): Promise<LoadSession>;
}

export class LoadError extends Error {
  override readonly name = 'LoadError';
}
