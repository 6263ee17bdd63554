/**
 * Waiting that always ends: with the event, at a time limit, or because the run was interrupted.
 */
import { setTimeout as sleepFor } from 'node:timers/promises';

/** The run was told to end. Not a failure of anybody; caught in run.ts alone. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('the run was interrupted');
  }
}

/** Result of `within`: the value, or the news that time was up. */
export type Within<T> = { readonly late: false; readonly value: T } | { readonly late: true };

/** Waits for a promise, at most `limitMs`. The promise goes on when time is up. */
export async function within<T>(promise: Promise<T>, limitMs: number): Promise<Within<T>> {
  const timer = new AbortController();
  const late = sleepFor(limitMs, undefined, { signal: timer.signal }).then(
    () => ({ late: true }) as const,
    // Reached only by our own abort below, when the race is decided.
    () => ({ late: true }) as const,
  );
  try {
    return await Promise.race([promise.then((value) => ({ late: false, value }) as const), late]);
  } finally {
    timer.abort();
  }
}

/** Waits for a promise, or rejects with Interrupted as soon as the signal fires. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  if (signal.aborted) {
    // The caller stops listening here; what it started is torn down by its own clean-up.
    promise.catch(() => {});
    throw new Interrupted();
  }
  const ended = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const options = { once: true, signal: ended.signal };
    signal.addEventListener('abort', () => reject(new Interrupted()), options);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    ended.abort();
  }
}

/** Sleeps, or rejects with Interrupted. One timer, nothing else runs meanwhile. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleepFor(ms, undefined, { signal });
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    throw error;
  }
}
