/**
 * A metric against the number of connections: one line per subject, a point with its interval at
 * each count.
 *
 * Lines break where there is no value. Points of different subjects are nudged sideways so that
 * their intervals stay apart; hollow points are lower bounds. Beside the plot each line ends in its
 * name, unless the size has no room for it.
 */
import { clip } from '../format.js';
import type { SubjectView, ValueCell } from '../model.js';
import { connectionsScale, type Scale, spread } from './scale.js';
import type { ChartSpec } from './svg.js';

export interface TrendPoint {
  readonly subject: SubjectView;
  readonly connections: number;
  readonly cell: ValueCell | null;
}

export interface TrendInput {
  readonly subjects: readonly SubjectView[];
  readonly counts: readonly number[];
  readonly points: readonly TrendPoint[];
  readonly y: Scale;
}

export type TrendSize = 'wide' | 'compact' | 'panel';

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly nudge: number;
  readonly labels: boolean;
}

const FRAMES: Readonly<Record<TrendSize, Frame>> = {
  wide: { width: 376, height: 270, nudge: 8, labels: true },
  compact: { width: 262, height: 230, nudge: 7, labels: false },
  panel: { width: 200, height: 210, nudge: 6, labels: false },
};

const LABEL_GAP_PX = 17;
const LABEL_CHARACTERS = 22;
const POINT_AREA = 42;
/** The end of an interval. */
const CAP = 'M-1,0L1,0';

interface Mark {
  readonly s: number;
  readonly x: number;
  readonly y: number;
  readonly lo?: number;
  readonly hi?: number;
  readonly hollow: boolean;
  /** Consecutive points of one line. */
  readonly run: string;
}

const numberExpr =
  "datum.value >= 1e6 ? format(datum.value / 1e6, '~r') + 'M' : " +
  "datum.value >= 1e3 ? format(datum.value / 1e3, '~r') + 'k' : format(datum.value, '~r')";

function marksOf(input: TrendInput, x: Scale, frame: Frame): Mark[] {
  const middle = (input.subjects.length - 1) / 2;
  return input.subjects.flatMap((subject, s) => {
    const own = input.points.filter((p) => p.subject.id === subject.id);
    let run = 0;
    const marks: Mark[] = [];
    for (const { cell, connections } of own) {
      if (cell === null) run++;
      else marks.push(markOf(cell, s, `${s}-${run}`, nudged(connections, s - middle)));
    }
    return marks;
  });

  function nudged(connections: number, steps: number): number {
    return x.fromUnit(x.toUnit(connections) + (steps * frame.nudge) / frame.width);
  }
}

function markOf(cell: ValueCell, s: number, run: string, x: number): Mark {
  const bounds = cell.interval ?? {};
  return { s, x, y: cell.median, run, hollow: cell.lowerBound, ...bounds };
}

function encodings(input: TrendInput, x: Scale) {
  const { subjects, y } = input;
  const domain = subjects.map((_, s) => s);
  const look = (range: readonly unknown[]) => ({
    field: 's',
    type: 'nominal',
    legend: null,
    scale: { domain, range },
  });
  return {
    x: {
      field: 'x',
      type: 'quantitative',
      title: 'connections (log scale)',
      scale: { type: 'log', domain: x.domain, nice: false },
      axis: { values: x.ticks, grid: false, format: ',d', labelOverlap: false },
    },
    y: {
      field: 'y',
      type: 'quantitative',
      title: null,
      scale: { type: y.type, domain: y.domain, nice: false },
      axis: { values: y.ticks, domain: false, ticks: false, labelExpr: numberExpr },
    },
    colour: look(subjects.map((s) => s.identity.colour)),
    shape: look(subjects.map((s) => s.identity.shape)),
    dash: look(subjects.map((s) => s.identity.dash)),
  };
}

type Encodings = ReturnType<typeof encodings>;

function dataLayers(marks: readonly Mark[], e: Encodings): object[] {
  const points = (hollow: boolean) => ({
    data: { values: marks.filter((m) => m.hollow === hollow) },
    mark: { type: 'point', size: POINT_AREA, opacity: 1, strokeWidth: 1.75 },
    encoding: {
      x: e.x,
      y: e.y,
      shape: e.shape,
      stroke: e.colour,
      fill: hollow ? { value: 'var(--surface)' } : e.colour,
    },
  });
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
  return [lines, intervals, ...caps, points(false), points(true)];
}

function labelLayers(input: TrendInput, marks: readonly Mark[], e: Encodings, f: Frame): object[] {
  const last = input.subjects.flatMap((_, s) => marks.filter((m) => m.s === s).slice(-1));
  const wishes = last.map((m) => f.height * (1 - input.y.toUnit(m.y)));
  const places = spread(wishes, LABEL_GAP_PX, f.height);
  const values = last.map((m, i) => ({
    ...m,
    ly: input.y.fromUnit(1 - (places[i] as number) / f.height),
    name: clip((input.subjects[m.s] as SubjectView).id, LABEL_CHARACTERS),
  }));
  const y = { ...e.y, field: 'ly' };
  const leader = {
    mark: { type: 'rule', strokeWidth: 1, stroke: 'var(--axis)' },
    encoding: { x: e.x, y: e.y, x2: { value: f.width + 8 }, y2: { field: 'ly' } },
  };
  const symbol = {
    mark: { type: 'point', size: POINT_AREA, opacity: 1 },
    encoding: { x: { value: f.width + 14 }, y, shape: e.shape, stroke: e.colour, fill: e.colour },
  };
  const text = {
    mark: { type: 'text', align: 'left', baseline: 'middle', color: 'var(--ink)' },
    encoding: { x: { value: f.width + 24 }, y, text: { field: 'name' } },
  };
  return [leader, symbol, text].map((layer) => ({ data: { values }, ...layer }));
}

/** The specification of one chart; null when there is not one value to draw. */
export function trendSpec(input: TrendInput, size: TrendSize): ChartSpec | null {
  const frame = FRAMES[size];
  const x = connectionsScale(input.counts);
  const marks = marksOf(input, x, frame);
  if (marks.length === 0) return null;
  const e = encodings(input, x);
  const labels = frame.labels ? labelLayers(input, marks, e, frame) : [];
  return {
    width: frame.width,
    height: frame.height,
    padding: { left: 48, right: frame.labels ? 176 : 14, top: 12, bottom: 52 },
    layer: [...labels.slice(0, 1), ...dataLayers(marks, e), ...labels.slice(1)],
  };
}
