/**
 * How the lives of a block are measured: in slices, in turn.
 *
 * A life is one server process in one block; in the results it is a trial. A slice is a short
 * warm-up and a window of one life, while the block's other servers wait with their connections
 * parked. A round visits every life of the block; the next round mirrors it.
 */
import { z } from 'zod';

export const slicingSchema = z.strictObject({
  /** Windows of a life; the reference has as many in each leg. */
  rounds: z.int().min(1),
  /** Traffic before the first window of a life, ms. */
  firstWarmupMs: z.number().min(0),
  /** Traffic before each other one, ms. */
  warmupMs: z.number().min(0),
  windowMs: z.number().min(0),
  /**
   * The subjects of a round in groups small enough that compared subjects are only a few slices
   * apart. The reference and its twin are in each of them. Empty: the lives of a block do not
   * overlap, each is measured and ended before the next one starts.
   */
  legs: z.array(z.array(z.string())),
});
export type Slicing = z.infer<typeof slicingSchema>;

/** One window of a life. */
export const sliceSchema = z.strictObject({
  /** From 0; windows of the same round and leg are paired. */
  round: z.int().optional(),
  leg: z.int().optional(),
  windowNs: z.int(),
  /** Replies received in the window. */
  completed: z.int(),
  /** Between two `stats` lines around the window, as requestsBetweenStats of the trial. */
  requests: z.number(),
  /** CPU time of the server between the same two; null where it is not known. */
  cpuUs: z.number().nullable(),
  /** CPU time of the client in the window; null where it is not known. */
  clientCpuUs: z.number().nullable().optional(),
  /** Returns of the server's waits for events between the two lines; null where it does not count. */
  waits: z.number().nullable().optional(),
  /** p99 of the service time, ns; null without replies. Absent from files of before slices had it. */
  p99Ns: z.number().nullable().optional(),
});
export type Slice = z.infer<typeof sliceSchema>;

interface Sliced {
  readonly warmupMs: number;
  readonly windowMs: number;
  readonly slicing?: Readonly<Record<string, Slicing>> | undefined;
}

/** Of a condition, by its id: one window a life, lives that do not overlap, if nothing else is said. */
export function slicingOf({ slicing, warmupMs, windowMs }: Sliced, condition: string): Slicing {
  const once = { rounds: 1, firstWarmupMs: warmupMs, warmupMs: 0, windowMs, legs: [] };
  return slicing?.[condition] ?? once;
}

/** Windows of one life. The reference and its twin, which are in every leg, have more. */
export function slicesOf({ rounds, legs }: Slicing, subject: string): number {
  return rounds * Math.max(1, legs.filter((leg) => leg.includes(subject)).length);
}
