/**
 * What a run gathers beside its trials, for the claims that no trial can decide: the cost of a
 * switch, what the servers do call by call, who wakes whom, what their sources look like. Each part
 * is null with a `why` where this machine could not give it, or the run was not asked for it.
 */
import { z } from 'zod';

/** A part that may be missing. */
function part<T extends z.ZodType>(items: T) {
  return z.union([
    z.strictObject({ items: z.array(items), why: z.null() }),
    z.strictObject({ items: z.null(), why: z.string() }),
  ]);
}

/** One line of the switch table: median over rounds with a 95 % order-statistic interval. */
export const switchCostSchema = z.strictObject({
  /** For example thread_futex, thread_pipe, thread_eventfd, cross_core, coroutine_raw, gosched. */
  name: z.string(),
  /** Memory that each side touches between two switches. */
  workingSetBytes: z.int(),
  ns: z.number().nullable(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
  n: z.int(),
  /** Switches counted by the kernel were those expected; null where the kernel cannot see them. */
  verified: z.boolean().nullable(),
  why: z.string().optional(),
});
export type SwitchCost = z.infer<typeof switchCostSchema>;

export const tracedCallSchema = z.strictObject({
  call: z.string(),
  /** What the descriptor is: listener, connection, epoll, eventfd, other; empty for none. */
  on: z.string(),
  /** The arguments that matter, normalised. */
  detail: z.string(),
  /** The result, as a number or the name of the error. */
  result: z.string(),
});
export const TRACE_PHASES = ['listen', 'accept', 'request', 'close', 'stop'] as const;
export const traceSchema = z.strictObject({
  subject: z.string(),
  instrument: z.enum(['strace', 'tracepoints']),
  phases: z.array(
    z.strictObject({ phase: z.enum(TRACE_PHASES), calls: z.array(tracedCallSchema) }),
  ),
});
export type Trace = z.infer<typeof traceSchema>;

/** Who made parked coroutines runnable again, under one load. */
export const wakeupsSchema = z.strictObject({
  subject: z.string(),
  load: z.enum(['idle', 'medium', 'saturated']),
  requests: z.int(),
  /** Per source: find_runnable_nonblocking, find_runnable_blocking, sysmon, deadline, close. */
  counts: z.record(z.string(), z.int()),
});
export type Wakeups = z.infer<typeof wakeupsSchema>;

/** A part of a server's source, as it stands in its files, with what was counted in it. */
export const sourceSchema = z.strictObject({
  variant: z.string(),
  part: z.enum(['plain', 'relay']),
  files: z.array(z.strictObject({ path: z.string(), firstLine: z.int(), text: z.string() })),
  /** For example code_lines, functions, states, fields_across_waits, nesting_max, reentries. */
  counts: z.record(z.string(), z.int()),
});
export type SourceEvidence = z.infer<typeof sourceSchema>;

/** Bytes per idle connection: slope of memory over connections (Theil-Sen), with its interval. */
export const memorySlopeSchema = z.strictObject({
  subject: z.string(),
  kind: z.enum(['user', 'kernel']),
  connections: z.array(z.int()),
  bytesPerConnection: z.number().nullable(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
  n: z.int(),
  source: z.string(),
  why: z.string().optional(),
});
export type MemorySlope = z.infer<typeof memorySlopeSchema>;

export const evidenceSchema = z.strictObject({
  switchCosts: part(switchCostSchema),
  traces: part(traceSchema),
  wakeups: part(wakeupsSchema),
  sources: part(sourceSchema),
  memory: part(memorySlopeSchema),
});
export type Evidence = z.infer<typeof evidenceSchema>;
