/**
 * What a load client in JavaScript counts: since traffic began, and of the measured window. The
 * native client's counterpart is native/loadgen/ledger.hpp; both follow LoadWindow.
 *
 * A request is the window's own when it was sent in it. Replies of other requests count as
 * completed while the window is open, but not as ok, and their latency is not recorded.
 */

import { given } from '../optional.js';
import type { LoadWindow } from './client.js';
import { LatencyRecorder } from './histogram.js';

/** How a connection is lost. */
export type Failure = 'reset' | 'closed' | 'wrong_bytes' | 'bad_status' | 'protocol';

/** A window's counts, without the CPU time, which a ledger cannot know. */
export type WindowCounts = Omit<LoadWindow, 'cpuUs'>;

interface OwnCounts {
  readonly startNs: bigint;
  /** 0n while the window is open. */
  endNs: bigint;
  completed: number;
  sent: number;
  ok: number;
  readonly errors: Partial<Record<Failure, number>>;
  bytesRead: number;
  readonly latencies: LatencyRecorder;
}

export class Ledger {
  completed = 0;
  errors = 0;
  /** The first failure since the connections were made. */
  firstError: string | undefined;
  #window: OwnCounts | undefined;
  #isOpen = false;

  /** Returns whether the request is the window's own. */
  sent(): boolean {
    if (this.#window === undefined || !this.#isOpen) return false;
    this.#window.sent++;
    return true;
  }

  received(bytes: number): void {
    if (this.#window !== undefined && this.#isOpen) this.#window.bytesRead += bytes;
  }

  verified(latencyNs: number, own: boolean): void {
    this.completed++;
    const window = this.#window;
    if (window === undefined) return;
    if (this.#isOpen) window.completed++;
    if (!own) return;
    window.ok++;
    window.latencies.record(latencyNs);
  }

  /**
   * A connection was lost with so many requests in flight, `own` of them the window's. Losing one
   * while the window is open costs it at least one request: if none of its own was in flight, the
   * one that would have been sent next counts as sent and failed.
   */
  lost(failure: Failure, inFlight: number, own: number, words: string): void {
    this.errors += Math.max(inFlight, 1);
    this.firstError ??= `${failure}: ${words}`;
    const window = this.#window;
    if (window === undefined) return;
    const failed = own > 0 || !this.#isOpen ? own : 1;
    window.sent += failed - own;
    if (failed > 0) window.errors[failure] = (window.errors[failure] ?? 0) + failed;
  }

  openWindow(): void {
    this.#window = {
      completed: 0,
      sent: 0,
      ok: 0,
      errors: {},
      bytesRead: 0,
      latencies: new LatencyRecorder(),
      startNs: process.hrtime.bigint(),
      endNs: 0n,
    };
    this.#isOpen = true;
  }

  closeWindow(): void {
    if (this.#window === undefined) throw new Error('no window is open');
    this.#window.endNs = process.hrtime.bigint();
    this.#isOpen = false;
  }

  /** Requests of the window whose outcome is not known. */
  get pending(): number {
    if (this.#window === undefined) return 0;
    const { sent, ok, errors } = this.#window;
    return sent - ok - Object.values(errors).reduce((sum, count) => sum + count, 0);
  }

  /** Ends the drain. So many requests are still in flight, `own` of them the window's. */
  seal(unanswered: number, own: number): WindowCounts {
    const window = this.#window;
    if (window === undefined) throw new Error('no window was open');
    const { latencies, ...counts } = window;
    if (this.pending !== own) {
      throw new Error(`requests were miscounted: ${JSON.stringify(counts.errors)}, ${own}`);
    }
    this.#window = undefined;
    return {
      ...counts,
      unfinished: own,
      unanswered,
      timeouts: 0,
      service: latencies.summary(),
      ...given({ firstError: this.firstError }),
    };
  }
}
