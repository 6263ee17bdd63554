/**
 * Time limits, ms. None is part of a measurement; each ends a wait that would last for ever.
 */
import { type Condition, connectionsHeld } from '../results/schema.js';
import type { ServerLimits } from '../server/built.js';

export interface RunLimits extends ServerLimits {
  /** How long a warm-up may exceed its planned time while replies are still missing. */
  readonly extraWarmupMs: number;
  /** From the end of a window to the last reply to a request of it. */
  readonly drainMs: number;
  /** From a call of the load client that waits (open, pause, close) to its end. */
  readonly clientMs: number;
}

export const DEFAULT_LIMITS: RunLimits = {
  readyMs: 10_000,
  answerMs: 5_000,
  stopMs: 3_000,
  extraWarmupMs: 5_000,
  drainMs: 1_000,
  clientMs: 15_000,
};

/** Thousands of connections, and their threads, take time to make, to answer and to end. */
const MS_PER_CONNECTION = 0.5;

/** With time for as many connections as the server will hold. */
export function limitsFor(condition: Condition, limits: RunLimits): RunLimits {
  const more = Math.round(MS_PER_CONNECTION * connectionsHeld(condition));
  return {
    ...limits,
    stopMs: limits.stopMs + more,
    drainMs: limits.drainMs + more,
    clientMs: limits.clientMs + 2 * more,
  };
}
