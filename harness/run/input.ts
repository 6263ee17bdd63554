/** What a run takes and gives: the interface between harness/cli and harness/run. */
import type { LoadClient } from '../load/client.js';
import type { LadderSpec } from '../plan/ladder-plan.js';
import type { SweepSpec } from '../plan/sweep-plan.js';
import type { Spin } from '../probe/native.js';
import type { Evidence } from '../results/evidence.js';
import type { TrialsFile } from '../results/parse.js';
import type { Plan, Results, Skipped } from '../results/schema.js';
import type { CalibrationForm } from './calibrate.js';
import type { RunLimits } from './limits.js';
import type { Conform } from './prepare.js';
import type { OnEvent } from './progress.js';
import type { Candidate, RunSubject } from './subject.js';

/** A run is one of these. */
export type RunInput = Fresh | Sweep | Batch | Resumed;

/** Every run has these. */
export interface Asked {
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
  /** What each server must do before it is measured. */
  readonly conform: Conform;
  /** Adds the verdicts on claims before the results are written; absent: none are judged. */
  readonly judge?: (results: Results) => Results;
  /** Measures at calibration whether two CPUs slow each other down; absent: not known. */
  readonly spin?: Spin;
}

/** A plan is carried out. */
export interface Fresh extends Asked, Extras {
  readonly kind: 'fresh';
  readonly plan: Plan;
  /** How thoroughly to calibrate before the first trial; absent: not at all. */
  readonly calibration?: CalibrationForm;
  /** Open loads that are added to the plan once a pilot knows the capacities. */
  readonly ladder?: LadderSpec;
}

/**
 * The plan's only condition is closed and only describes the clients; a pilot replaces it by open
 * ones before the header is written.
 */
export interface Sweep extends Asked {
  readonly kind: 'sweep';
  readonly plan: Plan;
  readonly sweep: SweepSpec;
  readonly calibration?: CalibrationForm;
}

/** Trials alone, for the gate and for comparisons of options. */
export interface Batch extends Asked {
  readonly kind: 'batch';
  readonly plan: Plan;
  readonly calibration?: CalibrationForm;
}

/** Continues where a fresh run or a sweep ended, in its folder; its header stays. */
export interface Resumed extends Asked, Extras {
  readonly kind: 'resumed';
  readonly earlier: TrialsFile;
}

/** What is measured apart from the plan's trials. */
export interface Extras {
  /** Whether to run instrumented trials after the blocks, where the kernel permits it. */
  readonly instrumented?: boolean;
  /** What to gather for the claims after the last trial; absent: nothing. */
  readonly gather?: Gather;
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
 * Puts each part into `found` when it is complete, so that an interruption keeps it. Rejects with
 * Interrupted.
 */
export type Gather = (input: GatherInput, found: Partial<Evidence>) => Promise<void>;

export interface RunOutcome {
  readonly results: Results;
  readonly folder: string;
}

type PlanSource =
  | { readonly kind: Exclude<RunInput['kind'], 'resumed'>; readonly plan: Plan }
  | { readonly kind: 'resumed'; readonly earlier: TrialsFile };

/** The plan that a run begins with. */
export function planOf(input: PlanSource): Plan {
  return input.kind === 'resumed' ? input.earlier.header.plan : input.plan;
}

/** What a run measures apart from its trials. */
export function extrasOf(input: RunInput): Extras {
  return input.kind === 'fresh' || input.kind === 'resumed' ? input : {};
}
