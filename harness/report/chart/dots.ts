/**
 * One row per thing: a dot with its interval on a log axis, small dots behind it for what it was
 * computed from. Name and numbers are above each dot, so that the chart needs no legend and reads
 * at any width.
 */

import type { Identity } from '../identity.js';
import { clipMiddle } from '../text.js';
import { type Axis, looks, pointLayers, positions, rowAxis, rowTexts, SIDE_CAP } from './axis.js';
import { logScale } from './scale.js';
import { type ChartSpec, tip } from './svg.js';

export interface DotRow {
  readonly name: string;
  /** The numbers as text. */
  readonly reading: string;
  readonly identity: Identity;
  /** null: nothing to draw, only the text. */
  readonly value: number | null;
  readonly interval: { readonly lo: number; readonly hi: number } | null;
  /** What it was computed from, in the order it was measured. */
  readonly single: readonly number[];
  readonly tip: readonly string[];
  readonly hollow?: boolean;
}

interface DotsInput {
  readonly rows: readonly DotRow[];
  readonly x: Axis;
  /** Vertical lines: `strong` is the one that everything is compared with. */
  readonly lines: readonly { readonly x: number; readonly strong: boolean }[];
}

const DOTS_WIDTH = 300;
const ROW_PX = 42;
/** Name and numbers together. */
const ROW_CHARACTERS = 44;
/** Where in a row, from its top, the text and the dot are. */
const TEXT_AT = 0.34;
const DOT_AT = 0.74;
const SINGLE_SPREAD = 0.09;

/** The specification of one panel; null when no row has a value. */
export function dotsSpec(input: DotsInput): ChartSpec | null {
  const { rows, x } = input;
  if (rows.every(({ value }) => value === null)) return null;
  const e = encodings(rows, x);
  const lines = input.lines.map((line) =>
    line.strong ? strongLine(line, e) : limit(line, rows, e),
  );
  return {
    width: DOTS_WIDTH,
    height: rows.length * ROW_PX,
    padding: { left: 12, right: 12, top: 4, bottom: x.title === null ? 30 : 52 },
    layer: [...lines, ...singleLayer(rows, e), ...dotLayers(rows, e), ...textLayers(rows)],
  };
}

function encodings(rows: readonly DotRow[], x: Axis) {
  const both = positions(x, { title: null, scale: logScale(1, 2) });
  return { x: both.x, y: rowAxis(rows), ...looks(rows.map(({ identity }) => identity)) };
}

type Encodings = ReturnType<typeof encodings>;
type Line = DotsInput['lines'][number];

function strongLine(line: Line, e: Encodings): object {
  return {
    data: { values: [line] },
    mark: { type: 'rule', strokeWidth: 1.25, stroke: 'var(--ink)' },
    encoding: { x: e.x },
  };
}

/** On the dots only: the texts between them stay readable. */
function limit({ x }: Line, rows: readonly DotRow[], e: Encodings): object {
  const half = 0.24;
  const values = rows.map((_, s) => ({ x, top: s + DOT_AT - half, bottom: s + DOT_AT + half }));
  return {
    data: { values },
    mark: { type: 'rule', strokeWidth: 1.25, stroke: 'var(--bad-rule)', strokeDash: [6, 3] },
    encoding: { x: e.x, y: { ...e.y, field: 'top' }, y2: { field: 'bottom' } },
  };
}

function textLayers(rows: readonly DotRow[]): object[] {
  const texts = rows.map(({ name, reading }) => ({
    name: clipMiddle(name, ROW_CHARACTERS - reading.length),
    reading,
  }));
  return rowTexts(texts, { at: TEXT_AT, width: DOTS_WIDTH });
}

/** Above and below the line by turns, so that equal values are seen apart. */
function singleLayer(rows: readonly DotRow[], e: Encodings): object[] {
  const values = rows.flatMap(({ single }, s) =>
    single.map((x, i) => ({ s, x, y: s + DOT_AT + SINGLE_SPREAD * ((i % 3) - 1) })),
  );
  if (values.length === 0) return [];
  return [
    {
      data: { values },
      mark: { type: 'point', shape: 'circle', size: 11, opacity: 0.45, strokeWidth: 0 },
      encoding: { x: e.x, y: { ...e.y, field: 'y' }, fill: e.colour },
    },
  ];
}

function dotLayers(rows: readonly DotRow[], e: Encodings): object[] {
  const y = { ...e.y, field: 'dot' };
  const values = rows.flatMap((row, s) =>
    row.value === null
      ? []
      : [
          {
            s,
            x: row.value,
            dot: s + DOT_AT,
            hollow: row.hollow ?? false,
            ...(row.interval ?? {}),
            tip: tip(row.name, ...row.tip),
          },
        ],
  );
  const interval = {
    data: { values: values.filter((value) => 'lo' in value) },
    mark: { type: 'rule', strokeWidth: 2 },
    encoding: { x: { ...e.x, field: 'lo' }, x2: { field: 'hi' }, y, stroke: e.colour },
  };
  const caps = ['lo', 'hi'].map((field) => ({
    ...interval,
    mark: { type: 'point', shape: SIDE_CAP, size: 110, opacity: 1, strokeWidth: 1.5 },
    encoding: { x: { ...e.x, field }, y, stroke: e.colour },
  }));
  return [interval, ...caps, ...pointLayers(values, { ...e, y }, 36)];
}
