/**
 * The trials of one condition by subject and block, with their metrics, and who counts among them
 * (the rules are in summary.ts).
 */
import { placeOf } from '../results/place.js';
import type { Condition, MetricName, RunHeader, Subject, Trial } from '../results/schema.js';
import { type MetricValue, metricsOf } from './metrics.js';

export interface Cell {
  readonly trial: Trial;
  readonly metrics: ReadonlyMap<MetricName, MetricValue>;
}

/** null where the trial lacks the metric. */
export function metricOf({ metrics }: Cell, metric: MetricName): number | null {
  return metrics.get(metric)?.value ?? null;
}

/** Whether the client was the limit. */
export function isBounded({ metrics }: Cell): boolean {
  return metrics.get('requests_per_s')?.bound === 'lower';
}

export class ConditionTable {
  readonly header: RunHeader;
  readonly condition: Condition;
  /** Blocks without a void trial, ascending: the only ones that are looked at. */
  readonly blocks: readonly number[];
  readonly voidBlocks: number;
  /** Planned blocks that have begun; those that repeat one are not counted. */
  readonly begun: number;
  readonly #cells = new Map<string, Cell>();
  readonly #instrumented: readonly Trial[];

  constructor(header: RunHeader, condition: Condition, trials: readonly Trial[]) {
    this.header = header;
    this.condition = condition;
    const all = trials.filter((trial) => trial.condition === condition.id);
    const mine = all.filter(({ instrumented }) => !instrumented);
    this.#instrumented = all.filter((trial) => trial.instrumented && trial.status === 'ok');
    const spoilt = new Set(mine.filter(({ status }) => status === 'void').map((t) => t.block));
    const blocks = new Set(mine.map((trial) => trial.block));
    this.blocks = [...blocks].filter((block) => !spoilt.has(block)).sort((a, b) => a - b);
    this.voidBlocks = spoilt.size;
    this.begun = new Set(mine.map(({ block, replaces }) => replaces ?? block)).size;
    for (const trial of mine) this.#add(trial);
  }

  #add(trial: Trial): void {
    const key = `${trial.subject} ${trial.block}`;
    if (this.#cells.has(key)) throw new Error(`two trials of ${key} in ${trial.condition}`);
    this.#cells.set(key, this.#cellOf(trial));
  }

  #cellOf(trial: Trial): Cell {
    const { placement } = this.header.plan;
    const metrics = metricsOf(trial, { condition: this.condition, placement });
    return { trial, metrics: new Map(metrics.map((m) => [m.metric, m])) };
  }

  /** The good trials of a subject under instruments: for counts that plain ones lack. */
  instrumentedCells(subject: string): Cell[] {
    return this.#instrumented.filter((t) => t.subject === subject).map((t) => this.#cellOf(t));
  }

  /** Those of them that have a metric. */
  countedCells(subject: string, metric: MetricName): Cell[] {
    return this.instrumentedCells(subject).filter((cell) => metricOf(cell, metric) !== null);
  }

  /** The trial of a subject in a block, null when it is not ok (or not there). */
  okCell(subject: string, block: number): Cell | null {
    const cell = this.cell(subject, block);
    return cell?.trial.status === 'ok' ? cell : null;
  }

  /** The good trials of a subject. */
  okTrials(subject: string): Trial[] {
    return this.blocks.flatMap((block) => this.okCell(subject, block)?.trial ?? []);
  }

  /** The good trials of two subjects, block by block where both have one. */
  pairs(subject: string, versus: string) {
    return this.blocks.flatMap((block) => {
      const [cell, reference] = [subject, versus].map((id) => this.okCell(id, block));
      return cell && reference ? [{ block, cell, reference }] : [];
    });
  }

  /** The good trials of the reference and its twin in a block, which are one program. */
  references(block: number): Cell[] {
    const { plan, subjects } = this.header;
    const isTwin = ({ aaOf, args }: Subject) => aaOf === plan.reference && args.length === 0;
    const ids = [plan.reference, ...subjects.filter(isTwin).map(({ id }) => id)];
    return ids.flatMap((id) => this.okCell(id, block) ?? []);
  }

  cell(subject: string, block: number): Cell | null {
    return this.#cells.get(`${subject} ${block}`) ?? null;
  }

  key(subject: string, metric: MetricName) {
    const found = this.header.subjects.find(({ id }) => id === subject);
    if (!found) throw new Error(`no subject ${subject}`);
    return { variant: found.variant, subject, ...placeOf(this.condition), metric };
  }
}

/** `3 of 8 trials lack a value`; empty when all have one, or none. */
export function partly(there: number, total: number, noun: string): string[] {
  return there === 0 || there === total
    ? []
    : [`${total - there} of ${total} ${noun} lack a value`];
}
