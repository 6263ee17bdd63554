/**
 * Stacked bars from zero, one per row, text above each: what a total consists of. Parts have greys,
 * because colours belong to servers.
 */
import { clipMiddle } from '../text.js';
import { type Axis, rowAxis, rowTexts } from './axis.js';
import { type ChartSpec, tip, tipChannel } from './svg.js';

export interface BarRow {
  readonly name: string;
  readonly reading: string;
  /** In the order of the parts of the chart; lengths add up to the bar. */
  readonly parts: readonly { readonly part: number; readonly value: number }[];
  /** By part: what is shown when it is pointed at. */
  readonly tip: (part: number) => readonly string[];
}

interface BarsInput {
  readonly rows: readonly BarRow[];
  /** A linear axis from zero. */
  readonly x: Axis;
}

/** As CSS colours, by part; style.ts has them. */
export const PART_FILLS = ['var(--p1)', 'var(--p2)', 'var(--p3)', 'var(--p4)', 'var(--p5)'];

const WIDTH = 300;
const ROW_PX = 38;
const NAME_CHARACTERS = 26;
const TEXT_AT = 0.3;
const BAR = [0.52, 0.88] as const;

interface Piece {
  readonly part: number;
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly bottom: number;
  readonly tip: string;
}

function piecesOf(row: BarRow, index: number): Piece[] {
  let from = 0;
  return row.parts.map(({ part, value }) => {
    const piece = { part, from, to: from + value, top: index + BAR[0], bottom: index + BAR[1] };
    from += value;
    return { ...piece, tip: tip(row.name, ...row.tip(part)) };
  });
}

/** The specification of one panel; null when no row has a part. */
export function barsSpec({ rows, x }: BarsInput): ChartSpec | null {
  const pieces = rows.flatMap(piecesOf);
  if (pieces.length === 0) return null;
  const horizontal = {
    field: 'from',
    type: 'quantitative',
    title: x.title,
    scale: { type: 'linear', domain: x.scale.domain, nice: false },
    axis: {
      values: x.scale.ticks,
      grid: true,
      labelExpr: x.labelExpr ?? "format(datum.value,'~r')",
    },
  };
  const vertical = rowAxis(rows);
  const bars = {
    data: { values: pieces },
    mark: { type: 'rect', stroke: 'var(--surface)', strokeWidth: 1 },
    encoding: {
      x: horizontal,
      x2: { field: 'to' },
      y: { ...vertical, field: 'top' },
      y2: { field: 'bottom' },
      fill: {
        field: 'part',
        type: 'nominal',
        legend: null,
        scale: { domain: PART_FILLS.map((_, part) => part), range: PART_FILLS },
      },
      ...tipChannel,
    },
  };
  const texts = rows.map(({ name, reading }) => ({
    name: clipMiddle(name, NAME_CHARACTERS),
    reading,
  }));
  return {
    width: WIDTH,
    height: rows.length * ROW_PX,
    padding: { left: 12, right: 12, top: 4, bottom: 52 },
    layer: [bars, ...rowTexts(texts, { at: TEXT_AT, width: WIDTH })],
  };
}
