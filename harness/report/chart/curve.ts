/**
 * Curves over a numeric axis: a metric against connections, latency against offered load, latency
 * by percentile, memory against connections. A curve has points with intervals or a band, or
 * neither; limits are lines across the plot, and a strip above it marks one place on the x axis per
 * curve (the knee).
 */
import type { Identity } from '../identity.js';
import {
  type Axis,
  CAP,
  type Encodings,
  LABELS_PX,
  labelLayers,
  looks,
  POINT_AREA,
  pointLayers,
  positions,
  SIDE_CAP,
} from './axis.js';
import { type ChartSpec, tip, tipChannel } from './svg.js';

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly lo?: number;
  readonly hi?: number;
  /** Not to be relied on; the caption says why. */
  readonly hollow?: boolean;
  /** The line breaks between points of different runs. */
  readonly run?: number;
  /** Lines shown when it is pointed at. */
  readonly tip: readonly string[];
}

export interface Curve {
  readonly name: string;
  readonly identity: Identity;
  readonly points: readonly CurvePoint[];
}

export interface StripMark {
  readonly x: number;
  readonly lo?: number;
  readonly hi?: number;
  /** The true place is further right. */
  readonly hollow: boolean;
  readonly tip: readonly string[];
}

export interface CurveInput {
  readonly curves: readonly Curve[];
  readonly x: Axis;
  readonly y: Axis;
  /** points, trend: symbols with intervals, bolder in a trend. band: a line within its interval. */
  readonly style: keyof typeof STYLES;
  readonly limits?: readonly { readonly y: number; readonly text: string }[];
  /** Single measurements under the curves, by the index of their curve. */
  readonly cloud?: readonly {
    readonly s: number;
    readonly x: number;
    readonly y: number;
    readonly tip: string;
  }[];
  /** One entry per curve, null where it has none. */
  readonly strip?: { readonly title: string; readonly marks: readonly (StripMark | null)[] };
}

const STRIP_ROW_PX = 11;
const STRIP_TITLE_PX = 16;

export type FrameSize = 'wide' | 'compact' | 'panel';

interface Frame {
  readonly width: number;
  readonly height: number;
  /** How far the points of neighbouring curves stand apart, where they are nudged. */
  readonly nudge: number;
  readonly labels: boolean;
}

export const FRAMES: Readonly<Record<FrameSize, Frame>> = {
  wide: { width: 376, height: 270, nudge: 8, labels: true },
  compact: { width: 262, height: 230, nudge: 7, labels: false },
  panel: { width: 200, height: 210, nudge: 6, labels: false },
};

const FAINT = {
  left: 52,
  line: 0.9,
  rule: { strokeWidth: 1.5, opacity: 0.8 },
  cap: { size: 40, opacity: 0.8 },
};
const BOLD = {
  left: 48,
  line: 0.85,
  rule: { strokeWidth: 1.75, opacity: 1 },
  cap: { size: 50, opacity: 1 },
};
const STYLES = { points: FAINT, band: FAINT, trend: BOLD };
type Style = typeof FAINT;

interface Mark extends Omit<CurvePoint, 'tip' | 'run'> {
  readonly s: number;
  readonly run: string;
  readonly tip: string;
}

function marksOf({ curves }: CurveInput): Mark[] {
  return curves.flatMap(({ points, name }, s) =>
    points.map((point) => {
      return { ...point, s, run: `${s}-${point.run ?? 0}`, tip: tip(name, ...point.tip) };
    }),
  );
}

function lineLayer(marks: readonly Mark[], e: Encodings, { line }: Style): object {
  return {
    data: { values: marks },
    mark: { type: 'line', strokeWidth: 1.75, opacity: line },
    encoding: { x: e.x, y: e.y, stroke: e.colour, strokeDash: e.dash, detail: { field: 'run' } },
  };
}

function bandLayers(marks: readonly Mark[], e: Encodings, style: Style): object[] {
  const band = {
    data: { values: marks.filter(({ lo }) => lo !== undefined) },
    mark: { type: 'area', opacity: 0.14 },
    encoding: {
      x: e.x,
      y: { ...e.y, field: 'lo' },
      y2: { field: 'hi' },
      fill: e.colour,
      detail: { field: 's' },
    },
  };
  // Nothing is seen of them: they are what a pointer finds.
  const targets = {
    data: { values: marks },
    mark: { type: 'point', size: 60, opacity: 0, strokeWidth: 0 },
    encoding: { x: e.x, y: e.y, fill: e.colour, ...tipChannel },
  };
  return [band, lineLayer(marks, e, style), targets];
}

