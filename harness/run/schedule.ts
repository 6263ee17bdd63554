/**
 * The order of the trials, who still takes part, and how long it will take. Pure but for its own
 * bookkeeping.
 */
import { UserError } from '../errors.js';
import { trafficMs } from '../plan/estimate.js';
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
    const texts: string[][] = [];
    while (texts.length < trials.length) {
      const places = this.next;
      const mine = trials.slice(texts.length, texts.length + Math.max(1, places.length));
      for (const [i, trial] of mine.entries()) {
        const place = places[i] ?? null;
        if (place === null || !isAt(trial, place)) throw outOfPlan(trial, place);
      }
      if (mine.length < places.length) throw halfInterleaved(mine);
      texts.push(...this.note(places, mine));
    }
    return texts;
  }

  /**
   * The next trial, or those that are interleaved with it, without taking them off; empty at the
   * end.
   */
  get next(): readonly TrialPlace[] {
    const [first] = this.#left;
    if (first === undefined) return [];
    const group = groupOf(this.#plan, first.subject);
    return this.#left.filter(
      (later) => later === first || (sameBlock(later, first) && group.includes(later.subject)),
    );
  }

  /** Whether the block of these goes on after them, were they good. */
  goesOn(places: readonly TrialPlace[]): boolean {
    const [first] = places;
    if (first === undefined) return false;
    return this.#left.some((later) => !places.includes(later) && sameBlock(later, first));
  }

  /** Takes trials off that have run together; returns what their outcomes change, in words. */
  note(places: readonly TrialPlace[], trials: readonly Trial[]): string[][] {
    const texts = places.map((place, i) => {
      const dropout = this.#dropouts.note(trials[i] as Trial, place.condition);
      return dropout === null ? [] : [dropout];
    });
    this.#left = this.#left.filter(
      (later) => !places.includes(later) && this.#dropouts.admits(later),
    );
    const spoilt = trials.findIndex(({ status }) => status === 'void');
    if (spoilt >= 0) texts[spoilt]?.push(this.#repeat(places[spoilt] as TrialPlace));
    return texts;
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

function groupOf({ interleave }: Plan, subject: string): readonly string[] {
  return interleave?.groups.find((group) => group.includes(subject)) ?? [subject];
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

function halfInterleaved([trial]: readonly Trial[]): UserError {
  return new UserError(
    `The run cannot be taken up again: it ended among trials that are interleaved, of block ${trial?.block}`,
    'Measure again.',
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

  /** Takes note of how long so many trials took in all, ms. */
  note(trials: number, durationMs: number): void {
    this.#trials += trials;
    this.#overheadMs += durationMs - trials * trafficMs(this.#plan);
  }

  remainingMs(trials: number): number {
    const overheadMs = this.#trials === 0 ? OVERHEAD_GUESS_MS : this.#overheadMs / this.#trials;
    const eachMs = trafficMs(this.#plan) + overheadMs;
    return Math.max(0, Math.round(trials * eachMs));
  }
}
