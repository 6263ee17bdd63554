/** A variant ready to start: its program and what is known about it. */
import type { Variant } from '../plan/variant.js';
import type { PerfEvent } from '../probe/native.js';
import type { Place } from './outside.js';

/** How to start a variant's server. */
export interface Program {
  readonly variant: Variant;
  /** Program and arguments, every placeholder replaced. */
  readonly command: readonly string[];
  readonly workdir: string;
  /** Ends a server without control, its placeholders of a place not replaced; absent: SIGTERM. */
  readonly stop?: readonly string[];
}

export interface Built extends Program {
  /** sha256 of the files the command consists of. */
  readonly sha256: string;
  /** What the variant's `version` command said, or null. */
  readonly toolchain: string | null;
}

/** Time limits, ms. */
export interface ServerLimits {
  /** From the start of a server to its ready line. */
  readonly readyMs: number;
  /** From a question (a request of the check, `stats`) to its answer. */
  readonly answerMs: number;
  /** From SIGTERM to the end of the process; docs/PROTOCOL.md gives the server 2 s. */
  readonly stopMs: number;
}

/** How one server is started. */
export interface Setup {
  readonly program: Program;
  /** The whole command. */
  readonly command: readonly string[];
  readonly limits: ServerLimits;
  /** How a person starts the same server; absent: with the command. */
  readonly byHand?: readonly string[];
  /** Where a server without control listens; absent: it says so itself. */
  readonly place?: Place | undefined;
  /** What is counted of it and of all that it starts, from its first instruction on. */
  readonly events?: readonly PerfEvent[];
}
