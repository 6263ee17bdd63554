/**
 * Which blocks are measured, in which order, and who takes part in them. Pure but for its own
 * bookkeeping.
 */
import { UserError } from '../errors.js';
import { blocksOf, type Condition, type Plan, type Trial } from '../results/schema.js';
import { Dropouts } from './dropouts.js';
import type { Place } from './place.js';

/** One life of each of its subjects. */
export interface PlannedBlock {
  readonly condition: Condition;
  readonly block: number;
  /** The block of the plan that this one repeats. */
  readonly replaces?: number;
  readonly places: readonly Place[];
}

/**
 * Blocks of all conditions in turn: when a run ends early, every condition has as many as possible.
 * Those with fewer blocks than others end earlier.
 */
export function plannedBlocks(plan: Plan, subjects: ReadonlySet<string>): PlannedBlock[] {
  const numbers = Array.from({ length: plan.blocks }, (_, block) => block);
  return numbers
    .flatMap((block) =>
      plan.conditions.map((condition) => blockOf(plan, subjects, condition, block)),
    )
    .filter(({ places }) => places.length > 0);
}

/** A block of the plan, or a later one that repeats it. */
function blockOf(
  plan: Plan,
  subjects: ReadonlySet<string>,
  condition: Condition,
  planned: number,
  repeat?: number,
): PlannedBlock {
  const order = plan.order[plan.conditions.indexOf(condition)]?.[planned] ?? [];
  const where = repeat === undefined ? { block: planned } : { block: repeat, replaces: planned };
  const places = order.flatMap((subject, position) =>
    subjects.has(subject) ? [{ subject, condition, position, ...where }] : [],
  );
  return { condition, ...where, places };
}

/** What remains after earlier trials. */
export interface Replayed {
  /** What the outcome of each trial changed, in words. */
  readonly texts: string[][];
  /** Trials at the end that are of a block which was cut off: it is measured again. */
  readonly cutOff: number;
}

/**
 * What is still to be measured. A block with a void trial is put at the end once more, in the same
 * order under a new number, while the budget of extra blocks lasts, because pairs need all of it.
 */
export class Agenda {
  readonly #plan: Plan;
  readonly #subjects: ReadonlySet<string>;
  readonly #dropouts = new Dropouts();
  #left: PlannedBlock[];
  /** Extra blocks used so far, by condition. */
  readonly #extra = new Map<string, number>();

  constructor(plan: Plan, subjects: ReadonlySet<string>) {
    this.#plan = plan;
    this.#subjects = subjects;
    this.#left = plannedBlocks(plan, subjects);
  }

  /** Without those that have dropped out. */
  get left(): readonly PlannedBlock[] {
    return this.#left;
  }

  get trialsLeft(): number {
    return this.#left.reduce((sum, { places }) => sum + places.length, 0);
  }

  get next(): PlannedBlock | undefined {
    return this.#left[0];
  }

  /**
   * Removes the blocks that an earlier part of the run has measured, in their order. Throws a
   * UserError when they are not this plan's. `after` is called for each block, with how many trials
   * have been taken so far.
   */
  replay(
    trials: readonly Trial[],
    after: (block: PlannedBlock, done: number) => void = () => {},
  ): Replayed {
    const texts: string[][] = [];
    while (texts.length < trials.length) {
      const block = this.next;
      const mine = trials.slice(texts.length, texts.length + (block?.places.length ?? 1));
      const own = upToOther(mine);
      for (const [i, trial] of own.entries()) {
        const place = block?.places[i] ?? null;
        if (block === undefined || place === null || !isAt(trial, place)) {
          throw outOfPlan(trial, place);
        }
      }
      if (block === undefined) break;
      const isComplete = own.length === block.places.length || own.at(-1)?.status === 'void';
      if (!isComplete) return { texts, cutOff: trials.length - texts.length };
      texts.push(...this.note(block, own));
      after(block, texts.length);
    }
    return { texts, cutOff: 0 };
  }

  /** Removes a measured block; returns what each trial changes, in words. */
  note(block: PlannedBlock, trials: readonly Trial[]): string[][] {
    const texts = trials.map((trial) => {
      const dropout = this.#dropouts.note(trial, block.condition);
      return dropout === null ? [] : [dropout];
    });
    this.#left = this.#left
      .filter((later) => later !== block)
      .flatMap((one) => this.#admitted(one));
    const spoilt = trials.findIndex(({ status }) => status === 'void');
    if (spoilt >= 0) texts[spoilt]?.push(this.#repeat(block));
    return texts;
  }

  /** No further blocks of a condition: it is measured well enough. Returns how many trials that saves. */
  enough(condition: string): number {
    const before = this.trialsLeft;
    this.#left = this.#left.filter((later) => later.condition.id !== condition);
    return before - this.trialsLeft;
  }

  #admitted(block: PlannedBlock): PlannedBlock[] {
    const places = block.places.filter((place) => this.#dropouts.admits(place));
    return places.length === 0 ? [] : [{ ...block, places }];
  }

  #repeat({ condition, block, replaces }: PlannedBlock): string {
    const { blocks } = this.#plan;
    const extraBlocksMax = extraBlocksOf(this.#plan, condition.id);
    const name = `block ${block + 1} of ${condition.id}`;
    const used = this.#extra.get(condition.id) ?? 0;
    if (used >= extraBlocksMax) {
      return `${name} is void and is not repeated: ${used} of ${extraBlocksMax} extra blocks are used`;
    }
    this.#extra.set(condition.id, used + 1);
    const planned = replaces ?? block;
    const again = blockOf(this.#plan, this.#subjects, condition, planned, blocks + used);
    this.#left.push(...this.#admitted(again));
    return `${name} is void and is repeated at the end`;
  }
}

/** The trials of the first one's block. */
function upToOther(trials: readonly Trial[]): readonly Trial[] {
  const [first] = trials;
  const end = trials.findIndex(
    ({ block, condition }) => block !== first?.block || condition !== first.condition,
  );
  return end < 0 ? trials : trials.slice(0, end);
}

/** Blocks of a condition that may be repeated: the same share of its own as of the longest. */
function extraBlocksOf(plan: Plan, condition: string): number {
  return Math.ceil((plan.extraBlocksMax * blocksOf(plan, condition)) / plan.blocks);
}

function isAt(trial: Trial, { subject, condition, block, position }: Place): boolean {
  return (
    trial.subject === subject &&
    trial.condition === condition.id &&
    trial.block === block &&
    trial.position === position
  );
}

function outOfPlan({ id, subject }: Trial, place: Place | null): UserError {
  const expected =
    place === null
      ? 'the plan has no further trial'
      : `the plan has ${place.subject} in block ${place.block} of ${place.condition.id} there`;
  return new UserError(
    `The run cannot be taken up again: trial ${id} (${subject}) is out of order, ${expected}`,
    'Its trials.ndjson was changed. Measure again with `npm run compare`.',
  );
}
