/**
 * A run of option sets -> the rows of the table: what each set of flags does to CPU per request and
 * p99 against the variant's first set, and what the subjects cost against each other and the
 * loopback floor. Pure.
 *
 * Values, ratios and the rules of which trials count are those of every run (stats/summary.ts),
 * computed once per base. The floor has no trials: its ratios pair a trial with the median of the
 * floors that were measured in the same block and condition.
 */

import { given } from '../optional.js';
import type { AblationSet } from '../plan/ablation-plan.js';
import type {
  Condition,
  MetricName,
  RatioRow,
  Results,
  RunHeader,
  SummaryRow,
  Trial,
} from '../results/schema.js';
import type { Interval } from '../stats/interval.js';
import { metricsOf } from '../stats/metrics.js';
import { medianInterval } from '../stats/order-statistics.js';
import { pairedRatio } from '../stats/ratio.js';
import { summarise } from '../stats/summary.js';
import type {
  FigureRow,
  FloorSample,
  IdleRow,
  IdleTrial,
  OptionRow,
  OptionsFile,
} from './schema.js';
import { nsPerOperation } from './switches.js';

export const FLOOR = 'loopback floor';

export interface OptionsInput {
  readonly results: Pick<Results, 'header' | 'trials'>;
  readonly sets: readonly AblationSet[];
  readonly plain: readonly string[];
  readonly floors: readonly FloorSample[];
  readonly idle: readonly IdleTrial[];
}

type Analysis = Pick<OptionsFile, 'options' | 'figures' | 'floorRows' | 'idleRows'>;

export function analyseOptions(input: OptionsInput): Analysis {
  const { conditions } = input.results.header.plan;
  const tables = new Summaries(input.results);
  return {
    options: conditions.flatMap((condition) =>
      presentSets(input).map((set) => optionRow(set, condition, tables, input.idle)),
    ),
    figures: conditions.flatMap((condition) => figuresOf(condition, tables, input)),
    floorRows: conditions.map((condition) => ({
      connections: condition.connections,
      us: floorInterval(condition, input.floors),
    })),
    idleRows: idleRows(input.idle, input.results.header.plan.reference),
  };
}

/** Without the sets of variants that could not take part. */
function presentSets({ results, sets }: OptionsInput): AblationSet[] {
  const ids = new Set(results.header.subjects.map(({ id }) => id));
  return sets.filter(({ subject }) => ids.has(subject));
}

/** The summary rows of the same trials against any subject. */
class Summaries {
  readonly #header: RunHeader;
  readonly #trials: readonly Trial[];
  readonly #rows = new Map<string, SummaryRow[]>();

  constructor({ header, trials }: OptionsInput['results']) {
    this.#header = header;
    this.#trials = trials;
  }

  value(subject: string, { connections }: Condition, metric: MetricName): Interval {
    const row = this.#against(this.#header.plan.reference).find(
      (one) =>
        one.kind === 'value' &&
        one.subject === subject &&
        one.connections === connections &&
        one.metric === metric,
    );
    if (row?.kind !== 'value') return nothing('it was not measured');
    const { median, lo, hi, n, why } = row;
    const confidence = lo === null ? null : 0.95;
    return { estimate: median, lo, hi, confidence, n, ...given({ why }) };
  }

  ratio(
    subject: string,
    versus: string,
    { connections }: Condition,
    metric: MetricName,
  ): RatioRow | undefined {
    return this.#against(versus).find(
      (one): one is RatioRow =>
        one.kind === 'ratio' &&
        one.subject === subject &&
        one.connections === connections &&
        one.metric === metric,
    );
  }

  #against(reference: string): SummaryRow[] {
    const known = this.#rows.get(reference);
    if (known) return known;
    const header = { ...this.#header, plan: { ...this.#header.plan, reference } };
    const rows = summarise(header, this.#trials);
    this.#rows.set(reference, rows);
    return rows;
  }
}

function nothing(why: string): Interval {
  return { estimate: null, lo: null, hi: null, confidence: null, n: 0, why };
}

function intervalOf(row: RatioRow | undefined): Interval {
  if (row === undefined) return nothing('one of the two was not measured');
  const { ratio, lo, hi, confidence, n, why } = row;
  return { estimate: ratio, lo, hi, confidence, n, ...given({ why }) };
}

function optionRow(
  set: AblationSet,
  condition: Condition,
  tables: Summaries,
  idle: readonly IdleTrial[],
): OptionRow {
  const { variant, label, subject, base } = set;
  const isBase = subject === base;
  const cpu = tables.ratio(subject, base, condition, 'cpu_us_per_request');
  const p99 = tables.ratio(subject, base, condition, 'latency_us_p99');
  return {
    variant,
    label,
    subject,
    base,
    connections: condition.connections,
    cpu: tables.value(subject, condition, 'cpu_us_per_request'),
    cpuRatio: isBase ? null : intervalOf(cpu),
    p99Ratio: isBase ? null : intervalOf(p99),
    ...(isBase ? ({ verdict: 'base', detectable: null } as const) : verdictOf(cpu)),
    idleSilent: idleMedian(idle, subject, 'silent'),
    idleServed: idleMedian(idle, subject, 'served'),
  };
}

