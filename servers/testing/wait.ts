/**
 * Waiting with a limit. Nothing here sleeps and hopes: a wait ends when its condition holds, or
 * fails with its name.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** Far beyond anything a healthy server needs on a loaded machine; only failures wait so long. */
export const LIMIT_MS = 10_000;
const POLL_MS = 1;

/**
 * The promise's value; rejects when it takes longer than LIMIT_MS. `what` may be computed at that
 * moment.
 */
export async function within<T>(promise: Promise<T>, what: string | (() => string)): Promise<T> {
  const timer = new AbortController();
  const late = pause(LIMIT_MS, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(
      `after ${LIMIT_MS} ms still waiting for ${typeof what === 'string' ? what : what()}`,
    );
  });
  // The abort below rejects `late` when it has lost the race; that is its only other outcome.
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** Asks again and again until `probe` returns something other than undefined. */
export async function until<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  what: string | (() => string),
): Promise<T> {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > end) {
      throw new Error(
        `after ${LIMIT_MS} ms still waiting for ${typeof what === 'string' ? what : what()}`,
      );
    }
    await pause(POLL_MS);
  }
}
