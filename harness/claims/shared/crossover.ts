/**
 * One server against another along the connection counts: where a difference begins and where it
 * turns.
 */
import type { Condition, MetricName, Results } from '../../results/schema.js';
import type { Findings } from '../claim.js';
import { type Cell, cellOf, conditionsOf, otherConditions, plainSeries } from './samples.js';
import { sloCells } from './slo.js';
import { cellFigures, isCompared, rowNames, STRICT, seriesText } from './standing.js';

/** Metrics that say how fast a server is. */
const SPEED: readonly MetricName[] = ['cpu_us_per_request', 'requests_per_s', 'latency_us_p99'];

export interface Versus {
  readonly subject: string;
  readonly versus: string;
}

export interface Crossing {
  /** CPU per request in the plain series, by connections. */
  readonly cpu: readonly Cell[];
  /** Throughput and p99 in the plain series, where they can be compared. */
  readonly speed: readonly Cell[];
  /** Throughput at the service level, where rates were offered. */
  readonly knees: readonly Cell[];
  /** Everything else that can be compared: other workloads and open loads. */
  readonly others: readonly Cell[];
}

/** All comparisons of two servers at `confidence`. */
export function crossing(
  results: Results,
  { subject, versus }: Versus,
  confidence = STRICT,
): Crossing {
  const cell = (condition: Condition, metric: MetricName) =>
    cellOf(results, { condition, metric, subject, versus, confidence });
  const plain = plainSeries(results);
  const rest = otherConditions(results).flatMap((condition) =>
    SPEED.map((m) => cell(condition, m)),
  );
  const paced = plain.flatMap((condition) => SPEED.slice(1).map((m) => cell(condition, m)));
  const knees = sloCells(results, { subject, versus, confidence });
  return {
    cpu: plain.map((condition) => cell(condition, 'cpu_us_per_request')),
    speed: paced.filter(isCompared),
    knees: knees.filter(isCompared),
    others: rest.filter(isCompared),
  };
}

/**
 * The fewest connections from which on every measured count is so; null when the largest is not.
 */
export function firstFrom(series: readonly Cell[], is: (cell: Cell) => boolean): number | null {
  const from = series.findLastIndex((cell) => !is(cell)) + 1;
  return series[from]?.condition.connections ?? null;
}

/** Every comparison that there is. */
export function allCells({ cpu, speed, knees, others }: Crossing): Cell[] {
  return [...cpu, ...speed, ...knees, ...others];
}

/** Cells of one subject and metric together. */
function byMetric(cells: readonly Cell[]): Cell[][] {
  const keyOf = ({ subject, metric }: Cell) => `${subject} ${metric}`;
  const keys = [...new Set(cells.map(keyOf))];
  return keys.map((key) => cells.filter((cell) => keyOf(cell) === key));
}

/**
 * Findings of a comparison: `deciding` are the cells that the verdict rests on, `flips` those that
 * say otherwise.
 */
export function findingsOf(
  all: readonly Cell[],
  deciding: readonly Cell[],
  flips: readonly Cell[],
): Findings {
  return {
    numbers: cellFigures(all),
    flips: byMetric(flips).map(seriesText),
    basedOn: rowNames(all),
    restsOn: conditionsOf(deciding),
  };
}