function verdictOf(row: RatioRow | undefined): Pick<OptionRow, 'verdict' | 'detectable'> {
  if (!row || row.lo === null || row.hi === null) return { verdict: 'open', detectable: null };
  if (row.hi < 1) return { verdict: 'pays', detectable: null };
  if (row.lo > 1) return { verdict: 'costs', detectable: null };
  return { verdict: 'no-difference', detectable: row.mde };
}

/** Median over the repetitions; null when there is none. */
function idleMedian(idle: readonly IdleTrial[], subject: string, what: IdleState): number | null {
  return medianInterval(idleValues(idle, subject, what)).estimate;
}

type IdleState = 'silent' | 'served';

function idleValues(idle: readonly IdleTrial[], subject: string, what: IdleState): number[] {
  return idle.flatMap((trial) => {
    const value = trial[what];
    return trial.subject === subject && value !== null ? [value] : [];
  });
}

function idleRows(idle: readonly IdleTrial[], reference: string): IdleRow[] {
  const subjects = [...new Set(idle.map(({ subject }) => subject))].sort();
  return subjects.map((subject) => {
    const median = (what: IdleState) => idleMedian(idle, subject, what);
    const range = (what: IdleState) => rangeOf(idleValues(idle, subject, what));
    const ratio = (what: IdleState) => quotient(median(what), idleMedian(idle, reference, what));
    return {
      subject,
      silent: median('silent'),
      silentRange: range('silent'),
      served: median('served'),
      servedRange: range('served'),
      silentRatio: ratio('silent'),
      servedRatio: ratio('served'),
    };
  });
}

function rangeOf(values: readonly number[]): [number, number] | null {
  return values.length === 0 ? null : [Math.min(...values), Math.max(...values)];
}

/** null also where the reference grew by nothing. */
function quotient(value: number | null, reference: number | null): number | null {
  return value === null || reference === null || reference <= 0 ? null : value / reference;
}

/** Every subject against the reference and the floor, and the plain ones against each other. */
function figuresOf(condition: Condition, tables: Summaries, input: OptionsInput): FigureRow[] {
  const { header } = input.results;
  const ids = header.subjects.map(({ id }) => id);
  const plain = input.plain.filter((id) => ids.includes(id));
  const { connections } = condition;
  return ids.flatMap((subject) => {
    const others = plain.includes(subject) ? plain : [header.plan.reference];
    const versusOthers = others
      .filter((versus) => versus !== subject && ids.includes(versus))
      .map((versus) => {
        const row = tables.ratio(subject, versus, condition, 'cpu_us_per_request');
        return { subject, versus, connections, ratio: intervalOf(row) };
      });
    const ratio = floorRatio(subject, condition, input);
    return [...versusOthers, { subject, versus: FLOOR, connections, ratio }];
  });
}

function floorRatio(subject: string, condition: Condition, input: OptionsInput): Interval {
  const { trials, header } = input.results;
  const mine = trials.filter((trial) => trial.condition === condition.id);
  const spoilt = new Set(mine.filter(({ status }) => status === 'void').map((t) => t.block));
  const place = { condition, placement: header.plan.placement };
  return pairedRatio(
    mine
      .filter((trial) => trial.subject === subject && trial.status === 'ok')
      .filter(({ block, instrumented }) => !spoilt.has(block) && !instrumented)
      .map((trial) => ({
        subject: cpuOf(trial, place),
        reference: floorOfBlock(condition, trial.block, input.floors),
      })),
  );
}

function cpuOf(trial: Trial, place: Parameters<typeof metricsOf>[1]): number | null {
  const found = metricsOf(trial, place).find(({ metric }) => metric === 'cpu_us_per_request');
  return found?.value ?? null;
}

/** us per request: the median of a block's floors; null when there is none. */
function floorOfBlock(
  condition: Condition,
  block: number,
  floors: readonly FloorSample[],
): number | null {
  const values = floors.flatMap((floor) =>
    floor.condition === condition.id && floor.block === block && floor.line !== null
      ? [nsPerOperation(floor.line, 'cpu') / 1000]
      : [],
  );
  return medianInterval(values).estimate;
}

/** Over the blocks' medians: the unit of a run is the block. */
function floorInterval(condition: Condition, floors: readonly FloorSample[]): Interval {
  const blocks = [...new Set(floors.map(({ block }) => block))];
  const values = blocks.flatMap((block) => floorOfBlock(condition, block, floors) ?? []);
  return medianInterval(values);
}
