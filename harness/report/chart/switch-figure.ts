/** What one switch costs, by what is switched and by the memory touched between two switches. */
import { bytesText } from '../../claims/shared/switch-rows.js';
import { switchCost } from '../../claims/switch-cost.js';
import { interval as intervalText, number } from '../../findings/format.js';
import { SWITCH_ROWS, type SwitchCost } from '../../results/evidence.js';
import { NEUTRAL } from '../identity.js';
import type { ReportModel } from '../model.js';
import { type DotRow, dotsSpec } from './dots.js';
import { columnsOf, drawOnce, type Figure, type Panel, valueText } from './figure.js';
import { type Scale, scaleFor } from './scale.js';

const KNOWN: readonly string[] = Object.values(SWITCH_ROWS).flat();
const GROUPS: readonly {
  readonly slug: string;
  readonly title: string;
  readonly names: readonly string[] | null;
}[] = [
  { slug: 'thread', title: 'Threads on one CPU', names: SWITCH_ROWS.thread },
  { slug: 'cross-core', title: 'Waking a thread on another CPU', names: SWITCH_ROWS.crossCore },
  { slug: 'coroutine', title: 'Our coroutines', names: SWITCH_ROWS.coroutine },
  { slug: 'goroutine', title: 'Goroutines', names: SWITCH_ROWS.goroutine },
  { slug: 'other', title: 'For comparison', names: null },
];

const AXIS: Readonly<Record<Scale['type'], { readonly title: string; readonly caption: string }>> =
  {
    log: { title: 'time (log scale)', caption: 'Log scale.' },
    linear: {
      title: 'time',
      caption: 'A difference of two noisy times can be negative, so this scale is not logarithmic.',
    },
  };

const NS_EXPR =
  "abs(datum.value) >= 1000 ? format(datum.value / 1000, '~r') + ' µs' : format(datum.value, '~r') + ' ns'";

/** `1.90 µs`, `80.0 ns`. */
function nsText(ns: number): string {
  return ns >= 1000 ? `${number(ns / 1000, 'page')} µs` : `${number(ns, 'page')} ns`;
}

function rangeText({ lo, hi, ns }: SwitchCost): string {
  if (lo === null || hi === null) return 'no interval';
  return (ns ?? 0) >= 1000
    ? `${intervalText({ lo: lo / 1000, hi: hi / 1000 })} µs`
    : `${intervalText({ lo, hi })} ns`;
}

const setText = (bytes: number): string => (bytes === 0 ? '' : `, ${bytesText(bytes)} touched`);

function rowOf(cost: SwitchCost): DotRow {
  const { name, workingSetBytes, ns, lo, hi, n, verified } = cost;
  const unsure = verified === false ? 'the kernel counted other switches than expected' : '';
  return {
    name: `${name}${setText(workingSetBytes)}`,
    reading: ns === null ? 'no value' : nsText(ns),
    identity: NEUTRAL,
    value: ns,
    interval: lo === null || hi === null ? null : { lo, hi },
    single: [],
    hollow: verified === false,
    tip: ns === null ? [] : [`${nsText(ns)} (${rangeText(cost)}), n = ${n}`, unsure],
  };
}

/** The bounds that the claim about the cost of a switch was given before any run. */
function claimedNs(): number[] {
  return switchCost.thresholds.map(({ value }) => 1000 * value);
}

function drawPanel(
  { slug, title }: (typeof GROUPS)[number],
  rows: readonly SwitchCost[],
  scale: Scale,
): Promise<Panel> {
  const lines = slug === 'thread' ? claimedNs().map((x) => ({ x, strong: false })) : [];
  const spec = dotsSpec({
    rows: rows.map(rowOf),
    x: { title: AXIS[scale.type].title, scale, labelExpr: NS_EXPR },
    lines,
  });
  const words = rows.map(
    (row) => `${row.name}${setText(row.workingSetBytes)}: ${rowOf(row).reading}.`,
  );
  return drawOnce(title, spec, {
    id: `switch-cost-${slug}`,
    label: `Dot plot: what a switch costs, ${title}`,
    description: words.join(' '),
  });
}

function tableOf(items: readonly SwitchCost[]): Figure['table'] {
  const numbers = ['Touched, bytes', 'ns', '95 % interval', 'n'];
  const columns = columnsOf(['What'], numbers, ['Switches verified', 'Note']);
  const rows = items.map(({ name, workingSetBytes, ns, lo, hi, n, verified, why }) => [
    ...[name, String(workingSetBytes), valueText(ns)],
    ...[intervalText({ lo, hi }, 'none'), String(n)],
    verified === null ? 'cannot be seen' : verified ? 'yes' : 'no',
    why ?? '',
  ]);
  return { columns, rows };
}

/** null when the run timed no switch. */
export async function switchFigure(model: ReportModel): Promise<Figure | null> {
  const items = model.results.evidence?.switchCosts.items ?? null;
  if (items === null || items.length === 0) return null;
  const bounds = items.flatMap(({ ns, lo, hi }) => [ns, lo, hi].flatMap((value) => value ?? []));
  const scale = scaleFor([...bounds, ...claimedNs()], 'log');
  const groups = GROUPS.map((group) => ({
    group,
    rows: items.filter(({ name }) =>
      group.names === null ? !KNOWN.includes(name) : group.names.includes(name),
    ),
  })).filter(({ rows }) => rows.length > 0);
  const gaps = items.flatMap(({ name, workingSetBytes, why }) =>
    why === undefined ? [] : [{ where: `${name}${setText(workingSetBytes)}`, why }],
  );
  return {
    id: 'switch-cost',
    kind: 'switch-cost',
    title: 'What a switch costs',
    unit: 'by what is switched, and by the memory touched in between',
    caption: [
      'Two of a kind hand control to each other on one CPU; the same system calls without a switch are subtracted.',
      `Dot: median over rounds; line: its 95 % order-statistic interval. Hollow: the kernel counted other switches than expected. Dashed: the bounds within which the claim of “about 3 µs” holds. ${AXIS[scale.type].caption}`,
    ],
    width: 'full',
    legend: 'never',
    legendItems: [],
    panels: await Promise.all(groups.map(({ group, rows }) => drawPanel(group, rows, scale))),
    table: tableOf(items),
    gaps,
  };
}
