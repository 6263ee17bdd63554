/** What a run takes and gives: the interface between harness/cli and harness/run. */
import type { LoadClient } from '../load/client.js';
import type { LadderSpec } from '../plan/ladder-plan.js';
import type { SweepSpec } from '../plan/sweep-plan.js';
import type { Variant } from '../plan/variant.js';
import type { Evidence } from '../results/evidence.js';
import type { TrialsFile } from '../results/parse.js';
import type { Plan, Results, Skipped } from '../results/schema.js';
import type { CalibrationForm } from './calibrate.js';
import type { Network } from './network.js';
import type { Candidate } from './prepare.js';
import type { OnEvent } from './progress.js';
import type { Spin } from './sentinel.js';

/** One subject of the plan: a variant under a name of its own. `aaOf` marks an identical twin. */
export interface RunSubject {
  readonly id: string;
  readonly variant: Variant;
  readonly aaOf?: string;
  /** Flags of its own for the server. */
  readonly args: readonly string[];
  /** Built already, from another state of the sources. */
  readonly prebuilt?: Prebuilt;
}

/** A server of another state of the sources, ready to start. */
export interface Prebuilt {
  readonly built: Built;
  /** Names the state. Native servers of one state must share a core; those of two may differ. */
  readonly tree: string;
}

/**
 * Time limits, ms. None of them is part of a measurement; each ends a wait that would be for ever.
 */
export interface RunLimits {
  /** From the start of a server to its ready line. */
  readonly readyMs: number;
  /** From a question (a request of the check, `stats`) to its answer. */
  readonly answerMs: number;
  /** From SIGTERM to the end of the process; docs/PROTOCOL.md gives the server 2 s. */
  readonly stopMs: number;
  /** How long a warm-up may exceed plan.warmupMs while replies are still missing. */
  readonly extraWarmupMs: number;
  /** From a call of the load client that waits (open, finish) to its end. */
  readonly clientMs: number;
}

export const DEFAULT_LIMITS: RunLimits = {
  readyMs: 10_000,
  answerMs: 5_000,
  stopMs: 3_000,
  extraWarmupMs: 5_000,
  clientMs: 15_000,
};

export interface RunInput {
  readonly plan: Plan;
  readonly subjects: readonly RunSubject[];
  /** What discovery already left out. */
  readonly skipped: readonly Skipped[];
  /** Where trials.ndjson and results.json go; made when it is missing. */
  readonly folder: string;
  readonly runId: string;
  readonly argv: readonly string[];
  readonly client: LoadClient;
  readonly onEvent: OnEvent;
  /** Ends the run early: what was measured is kept. Its reason may be the name of the signal. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<RunLimits>;
  /**
   * The short form of the conformance suite, with the subject's own flags: null, or why the subject
   * must not be measured. Absent: only the check of check.ts.
   */
  readonly conform?: (
    built: Built,
    args: readonly string[],
    signal: AbortSignal,
  ) => Promise<string | null>;
  /** The jitter sentinel around blocks; absent: none. */
  readonly spin?: Spin;
  /** How thoroughly to calibrate before the first trial; absent: not at all. */
  readonly calibration?: CalibrationForm;
  /** Whether to run instrumented trials after the blocks, where that is permitted. */
  readonly instrumented?: boolean;
  /** What to gather for the claims after the last trial; absent: nothing. */
  readonly gather?: Gather;
  /**
   * Makes the run a sweep: the plan's only condition is closed and stands for its clients; a pilot
   * replaces it by open ones before the header is written.
   */
  readonly sweep?: SweepSpec;
  /**
   * Makes the run go on where this one ended, in its folder: its plan must be the plan, and its
   * header stays.
   */
  readonly earlier?: TrialsFile;
  /** Open loads that are added to the plan once a pilot knows the capacities; not with a sweep. */
  readonly ladder?: LadderSpec;
  /** What `run` itself makes for the plan's `net`, and the trials use; absent: loopback. */
  readonly network?: Network;
}

/** What a run hands to those who gather evidence: everything is built, checked and pinned. */
export interface GatherInput {
  readonly plan: Plan;
  readonly candidates: readonly Candidate[];
  readonly limits: RunLimits;
  readonly root: string;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

/**
 * Puts each part into `found` when it is there, so that an interruption keeps those. Rejects with
 * Interrupted.
 */
export type Gather = (input: GatherInput, found: Partial<Evidence>) => Promise<void>;

export interface RunOutcome {
  readonly results: Results;
  readonly folder: string;
}

/** A variant ready to start: its program and what is known about it. */
export interface Built {
  readonly variant: Variant;
  /** Program and arguments, every placeholder replaced. */
  readonly command: readonly string[];
  readonly workdir: string;
  /** What is set on top of the harness' own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends a server without control, its placeholders of a place not replaced; absent: SIGTERM. */
  readonly stop?: readonly string[];
  /** sha256 of the files the command consists of. */
  readonly sha256: string;
  /** What the variant's `version` command said, or null. */
  readonly toolchain: string | null;
}
