/**
 * The order of the trials, who still takes part, and how long it will take. Pure but for its own
 * bookkeeping.
 */
import type { Condition, Plan, Trial } from '../results/schema.js';
import type { TrialPlace } from './trial.js';

/** A subject that fails this often in a row gets no further trials. */
const FAILURES_IN_A_ROW_MAX = 2;

/**
 * Trials of all conditions, block by block: when a run ends early, every condition has as many
 * blocks as can be.
 */
export function plannedPlaces(plan: Plan, subjects: ReadonlySet<string>): TrialPlace[] {
  const blocks = Array.from({ length: plan.blocks }, (_, block) => block);
  return blocks.flatMap((block) =>
    plan.conditions.flatMap((condition, index) =>
      (plan.order[index]?.[block] ?? []).flatMap((subject, position) =>
        subjects.has(subject) ? [{ subject, condition, block, position }] : [],
      ),
    ),
  );
}

/** Drops subjects that keep failing: in one condition, or wherever they are tried. */
export class Dropouts {
  readonly #streaks = new Map<string, number>();

  /** Takes note of a trial; a text when its subject has just dropped out. */
  note(trial: Trial, condition: Condition): string | null {
    const failed = trial.status === 'failed';
    const everywhere = this.#count(trial.subject, failed);
    const here = this.#count(inCondition(trial.subject, condition), failed);
    const times = FAILURES_IN_A_ROW_MAX;
    if (everywhere === times) {
      return `${trial.subject} failed ${times} trials in a row and gets no further ones`;
    }
    if (here === times) {
      return `${trial.subject} failed ${times} trials of ${condition.id} in a row and gets no further ones there`;
    }
    return null;
  }

  /** Whether a planned trial is still to be run. */
  admits({ subject, condition }: TrialPlace): boolean {
    return [subject, inCondition(subject, condition)].every(
      (key) => (this.#streaks.get(key) ?? 0) < FAILURES_IN_A_ROW_MAX,
    );
  }

  #count(key: string, failed: boolean): number {
    const streak = failed ? (this.#streaks.get(key) ?? 0) + 1 : 0;
    this.#streaks.set(key, streak);
    return streak;
  }
}

function inCondition(subject: string, condition: Condition): string {
  return `${subject} in ${condition.id}`;
}

/** Before the first trial has ended: start, connect and stop, ms. */
const OVERHEAD_GUESS_MS = 500;

/** Time left: the plan's warm-up and window, and the mean overhead of the trials so far. */
export class Clock {
  readonly #plan: Plan;
  #trials = 0;
  #overheadMs = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Takes note of how long a trial took in all, ms. */
  note(durationMs: number): void {
    this.#trials += 1;
    this.#overheadMs += durationMs - this.#plan.warmupMs - this.#plan.windowMs;
  }

  remainingMs(trials: number): number {
    const overheadMs = this.#trials === 0 ? OVERHEAD_GUESS_MS : this.#overheadMs / this.#trials;
    const eachMs = this.#plan.warmupMs + this.#plan.windowMs + overheadMs;
    return Math.max(0, Math.round(trials * eachMs));
  }
}
