/** Who gets no further trials because it keeps failing. Pure but for its own bookkeeping. */
import type { Condition, Trial } from '../results/schema.js';

/** A subject that fails this often in a row gets no further trials. */
const FAILURES_IN_A_ROW_MAX = 2;

interface Planned {
  readonly subject: string;
  readonly condition: Condition;
}

/** Drops subjects that keep failing: in one condition, or everywhere when they never worked. */
export class Dropouts {
  readonly #streaks = new Map<string, number>();
  readonly #worked = new Set<string>();

  /** Records a trial; a text when its subject has just dropped out. */
  note(trial: Trial, condition: Condition): string | null {
    const failed = trial.status === 'failed';
    if (!failed) this.#worked.add(trial.subject);
    const everywhere = this.#worked.has(trial.subject) ? 0 : this.#count(trial.subject, failed);
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
  admits({ subject, condition }: Planned): boolean {
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