function intervalLayers(marks: readonly Mark[], e: Encodings, style: Style): object[] {
  const withInterval = { values: marks.filter(({ lo }) => lo !== undefined) };
  const intervals = {
    data: withInterval,
    mark: { type: 'rule', ...style.rule },
    encoding: { x: e.x, y: { ...e.y, field: 'lo' }, y2: { field: 'hi' }, stroke: e.colour },
  };
  const caps = ['lo', 'hi'].map((field) => ({
    data: withInterval,
    mark: { type: 'point', shape: CAP, ...style.cap, strokeWidth: 1.5 },
    encoding: { x: e.x, y: { ...e.y, field }, stroke: e.colour },
  }));
  return [lineLayer(marks, e, style), intervals, ...caps, ...pointLayers(marks, e)];
}

function cloudLayers({ cloud = [] }: CurveInput, e: Encodings): object[] {
  if (cloud.length === 0) return [];
  return [
    {
      data: { values: cloud },
      mark: { type: 'point', size: 24, opacity: 0.55, strokeWidth: 1 },
      encoding: { x: e.x, y: e.y, shape: e.shape, stroke: e.colour, ...tipChannel },
    },
  ];
}

function limitLayers({ limits = [] }: CurveInput, e: Encodings): object[] {
  if (limits.length === 0) return [];
  const data = { values: limits };
  const rule = {
    data,
    mark: { type: 'rule', stroke: 'var(--bad-rule)', strokeWidth: 1.25, strokeDash: [6, 3] },
    encoding: { y: e.y },
  };
  const text = {
    data,
    mark: { type: 'text', align: 'left', baseline: 'bottom', dx: 4, dy: -3, color: 'var(--bad)' },
    encoding: { x: { value: 0 }, y: e.y, text: { field: 'text' } },
  };
  return [rule, text];
}

function stripLayers({ strip, curves }: CurveInput, e: Encodings): object[] {
  if (strip === undefined) return [];
  const place = (s: number) => STRIP_ROW_PX * (s - curves.length) + 2;
  const title = {
    data: { values: [{ title: strip.title }] },
    mark: { type: 'text', align: 'left', baseline: 'bottom', color: 'var(--muted)' },
    encoding: { x: { value: 0 }, y: { value: place(0) - 6 }, text: { field: 'title' } },
  };
  const rows = strip.marks.flatMap((mark, s) =>
    mark === null ? [] : [{ ...mark, s, tip: tip(curves[s]?.name ?? '', ...mark.tip) }],
  );
  // A constant cannot come from the data in this channel, so each row has layers of its own.
  return [title, ...rows.flatMap((row) => stripRow(row, { value: place(row.s) }, e))];
}

function stripRow(row: Omit<StripMark, 'tip'> & { s: number }, y: object, e: Encodings): object[] {
  const data = { values: [row] };
  const stroke = e.colour;
  const interval = [
    {
      data,
      mark: { type: 'rule', strokeWidth: 1.75 },
      encoding: { x: { ...e.x, field: 'lo' }, x2: { field: 'hi' }, y, stroke },
    },
    ...['lo', 'hi'].map((field) => ({
      data,
      mark: { type: 'point', shape: SIDE_CAP, size: 40, opacity: 1, strokeWidth: 1.5 },
      encoding: { x: { ...e.x, field }, y, stroke },
    })),
  ];
  const fill = row.hollow ? { value: 'var(--surface)' } : e.colour;
  const dot = {
    data,
    mark: { type: 'point', size: POINT_AREA, opacity: 1, strokeWidth: 1.75 },
    encoding: { x: e.x, y, shape: e.shape, stroke, fill, ...tipChannel },
  };
  return row.lo === undefined ? [dot] : [...interval, dot];
}

/** The specification of one chart; null when there is not one value to draw. */
export function curveSpec(input: CurveInput, size: FrameSize): ChartSpec | null {
  const frame = FRAMES[size];
  const marks = marksOf(input);
  if (marks.length === 0) return null;
  const e = {
    ...positions(input.x, input.y),
    ...looks(input.curves.map(({ identity }) => identity)),
  };
  const last = input.curves.flatMap(({ name, points }, s) =>
    points.slice(-1).map(({ x, y }) => ({ s, x, y, name })),
  );
  const labels = frame.labels ? labelLayers(last, e, frame, input.y.scale) : [];
  const style = STYLES[input.style];
  const layers = input.style === 'band' ? bandLayers : intervalLayers;
  const strip =
    input.strip === undefined ? 0 : STRIP_TITLE_PX + STRIP_ROW_PX * input.curves.length + 4;
  return {
    width: frame.width,
    height: frame.height,
    padding: {
      left: style.left,
      right: frame.labels ? LABELS_PX : 14,
      top: 12 + strip,
      bottom: 52,
    },
    layer: [
      ...labels.slice(0, 1),
      ...limitLayers(input, e),
      ...layers(marks, e, style),
      ...cloudLayers(input, e),
      ...stripLayers(input, e),
      ...labels.slice(1),
    ],
  };
}
