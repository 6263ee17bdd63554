/**
 * Memory of idle connections: what each repetition measured and the line fitted to it, of each
 * subject, in user space and in the kernel.
 */

import { count, interval as intervalText, list, number, whole } from '../../findings/format.js';
import type { MemorySlope } from '../../results/evidence.js';
import { gapLines } from '../gaps.js';
import type { ReportModel, SubjectView } from '../model.js';
import { type Curve, type CurveInput, curveSpec } from './curve.js';
import {
  columnsOf,
  drawTwice,
  type Figure,
  type Panel,
  subjectLegend,
  valueText,
} from './figure.js';
import { scaleFor } from './scale.js';
import { tip } from './svg.js';

const KINDS = [
  { kind: 'user', title: 'In the process' },
  { kind: 'kernel', title: 'In the kernel' },
] as const;

const BYTES_EXPR =
  "datum.value >= 1073741824 ? format(datum.value / 1073741824, '~r') + ' GiB' : " +
  "datum.value == 0 ? '0' : format(datum.value / 1048576, '~r') + ' MiB'";
const MIB = 2 ** 20;

interface Entry {
  readonly subject: SubjectView;
  readonly slope: MemorySlope;
}

function entriesOf({ subjects }: ReportModel, slopes: readonly MemorySlope[]): Entry[] {
  return KINDS.flatMap(({ kind }) =>
    subjects.flatMap((subject) =>
      slopes
        .filter((slope) => slope.subject === subject.id && slope.kind === kind)
        .map((slope) => ({ subject, slope })),
    ),
  );
}

function curveOf({ subject, slope }: Entry): Curve {
  const { bytesPerConnection: bytes, lo, hi, n } = slope;
  const identity = subject.identity;
  if (bytes === null) return { name: subject.id, identity, points: [] };
  const range = intervalText({ lo, hi });
  const tip = [`${number(bytes, 'page')} bytes per connection (${range})`, `n = ${n}`];
  const points = slope.connections.map((connections) => ({
    x: connections,
    y: bytes * connections,
    ...(lo === null || hi === null ? {} : { lo: lo * connections, hi: hi * connections }),
    tip: [...tip, `${number((bytes * connections) / MIB, 'page')} MiB at ${whole(connections)}`],
  }));
  return { name: subject.id, identity, points };
}

/** Above the empty server, one for each repetition and count. */
function cloudOf(entries: readonly Entry[]): NonNullable<CurveInput['cloud']> {
  return entries.flatMap(({ subject, slope: { points = [] } }, s) =>
    points.map(({ repetition, connections, bytes }) => ({
      s,
      x: connections,
      y: bytes,
      tip: tip(
        `${subject.id}, repetition ${repetition + 1}`,
        `${number(bytes / MIB, 'page')} MiB at ${whole(connections)}`,
      ),
    })),
  );
}

function drawPanel(all: readonly Entry[], { kind, title }: (typeof KINDS)[number]): Promise<Panel> {
  const entries = all.filter(
    ({ slope }) => slope.kind === kind && slope.bytesPerConnection !== null,
  );
  const curves = entries.map(curveOf);
  const points = all.map(curveOf).flatMap((curve) => curve.points);
  const cloud = cloudOf(entries);
  const x = scaleFor(
    points.map((point) => point.x),
    'linear',
  );
  const highs = points.map((point) => Math.max(point.y, point.hi ?? 0));
  const y = mebibytes([...highs, ...cloudOf(all).map((point) => point.y)]);
  const input = {
    ...{ curves, cloud: cloud.filter((point) => point.y >= 0) },
    x: { title: 'idle connections', scale: x },
    y: { title: null, scale: y, labelExpr: BYTES_EXPR },
    style: 'band',
  } as const;
  const words = all.filter(({ slope }) => slope.kind === kind).map(inWords);
  return drawTwice(title, ['wide', 'compact'], (size) => curveSpec(input, size), {
    id: `memory-${kind}`,
    label: `Line chart: memory of idle connections, ${title.toLowerCase()}`,
    description: words.join(' '),
  });
}

/** A linear scale whose ticks are round in MiB. */
function mebibytes(values: readonly number[]) {
  const scale = scaleFor(
    values.map((value) => value / MIB),
    'linear',
  );
  const [, top] = scale.domain;
  return {
    ...scale,
    domain: [0, top * MIB] as const,
    ticks: scale.ticks.map((tick) => tick * MIB),
    toUnit: (value: number) => scale.toUnit(value / MIB),
    fromUnit: (unit: number) => scale.fromUnit(unit) * MIB,
  };
}

function inWords({ subject, slope }: Entry): string {
  const { bytesPerConnection: bytes } = slope;
  return bytes === null
    ? `${subject.id}: no value.`
    : `${subject.id}: ${number(bytes, 'page')} bytes per connection.`;
}

function tableOf(entries: readonly Entry[]): Figure['table'] {
  const numbers = ['Bytes per connection', '95 % interval', 'n'];
  const columns = columnsOf(['Server', 'Memory'], numbers, ['Connections', 'Source', 'Note']);
  const rows = entries.map(({ subject, slope }) => [
    ...[subject.id, slope.kind],
    valueText(slope.bytesPerConnection),
    intervalText(slope, 'none'),
    ...[String(slope.n), list(slope.connections.map(whole)), slope.source, slope.why ?? ''],
  ]);
  return { columns, rows };
}

function captionOf(items: readonly MemorySlope[]): Figure['caption'] {
  const numbers = Math.max(0, ...items.map(({ connections }) => connections.length));
  const hasPoints = items.some(({ points = [] }) => points.length > 0);
  const symbols = ' Symbols: single repetitions, above the same server without connections.';
  return [
    `What silent connections add to the server, fitted over ${count(numbers, 'number', 'page')} of connections.${hasPoints ? symbols : ''}`,
    'Line: the Theil-Sen slope; band: its 95 % interval. Memory of the kernel is that of the machine, so its line holds for both ends where they share one.',
  ];
}

/** null when the run has no such evidence: what is missing is listed in one place. */
export async function memoryFigure(model: ReportModel): Promise<Figure | null> {
  const items = model.results.evidence?.memory.items ?? null;
  if (items === null) return null;
  const entries = entriesOf(model, items);
  const gaps = entries.flatMap(({ subject, slope }) =>
    slope.why === undefined
      ? []
      : [
          {
            what: `${slope.kind} memory`,
            subject: subject.id,
            why: slope.why,
            connections: Math.max(0, ...slope.connections),
          },
        ],
  );
  const drawn = entries.map(({ subject }) => subject.id);
  return {
    id: 'memory',
    kind: 'memory',
    title: 'Memory of idle connections',
    unit: 'above the empty server',
    caption: captionOf(items),
    width: 'full',
    legend: 'narrow',
    legendItems: subjectLegend(
      model.subjects.filter(({ id }) => drawn.includes(id)),
      null,
    ),
    panels: await Promise.all(KINDS.map((kind) => drawPanel(entries, kind))),
    table: tableOf(entries),
    gaps: gapLines(gaps, { whats: KINDS.map(({ kind }) => `${kind} memory`), subjects: drawn }),
  };
}
