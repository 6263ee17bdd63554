/** What several kinds of charts share: axes, looks by series, and names at the ends of lines. */

import type { Identity } from '../identity.js';
import { clipMiddle } from '../text.js';
import { type Scale, spread } from './scale.js';
import { tipChannel } from './svg.js';

/** `1.5k`, `2M`. */
const NUMBER_EXPR =
  "datum.value >= 1e6 ? format(datum.value / 1e6, '~r') + 'M' : " +
  "datum.value >= 1e3 ? format(datum.value / 1e3, '~r') + 'k' : format(datum.value, '~r')";

/** The end of a vertical interval, and of a horizontal one. */
export const CAP = 'M-1,0L1,0';
export const SIDE_CAP = 'M0,-1L0,1';
export const POINT_AREA = 42;

export interface Axis {
  readonly title: string | null;
  readonly scale: Scale;
  /** In place of NUMBER_EXPR. */
  readonly labelExpr?: string;
}

/** Positions on both axes; `x` of a datum is its field `x`, and so with `y`. */
export function positions(x: Axis, y: Axis) {
  return {
    x: {
      field: 'x',
      type: 'quantitative',
      title: x.title,
      scale: { type: x.scale.type, domain: x.scale.domain, nice: false },
      axis: {
        values: x.scale.ticks,
        grid: false,
        labelExpr: x.labelExpr ?? NUMBER_EXPR,
        labelOverlap: false,
      },
    },
    y: {
      field: 'y',
      type: 'quantitative',
      title: y.title,
      scale: { type: y.scale.type, domain: y.scale.domain, nice: false },
      axis: {
        values: y.scale.ticks,
        domain: false,
        ticks: false,
        labelExpr: y.labelExpr ?? NUMBER_EXPR,
      },
    },
  };
}

/** Looks by series: a datum's field `s` is the place of its series in `identities`. */
export function looks(identities: readonly Identity[]) {
  const domain = identities.map((_, s) => s);
  const look = (range: readonly unknown[]) => ({
    field: 's',
    type: 'nominal',
    legend: null,
    scale: { domain, range },
  });
  return {
    colour: look(identities.map(({ colour }) => colour)),
    shape: look(identities.map(({ shape }) => shape)),
    dash: look(identities.map(({ dash }) => dash)),
  };
}

export type Encodings = ReturnType<typeof positions> & ReturnType<typeof looks>;

/** The looks of points: where they are, their shape and their colour. */
type PointEncodings = Readonly<Record<'x' | 'y' | 'shape' | 'colour', object>>;

/** Points of series, hollow ones last, so that they are seen. */
export function pointLayers(
  marks: readonly { readonly hollow?: boolean }[],
  e: PointEncodings,
  size = POINT_AREA,
): object[] {
  return [false, true].map((hollow) => ({
    data: { values: marks.filter((mark) => (mark.hollow ?? false) === hollow) },
    mark: { type: 'point', size, opacity: 1, strokeWidth: 1.75 },
    encoding: {
      x: e.x,
      y: e.y,
      shape: e.shape,
      stroke: e.colour,
      fill: hollow ? { value: 'var(--surface)' } : e.colour,
      ...tipChannel,
    },
  }));
}

/** A vertical axis with one unit per row, from the top; it is not drawn. */
export function rowAxis(rows: readonly unknown[]) {
  const scale = { domain: [0, rows.length], reverse: true, nice: false, zero: false };
  return { type: 'quantitative', title: null, axis: null, scale };
}

/** The text above each row: its name on the left, its numbers on the right. */
export function rowTexts(
  rows: readonly { readonly name: string; readonly reading: string }[],
  { at, width }: { readonly at: number; readonly width: number },
): object[] {
  const values = rows.map((row, index) => ({ ...row, text: index + at }));
  const y = { ...rowAxis(rows), field: 'text' };
  const text = (field: string, align: string, px: number, color: string) => ({
    data: { values },
    mark: { type: 'text', align, baseline: 'middle', color },
    encoding: { x: { value: px }, y, text: { field } },
  });
  return [text('name', 'left', 0, 'var(--ink)'), text('reading', 'right', width, 'var(--muted)')];
}

interface Label {
  readonly s: number;
  /** The point that is named. */
  readonly x: number;
  readonly y: number;
  readonly name: string;
}

const LABEL_GAP_PX = 17;
const LABEL_CHARACTERS = 22;

/** Room that names need next to the plot. */
export const LABELS_PX = 176;

/** Names next to the plot, moved apart, each with a leader to its point; the leader comes first. */
export function labelLayers(
  labels: readonly Label[],
  e: Encodings,
  frame: { readonly width: number; readonly height: number },
  scale: Scale,
): object[] {
  const wishes = labels.map(({ y }) => frame.height * (1 - scale.toUnit(y)));
  const places = spread(wishes, LABEL_GAP_PX, frame.height);
  const values = labels.map((label, i) => ({
    ...label,
    name: clipMiddle(label.name, LABEL_CHARACTERS),
    ly: scale.fromUnit(1 - (places[i] as number) / frame.height),
  }));
  const y = { ...e.y, field: 'ly' };
  const leader = {
    mark: { type: 'rule', strokeWidth: 1, stroke: 'var(--axis)' },
    encoding: { x: e.x, y: e.y, x2: { value: frame.width + 8 }, y2: { field: 'ly' } },
  };
  const symbol = {
    mark: { type: 'point', size: POINT_AREA, opacity: 1 },
    encoding: {
      x: { value: frame.width + 14 },
      y,
      shape: e.shape,
      stroke: e.colour,
      fill: e.colour,
    },
  };
  const text = {
    mark: { type: 'text', align: 'left', baseline: 'middle', color: 'var(--ink)' },
    encoding: { x: { value: frame.width + 24 }, y, text: { field: 'name' } },
  };
  return [leader, symbol, text].map((layer) => ({ data: { values }, ...layer }));
}
