/**
 * The order of the trials, who still takes part, and how long it will take. Pure but for its own
 * bookkeeping.
 */
import { UserError } from '../errors.js';
import { blocksOf, type Condition, type Plan, type Trial } from '../results/schema.js';
import type { TrialPlace } from './trial.js';

/** A subject that fails this often in a row gets no further trials. */
const FAILURES_IN_A_ROW_MAX = 2;

/**
 * Trials of all conditions, block by block: when a run ends early, every condition has as many
 * blocks as can be. Those with fewer blocks than others end earlier.
 */
export function plannedPlaces(plan: Plan, subjects: ReadonlySet<string>): TrialPlace[] {
  const blocks = Array.from({ length: plan.blocks }, (_, block) => block);
  return blocks.flatMap((block) =>
    plan.conditions.flatMap((condition) => placesOf(plan, subjects, condition, block)),
  );
}

/** The trials of one block of the plan, or of a later block that repeats it. */
function placesOf(
  plan: Plan,
  subjects: ReadonlySet<string>,
  condition: Condition,
  planned: number,
  repeat?: number,
): TrialPlace[] {
  const order = plan.order[plan.conditions.indexOf(condition)]?.[planned] ?? [];
  const block = repeat === undefined ? { block: planned } : { block: repeat, replaces: planned };
  return order.flatMap((subject, position) =>
    subjects.has(subject) ? [{ subject, condition, position, ...block }] : [],
  );
}

/**
 * What is still to be run. A void trial ends its block, because pairs need all of it; the block is
 * put at the end once more, in the same order under a new number, while the budget lasts.
 */
export class Agenda {
  readonly #plan: Plan;
  readonly #subjects: ReadonlySet<string>;
  readonly #dropouts = new Dropouts();
  #left: TrialPlace[];
  /** Extra blocks used so far, by condition. */
  readonly #extra = new Map<string, number>();

  constructor(plan: Plan, subjects: ReadonlySet<string>) {
    this.#plan = plan;
    this.#subjects = subjects;
    this.#left = plannedPlaces(plan, subjects);
  }

  get left(): number {
    return this.#left.length;
  }

  /**
   * Takes the trials off that an earlier part of the run has measured, in their order; returns what
   * their outcomes changed, trial by trial. Throws a UserError when they are not this plan's.
   */
  replay(trials: readonly Trial[]): string[][] {
    return trials.map((trial) => {
      const place = this.next;
      if (place === null || !isAt(trial, place)) throw outOfPlan(trial, place);
      return this.note(place, trial);
    });
  }

  /** The next trial without taking it off; null at the end. */
  get next(): TrialPlace | null {
    return this.#left[0] ?? null;
  }

  /** Whether this trial's block goes on after it, were it good. */
  goesOn(place: TrialPlace): boolean {
    return this.#left.some((later) => later !== place && sameBlock(later, place));
  }

  /** Takes a trial off that has run; returns what its outcome changes, in words. */
  note(place: TrialPlace, trial: Trial): string[] {
    const dropout = this.#dropouts.note(trial, place.condition);
    this.#left = this.#left.filter((later) => later !== place && this.#dropouts.admits(later));
    const texts = dropout === null ? [] : [dropout];
    return trial.status === 'void' ? [...texts, this.#repeat(place)] : texts;
  }

  #repeat(place: TrialPlace): string {
    this.#left = this.#left.filter((later) => !sameBlock(later, place));
    const { condition } = place;
    const { blocks } = this.#plan;
    const extraBlocksMax = extraBlocksOf(this.#plan, condition.id);
    const name = `block ${place.block + 1} of ${condition.id}`;
    const used = this.#extra.get(condition.id) ?? 0;
    if (used >= extraBlocksMax) {
      return `${name} is void and is not repeated: ${used} of ${extraBlocksMax} extra blocks are used`;
    }
    this.#extra.set(condition.id, used + 1);
    const planned = place.replaces ?? place.block;
    const again = placesOf(this.#plan, this.#subjects, condition, planned, blocks + used);
    this.#left.push(...again.filter((later) => this.#dropouts.admits(later)));
    return `${name} is void and is repeated at the end`;
  }
}

/** Blocks of a condition that may be repeated: the same share of its own as of the longest. */
function extraBlocksOf(plan: Plan, condition: string): number {
  return Math.ceil((plan.extraBlocksMax * blocksOf(plan, condition)) / plan.blocks);
}

function sameBlock(a: TrialPlace, b: TrialPlace): boolean {
  return a.block === b.block && a.condition === b.condition;
}

function isAt(trial: Trial, { subject, condition, block, position }: TrialPlace): boolean {
  return (
    trial.subject === subject &&
    trial.condition === condition.id &&
    trial.block === block &&
    trial.position === position
  );
}

function outOfPlan({ id, subject }: Trial, place: TrialPlace | null): UserError {
  const expected =
    place === null
      ? 'the plan has no further trial'
      : `the plan has ${place.subject} in block ${place.block} of ${place.condition.id} there`;
  return new UserError(
    `The run cannot be taken up again: trial ${id} (${subject}) is out of order, ${expected}`,
    'Its trials.ndjson was changed. Measure again with `npm run compare`.',
  );
}

/** Drops subjects that keep failing: in one condition, or everywhere when they never worked. */
export class Dropouts {
  readonly #streaks = new Map<string, number>();
  readonly #worked = new Set<string>();

  /** Takes note of a trial; a text when its subject has just dropped out. */
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
