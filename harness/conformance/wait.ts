/**
 * Waiting with a limit. Nothing here sleeps and hopes: a wait ends when its condition holds, or
 * fails with its name.
 */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Far beyond anything a healthy server needs on a loaded machine; only failures wait so long. One
 * for the process: whoever starts the checks chooses it, not each wait.
 */
let limitMs = 10_000;
const POLL_MS = 1;

/** From now on every wait ends after `ms`; returns what it was before. */
export function setWaitLimit(ms: number): number {
  const before = limitMs;
  limitMs = ms;
  return before;
}

function late(what: string | (() => string)): Error {
  const text = typeof what === 'string' ? what : what();
  return new Error(`after ${limitMs} ms still waiting for ${text}`);
}

/**
 * The promise's value; rejects when it takes longer than the limit. `what` may be computed at that
 * moment.
 */
export async function within<T>(promise: Promise<T>, what: string | (() => string)): Promise<T> {
  const timer = new AbortController();
  const timedOut = pause(limitMs, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw late(what);
  });
  // The abort below rejects it when it has lost the race; that is its only other outcome.
  timedOut.catch(() => {});
  try {
    return await Promise.race([promise, timedOut]);
  } finally {
    timer.abort();
  }
}

/** Asks again and again until `probe` returns something other than undefined. */
export async function until<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  what: string | (() => string),
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > end) throw late(what);
    await pause(POLL_MS);
  }
}

/** Tells those who wait for it that something has changed. */
export class Changes {
  #waiters: (() => void)[] = [];

  notify(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /** The next change. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }
}

/** Asks after each change until `probe` returns something other than undefined. */
export async function untilChanged<T>(
  changes: Changes,
  probe: () => T | undefined,
  what: string | (() => string),
): Promise<T> {
  const found = async () => {
    for (;;) {
      const value = probe();
      if (value !== undefined) return value;
      await changes.next();
    }
  };
  return probe() ?? within(found(), what);
}
