/**
 * Waiting that always ends: with the event, at a time limit, or because the run was interrupted.
 * Nothing here relies on a sleep.
 */
import { setTimeout as sleepFor } from 'node:timers/promises';

/** The run was asked to end. No failure; caught in run.ts alone. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('the run was interrupted');
  }
}

/** Result of `within`: the value, or the news that time was up. */
export type Within<T> = { readonly late: false; readonly value: T } | { readonly late: true };

/** Waits for a promise, at most `limitMs`. The promise stays pending when time is up. */
export async function within<T>(promise: Promise<T>, limitMs: number): Promise<Within<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Within<T>>((resolve) => {
    timer = setTimeout(() => resolve({ late: true }), limitMs);
  });
  try {
    return await Promise.race([promise.then((value) => ({ late: false, value }) as const), late]);
  } finally {
    clearTimeout(timer);
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

/**
 * The default limit of waits, ms: far longer than a healthy server needs on a loaded machine, so
 * only failures wait so long. One for the process: the program that starts the checks sets it, not
 * each wait.
 */
let patienceMs = 10_000;
const POLL_MS = 1;

/** From now on every such wait ends after `ms`; returns what it was before. */
export function setWaitLimit(ms: number): number {
  const before = patienceMs;
  patienceMs = ms;
  return before;
}

export function waitLimitMs(): number {
  return patienceMs;
}

/** What is waited for; computed when time is up. */
type What = string | (() => string);

/** Time was up. */
export class Late extends Error {
  override readonly name = 'Late';

  constructor(what: What, limitMs: number) {
    super(`after ${limitMs} ms still waiting for ${typeof what === 'string' ? what : what()}`);
  }
}

/** The promise's value; rejects, naming what was waited for, when it takes longer than the limit. */
export async function inTime<T>(promise: Promise<T>, what: What, limitMs = patienceMs): Promise<T> {
  const outcome = await within(promise, limitMs);
  if (outcome.late) throw new Late(what, limitMs);
  return outcome.value;
}

/** Asks again and again until `probe` returns something other than undefined. */
export async function until<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  what: What,
  limitMs = patienceMs,
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > endMs) throw new Late(what, limitMs);
    await sleepFor(POLL_MS);
  }
}

/** Wakes its waiters when something has changed. */
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
  what: What,
  limitMs = patienceMs,
): Promise<T> {
  const found = async () => {
    for (;;) {
      const value = probe();
      if (value !== undefined) return value;
      await changes.next();
    }
  };
  return probe() ?? inTime(found(), what, limitMs);
}
