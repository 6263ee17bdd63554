/**
 * What a load client in JavaScript counts: since traffic began, and inside the measured window. The
 * native client's counterpart is native/loadgen/ledger.hpp; both follow LoadWindow.
 *
 * A request belongs to the window when it was sent in it. Requests already in flight when the
 * window opens are carried: their replies count as completed, but not as ok, and their latency is
 * not recorded.
 */
import type { LoadWindow } from './client.js';
import { LatencyRecorder } from './histogram.js';

/** How a connection is lost. */
export type Failure = 'reset' | 'closed' | 'wrong_bytes' | 'bad_status' | 'protocol';

/** A window's counts, without the CPU time, which a ledger cannot know. */
export type WindowCounts = Omit<LoadWindow, 'cpuUs'>;

interface OpenWindow {
  readonly startNs: bigint;
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
  #window: OpenWindow | undefined;

  sent(): void {
    if (this.#window !== undefined) this.#window.sent++;
  }

  received(bytes: number): void {
    if (this.#window !== undefined) this.#window.bytesRead += bytes;
  }

  /** carried: the request was sent before the window opened. */
  verified(latencyNs: number, carried: boolean): void {
    this.completed++;
    const window = this.#window;
    if (window === undefined) return;
    window.completed++;
    if (carried) return;
    window.ok++;
    window.latencies.record(latencyNs);
  }

  /**
   * A connection was lost with these requests in flight. Losing one in the window costs the window
   * at least one request: if none of its own was in flight, the one that would have been sent next
   * counts as sent and failed.
   */
  lost(failure: Failure, carried: number, inWindow: number, words: string): void {
    this.errors += Math.max(carried + inWindow, 1);
    this.firstError ??= `${failure}: ${words}`;
    const window = this.#window;
    if (window === undefined) return;
    if (inWindow === 0) window.sent++;
    window.errors[failure] = (window.errors[failure] ?? 0) + Math.max(inWindow, 1);
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
    };
  }

  /** unfinished: requests of the window that are in flight now. */
  closeWindow(unfinished: number): WindowCounts {
    const window = this.#window;
    if (window === undefined) throw new Error('no window is open');
    const endNs = process.hrtime.bigint();
    this.#window = undefined;
    const { latencies, ...counts } = window;
    const failed = Object.values(counts.errors).reduce((sum, count) => sum + count, 0);
    if (counts.sent !== counts.ok + failed + unfinished) {
      throw new Error(`requests were miscounted: ${JSON.stringify(counts.errors)}, ${unfinished}`);
    }
    return {
      ...counts,
      endNs,
      unfinished,
      timeouts: 0,
      service: latencies.summary(),
      ...(this.firstError === undefined ? {} : { firstError: this.firstError }),
    };
  }
}
