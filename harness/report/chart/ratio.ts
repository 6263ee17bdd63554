/**
 * Paired ratios to the reference: a dot with its interval on a log axis centred on 1, one row per
 * subject. Name and numbers stand above each dot, so that the chart needs no legend and reads at
 * any width.
 */
import { clip, ratioInterval, ratio as ratioText } from '../format.js';
import type { Gap, RatioCell, SubjectView } from '../model.js';
import { ratioScale, type Scale } from './scale.js';
import type { ChartSpec } from './svg.js';

export interface RatioEntry {
  readonly subject: SubjectView;
  readonly cell: RatioCell | Gap;
}

export interface RatioInput {
  readonly entries: readonly RatioEntry[];
  readonly x: Scale;
  readonly axisTitle: string;
}

/** The end of an interval, so that one narrower than its dot is seen too. */
const CAP = 'M0,-1L0,1';
const WIDTH = 300;
const ROW_PX = 42;
const NAME_CHARACTERS = 24;
/** Where in a row, from its top, the text and the dot are. */
const TEXT_AT = 0.34;
const DOT_AT = 0.74;

/** The common axis of several panels. */
export function ratioAxis(entries: readonly RatioEntry[]): Scale {
  return ratioScale(
    entries.flatMap(({ cell }) =>
      cell.kind === 'gap'
        ? []
        : [cell.ratio, ...(cell.interval === null ? [] : [cell.interval.lo, cell.interval.hi])],
    ),
  );
}

/** `1.32 [1.28 – 1.37]`. */
function reading(cell: RatioCell | Gap): string {
  if (cell.kind === 'gap') return 'no ratio';
  const value = ratioText(cell.ratio);
  return cell.interval === null
    ? `${value}, no interval`
    : `${value} [${ratioInterval(cell.interval)}]`;
}

function rowOf({ subject, cell }: RatioEntry, s: number) {
  const drawn = cell.kind === 'gap' ? {} : { ratio: cell.ratio, ...(cell.interval ?? {}) };
  const twin = subject.role === 'twin' ? ' (A/A)' : '';
  return {
    s,
    text: s + TEXT_AT,
    dot: s + DOT_AT,
    name: clip(subject.id, NAME_CHARACTERS - twin.length) + twin,
    reading: reading(cell),
    ...drawn,
  };
}

type Row = ReturnType<typeof rowOf> & { ratio?: number; lo?: number; hi?: number };

function encodings({ entries, x, axisTitle }: RatioInput) {
  const domain = entries.map((_, s) => s);
  const look = (range: readonly unknown[]) => ({
    field: 's',
    type: 'nominal',
    legend: null,
    scale: { domain, range },
  });
  return {
    x: {
      field: 'ratio',
      type: 'quantitative',
      title: axisTitle,
      scale: { type: 'log', domain: x.domain, nice: false },
      axis: { values: x.ticks, format: '~r', labelOverlap: false },
    },
    y: {
      type: 'quantitative',
      title: null,
      axis: null,
      scale: { domain: [0, entries.length], reverse: true, nice: false, zero: false },
    },
    colour: look(entries.map((entry) => entry.subject.identity.colour)),
    shape: look(entries.map((entry) => entry.subject.identity.shape)),
  };
}

type Encodings = ReturnType<typeof encodings>;

function textLayers(rows: readonly Row[], e: Encodings): object[] {
  const text = (field: string, align: string, px: number, color: string) => ({
    data: { values: rows },
    mark: { type: 'text', align, baseline: 'middle', color },
    encoding: { x: { value: px }, y: { ...e.y, field: 'text' }, text: { field } },
  });
  return [text('name', 'left', 0, 'var(--ink)'), text('reading', 'right', WIDTH, 'var(--muted)')];
}

function dotLayers(rows: readonly Row[], e: Encodings): object[] {
  const y = { ...e.y, field: 'dot' };
  const interval = {
    data: { values: rows.filter((row) => row.lo !== undefined) },
    mark: { type: 'rule', strokeWidth: 2 },
    encoding: { x: { ...e.x, field: 'lo' }, x2: { field: 'hi' }, y, stroke: e.colour },
  };
  const caps = ['lo', 'hi'].map((field) => ({
    ...interval,
    mark: { type: 'point', shape: CAP, size: 110, opacity: 1, strokeWidth: 1.5 },
    encoding: { x: { ...e.x, field }, y, stroke: e.colour },
  }));
  const dot = {
    data: { values: rows.filter((row) => row.ratio !== undefined) },
    mark: { type: 'point', size: 36, opacity: 1 },
    encoding: { x: e.x, y, shape: e.shape, stroke: e.colour, fill: e.colour },
  };
  return [interval, ...caps, dot];
}

/** The specification of one panel; null when no subject has a ratio. */
export function ratioSpec(input: RatioInput): ChartSpec | null {
  const rows: Row[] = input.entries.map(rowOf);
  if (rows.every((row) => row.ratio === undefined)) return null;
  const e = encodings(input);
  const one = {
    data: { values: [{ ratio: 1 }] },
    mark: { type: 'rule', strokeWidth: 1.25, stroke: 'var(--ink)' },
    encoding: { x: e.x },
  };
  return {
    width: WIDTH,
    height: rows.length * ROW_PX,
    padding: { left: 12, right: 12, top: 4, bottom: 52 },
    layer: [one, ...dotLayers(rows, e), ...textLayers(rows, e)],
  };
}
