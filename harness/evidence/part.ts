/** A part of the evidence: what was found, or why nothing could be. */
import { UserError } from '../errors.js';
import { LoadError } from '../load/client.js';
import { cpuUse } from '../probe/cpu-share.js';
import { readCpuTicks } from '../probe/proc.js';
import { isSystemError, known, type Reading, unknown } from '../probe/reading.js';
import type { Placement } from '../results/schema.js';
import type { GatherInput } from '../run/input.js';
import { ServerFault } from '../server/fault.js';
import { Interrupted } from '../server/wait.js';

export type Part<T> =
  | { items: T[]; why: null; stealPercent?: number | null }
  | { items: null; why: string };

/** All that there are; none is a reason. */
export function partOf<T>(items: T[], reasons: readonly string[]): Part<T> {
  if (items.length > 0) return { items, why: null };
  return { items: null, why: reasons.join('; ') || 'no server that takes part has any' };
}

/**
 * What the body gives. A failure for a known reason becomes that reason, with a note, and the rest
 * of the evidence is still gathered. Rejects with Interrupted, or on a bug.
 */
export async function attempt<T>(
  what: string,
  { onEvent, signal }: Pick<GatherInput, 'onEvent' | 'signal'>,
  body: () => Promise<T>,
): Promise<Reading<T>> {
  if (signal.aborted) throw new Interrupted();
  onEvent({ kind: 'phase', name: 'evidence', text: what });
  try {
    return known(await body());
  } catch (error) {
    if (!isOperational(error)) throw error;
    onEvent({ kind: 'note', level: 'warn', text: `evidence, ${what}: ${error.message}` });
    return unknown(error.message);
  }
}

/** The part with what the hypervisor took of the run's CPUs while it was gathered. */
export async function withSteal<T>(
  { serverCpus, clientCpus }: Placement,
  body: () => Promise<Part<T>>,
): Promise<Part<T>> {
  const before = readCpuTicks();
  const part = await body();
  if (part.items === null) return part;
  const use = cpuUse(before, readCpuTicks(), [...new Set([...serverCpus, ...clientCpus])]);
  const hasTime = use.ok && use.value.totalUs > 0;
  return {
    ...part,
    stealPercent: hasTime ? (100 * use.value.stealUs) / use.value.totalUs : null,
  };
}

/** Operational: a server, the load or the machine failed, not the harness. */
function isOperational(error: unknown): error is Error {
  return (
    error instanceof UserError ||
    error instanceof ServerFault ||
    error instanceof LoadError ||
    (isSystemError(error) && 'syscall' in error)
  );
}
