/**
 * A metric against the number of connections: one line per subject, a point with its interval at
 * each count.
 *
 * Lines break where there is no value. Points of different subjects are nudged sideways so that
 * their intervals stay apart; hollow points are lower bounds. Each line ends in its name, next to
 * the plot, unless the size has no room for it.
 */
import { count, interval, number } from '../../findings/format.js';
import type { SubjectView, ValueCell } from '../model.js';
import {
  CAP,
  type Encodings,
  LABELS_PX,
  labelLayers,
  looks,
  pointLayers,
  positions,
} from './axis.js';
import { connectionsScale, type Scale } from './scale.js';
import { type ChartSpec, tip } from './svg.js';

/** `512`, `4096`, `10k`: of counts that are close together on a log axis. */
const CONNECTIONS_EXPR =
  "datum.value >= 10000 ? format(datum.value / 1000, '~r') + 'k' : format(datum.value, 'd')";

export interface TrendPoint {
  readonly subject: SubjectView;
  readonly connections: number;
  readonly cell: ValueCell | null;
}

interface TrendInput {
  readonly subjects: readonly SubjectView[];
  readonly counts: readonly number[];
  readonly points: readonly TrendPoint[];
  readonly y: Scale;
  /** `CPU per request, µs`: for what is shown when a point is pointed at. */
  readonly measure: string;
}

export type TrendSize = 'wide' | 'compact' | 'panel';

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly nudge: number;
  readonly labels: boolean;
}

export const FRAMES: Readonly<Record<TrendSize, Frame>> = {
  wide: { width: 376, height: 270, nudge: 8, labels: true },
  compact: { width: 262, height: 230, nudge: 7, labels: false },
  panel: { width: 200, height: 210, nudge: 6, labels: false },
};

interface Mark {
  readonly s: number;
  readonly x: number;
  readonly y: number;
  readonly lo?: number;
  readonly hi?: number;
  readonly hollow: boolean;
  /** Consecutive points of one line. */
  readonly run: string;
  readonly tip: string;
}

function marksOf(input: TrendInput, x: Scale, frame: Frame): Mark[] {
  const middle = (input.subjects.length - 1) / 2;
  const nudged = (connections: number, steps: number) =>
    x.fromUnit(x.toUnit(connections) + (steps * frame.nudge) / frame.width);
  return input.subjects.flatMap((subject, s) => {
    const own = input.points.filter((p) => p.subject.id === subject.id);
    let run = 0;
    const marks: Mark[] = [];
    for (const { cell, connections } of own) {
      if (cell === null) {
        run++;
        continue;
      }
      const text = tip(
        subject.id,
        `${input.measure} at ${count(connections, 'connection', 'page')}`,
      );
      const place = { s, run: `${s}-${run}`, x: nudged(connections, s - middle) };
      marks.push({ ...place, ...drawnValue(cell), tip: `${text}\n${valueTip(cell)}` });
    }
    return marks;
  });
}

function drawnValue(cell: ValueCell) {
  return { y: cell.median, hollow: cell.lowerBound, ...(cell.interval ?? {}) };
}

/** `5.80 (5.75 – 5.86), n = 6`. */
export function valueTip(cell: Pick<ValueCell, 'median' | 'interval' | 'n' | 'lowerBound'>) {
  const bound = cell.lowerBound ? '≥ ' : '';
  return `${bound}${number(cell.median, 'page')} (${interval(cell.interval)}), n = ${cell.n}`;
}

function dataLayers(marks: readonly Mark[], e: Encodings): object[] {
  const lines = {
    data: { values: marks },
    mark: { type: 'line', strokeWidth: 1.75, opacity: 0.85 },
    encoding: { x: e.x, y: e.y, stroke: e.colour, strokeDash: e.dash, detail: { field: 'run' } },
  };
  const intervals = {
    data: { values: marks.filter((m) => m.lo !== undefined) },
    mark: { type: 'rule', strokeWidth: 1.75 },
    encoding: { x: e.x, y: { ...e.y, field: 'lo' }, y2: { field: 'hi' }, stroke: e.colour },
  };
  const caps = ['lo', 'hi'].map((field) => ({
    ...intervals,
    mark: { type: 'point', shape: CAP, size: 50, opacity: 1, strokeWidth: 1.5 },
    encoding: { x: e.x, y: { ...e.y, field }, stroke: e.colour },
  }));
  return [lines, intervals, ...caps, ...pointLayers(marks, e)];
}

/** The specification of one chart; null when there is not one value to draw. */
export function trendSpec(input: TrendInput, size: TrendSize): ChartSpec | null {
  const frame = FRAMES[size];
  const scale = connectionsScale(input.counts);
  const x = { title: 'connections (log scale)', scale, labelExpr: CONNECTIONS_EXPR };
  const marks = marksOf(input, scale, frame);
  if (marks.length === 0) return null;
  const e = {
    ...positions(x, { title: null, scale: input.y }),
    ...looks(input.subjects.map(({ identity }) => identity)),
  };
  const last = input.subjects.flatMap(({ id: name }, s) =>
    marks
      .filter((mark) => mark.s === s)
      .slice(-1)
      .map((mark) => ({ s, x: mark.x, y: mark.y, name })),
  );
  const labels = frame.labels ? labelLayers(last, e, frame, input.y) : [];
  return {
    width: frame.width,
    height: frame.height,
    padding: { left: 48, right: frame.labels ? LABELS_PX : 14, top: 12, bottom: 52 },
    layer: [...labels.slice(0, 1), ...dataLayers(marks, e), ...labels.slice(1)],
  };
}
