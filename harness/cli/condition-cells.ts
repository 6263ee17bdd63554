/**
 * One condition of a run as the table needs it: the text of each cell, and a reason for each that
 * is empty.
 */

import { number, percent, ratio, ratioInterval } from '../findings/format.js';
import { placeOf, takersOf } from '../results/place.js';
import {
  type Condition,
  type MetricName,
  placeKey,
  type RatioRow,
  type Results,
  type Subject,
  type ValueRow,
} from '../results/schema.js';
import type { Pair } from './columns.js';
import type { Missing, Reasons } from './reasons.js';

const inTable = (value: number) => number(value, 'table');

export class ConditionCells {
  readonly results: Results;
  readonly condition: Condition;
  readonly #reasons: Reasons;

  constructor(results: Results, condition: Condition, reasons: Reasons) {
    this.results = results;
    this.condition = condition;
    this.#reasons = reasons;
  }

  /** Those that take part here. */
  get subjects(): readonly Subject[] {
    const { subjects, plan } = this.results.header;
    const takers = takersOf(plan, this.condition);
    return subjects.filter(({ id }) => takers.includes(id));
  }

  get reference(): string {
    return this.results.header.plan.reference;
  }

  /** Blocks behind the row that has most. */
  get blocks(): number {
    const rows = this.subjects.map((subject) => this.#value(subject, 'cpu_us_per_request')?.n ?? 0);
    return Math.max(0, ...rows);
  }

  /** Null without a note where it is not known: for what is shown only where it is. */
  median(subject: Subject, metric: MetricName): number | null {
    return this.#value(subject, metric)?.median ?? null;
  }

  /** The cell of one value without its interval. */
  value(subject: Subject, metric: MetricName, show = inTable): string {
    const row = this.#value(subject, metric);
    if (!row || row.median === null) {
      this.#note(metric, subject, row?.why ?? 'it is not in the results');
      return '-';
    }
    return `${row.bound === 'lower' ? '>=' : ''}${show(row.median)}`;
  }

  /** The same with its interval. */
  pair(subject: Subject, metric: MetricName, show = inTable): Pair {
    const text = this.value(subject, metric, show);
    const row = this.#value(subject, metric);
    if (!row || row.median === null) return [text, ''];
    if (row.lo === null || row.hi === null) {
      this.#note('interval', subject, row.why ?? 'no reason was given');
      return [text, ''];
    }
    return [text, `${show(row.lo)}-${show(row.hi)}`];
  }

  /**
   * The ratio to the reference. `~3%`: no difference seen, one of 3 % could have been. `1.3?`: the
   * interval excludes 1, yet the difference is not decided.
   */
  ratioPair(subject: Subject, metric: MetricName): Pair {
    if (subject.id === this.reference) return ['1', ''];
    const row = this.#ratio(subject, metric);
    if (!row || row.ratio === null) {
      // Without a value there is a reason already.
      const unknown = (this.#value(subject, metric)?.median ?? null) === null;
      if (!unknown) this.#note('ratio', subject, row?.why ?? `${this.reference} was not measured`);
      return ['-', ''];
    }
    if (row.lo === null || row.hi === null) {
      this.#note('interval', subject, row.why ?? 'no reason was given');
      return [ratio(row.ratio, 'table'), ''];
    }
    if (row.lo <= 1 && row.hi >= 1) {
      return [sameMark(row), `${ratio(row.lo, 'table')}-${ratio(row.hi, 'table')}`];
    }
    const mark = isUndecided(row) ? '?' : '';
    return [
      `${ratio(row.ratio, 'table')}${mark}`,
      ratioInterval({ lo: row.lo, hi: row.hi }, 'table'),
    ];
  }

  #note(what: Missing, subject: Subject, why: string): void {
    this.#reasons.note(what, subject.id, this.condition, why);
  }

  #value({ id }: Subject, metric: MetricName): ValueRow | undefined {
    return this.#rows(id, metric).find((row) => row.kind === 'value');
  }

  #ratio({ id }: Subject, metric: MetricName): RatioRow | undefined {
    return this.#rows(id, metric).find((row) => row.kind === 'ratio');
  }

  #rows(subject: string, metric: MetricName) {
    const key = placeKey(placeOf(this.condition));
    return this.results.summary.filter(
      (row) => row.subject === subject && row.metric === metric && placeKey(row) === key,
    );
  }
}

/** Whether the table marks a difference with `?`. */
export function isUndecided({ lo, hi, decision }: RatioRow): boolean {
  return lo !== null && hi !== null && (lo > 1 || hi < 1) && decision === 'undecided';
}

function sameMark({ mde }: RatioRow): string {
  return mde === null ? '~' : `~${percent(mde).replace(' ', '')}`;
}
