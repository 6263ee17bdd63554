/**
 * What a run gathers apart from its trials, for the claims that no trial can decide: the cost of a
 * switch, what the servers do call by call, who wakes whom, what their sources look like. Each part
 * is null with a `why` where this machine could not give it, or the run was not asked for it.
 */
import { z } from 'zod';

/** A part that may be missing. */
function part<T extends z.ZodType>(items: T) {
  return z.union([
    z.strictObject({
      items: z.array(items),
      why: z.null(),
      /**
       * Of pieces that load the machine: what the hypervisor took meanwhile of the time of the CPUs
       * in use, %; null: the kernel does not report it.
       */
      stealPercent: z.number().nullable().optional(),
    }),
    z.strictObject({ items: z.null(), why: z.string() }),
  ]);
}

/**
 * Names of the rows that claims read, by what is switched: those of `iomodels micro`, without the
 * working set. thread: two threads pinned to one CPU, the same system calls in one thread
 * subtracted. crossCore: the wake-up of a thread on another CPU.
 */
export const SWITCH_ROWS = {
  thread: ['thread-pipe', 'thread-eventfd', 'thread-futex'],
  crossCore: ['cross-core'],
  coroutine: ['raw-switch', 'yield', 'park-ready'],
  goroutine: ['gosched', 'channel'],
} as const;

/**
 * Further rows, which split a request's CPU time. floor: the server's read and write of one request
 * over loopback, nobody waits. call: a system call that does next to nothing.
 */
export const COST_ROWS = { floor: ['floor-64', 'floor-512'], call: ['clock-thread-cpu'] } as const;

/** One line of the switch table: median over rounds with a 95 % order-statistic interval. */
export const switchCostSchema = z.strictObject({
  /** One of SWITCH_ROWS or COST_ROWS, or a row that no claim reads. */
  name: z.string(),
  /** Memory that each side touches between two switches. */
  workingSetBytes: z.int(),
  ns: z.number().nullable(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
  n: z.int(),
  /**
   * CPU time of the system calls of one switch where nobody waits, ns: taken off `ns` already, and
   * to be taken off whatever else makes the same calls. null for rows that make none.
   */
  callsNs: z.number().nullable().optional(),
  /** Switches counted by the kernel were those expected; null where the kernel cannot see them. */
  verified: z.boolean().nullable(),
  why: z.string().optional(),
});
export type SwitchCost = z.infer<typeof switchCostSchema>;

export const tracedCallSchema = z.strictObject({
  call: z.string(),
  /**
   * What the descriptor is: listener, connection (`connection 2` for a second one, and so on),
   * epoll, eventfd, other; empty for none. Of socket
   * and accept4: what was made of the result, and what was accepted from. Of epoll_ctl: the
   * descriptor that is added or deleted.
   */
  on: z.string(),
  /**
   * The arguments that matter, normalised: `ADD IN|OUT|RDHUP|ET` of epoll_ctl, `STREAM|NONBLOCK` of
   * socket and accept4, `SETFL NONBLOCK` of fcntl.
   */
  detail: z.string(),
  /** The result, as a number or the name of the error: `0`, `7`, `EAGAIN`. */
  result: z.string(),
});
export type TracedCall = z.infer<typeof tracedCallSchema>;

/** bulk: a second connection, whose long reply is read slowly, so that writes find no room. */
export const TRACE_PHASES = ['listen', 'accept', 'request', 'close', 'bulk', 'stop'] as const;
/**
 * Calls in the order in which they returned, so that a wait is where it ended. Those that never
 * returned are not in it. Taken of a server that the instrument slows down: it says what happens,
 * never how fast.
 */
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
  /**
   * counters: the runtime's own. strace: events that its polls returned, traced at these calls
   * alone; an upper bound, because an event may find nobody parked.
   */
  instrument: z.enum(['counters', 'strace']),
  load: z.enum(['idle', 'medium', 'saturated']),
  requests: z.int(),
  /**
   * Per source: find_runnable_nonblocking, find_runnable_blocking, sysmon, deadline, close. And
   * in_vain: calls that found nothing after a wake-up; left out where it is not counted.
   */
  counts: z.record(z.string(), z.int()),
});
export type Wakeups = z.infer<typeof wakeupsSchema>;

/** A part of a server's source, as in its files, with what was counted in it. */
export const sourceSchema = z.strictObject({
  variant: z.string(),
  part: z.enum(['plain', 'relay']),
  files: z.array(z.strictObject({ path: z.string(), firstLine: z.int(), text: z.string() })),
  /**
   * Per part: code_lines, functions, states, fields_across_waits, nesting_max, reentries; what is
   * not counted is left out.
   */
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
  /** What each repetition measured, bytes above its server without connections. */
  points: z
    .array(z.strictObject({ repetition: z.int(), connections: z.int(), bytes: z.number() }))
    .optional(),
  why: z.string().optional(),
});
export type MemorySlope = z.infer<typeof memorySlopeSchema>;

/** What a run may gather apart from its trials. */
export const PIECES = ['switchCosts', 'traces', 'wakeups', 'sources', 'memory'] as const;
export type Piece = (typeof PIECES)[number];

export const evidenceSchema = z.strictObject({
  switchCosts: part(switchCostSchema),
  traces: part(traceSchema),
  wakeups: part(wakeupsSchema),
  sources: part(sourceSchema),
  memory: part(memorySlopeSchema),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/** Why a part is missing that a run did not come to. */
export const NOT_REACHED = 'the run ended before it was gathered';

/** Evidence of a run: what has been found so far, and why the rest is missing. */
export function evidenceOf(found: Partial<Evidence>): Evidence {
  const missing = { items: null, why: NOT_REACHED };
  return {
    switchCosts: missing,
    traces: missing,
    wakeups: missing,
    sources: missing,
    memory: missing,
    ...found,
  };
}
