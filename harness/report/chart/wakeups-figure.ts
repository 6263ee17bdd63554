/** Who made parked coroutines runnable again: shares by source, a panel per subject. */

import { count, list, percent, whole } from '../../findings/format.js';
import type { Wakeups } from '../../results/evidence.js';
import type { ReportModel } from '../model.js';
import { type BarRow, barsSpec, PART_FILLS } from './bars.js';
import { columnsOf, drawOnce, type Figure, type LegendItem, type Panel } from './figure.js';
import { linearScale } from './scale.js';

/** Counted apart from the sources: it woke nobody. */
const IN_VAIN = 'in_vain';

const nameOf = (source: string): string => source.replaceAll('_', ' ');

function sourcesOf(items: readonly Wakeups[]): string[] {
  const all = items.flatMap(({ counts }) => Object.keys(counts));
  return [...new Set(all)].filter((source) => source !== IN_VAIN);
}

function totalOf({ counts }: Wakeups, sources: readonly string[]): number {
  return sources.reduce((sum, source) => sum + (counts[source] ?? 0), 0);
}

function rowOf(item: Wakeups, sources: readonly string[]): BarRow {
  const total = totalOf(item, sources);
  const shares = sources.map((source) => (total === 0 ? 0 : (item.counts[source] ?? 0) / total));
  return {
    name: item.load,
    reading: count(total, 'wake-up', 'page'),
    // Sources beyond the greys share the last.
    parts: shares
      .map((part, i) => ({ part: Math.min(i, PART_FILLS.length - 1), value: 100 * part }))
      .filter(({ value }) => value > 0),
    tip: (part) => [
      `${nameOf(sources[part] ?? '')}: ${whole(item.counts[sources[part] ?? ''] ?? 0)}`,
      `${percent(shares[part] ?? 0, 2)} of ${count(total, 'wake-up', 'page')}, ${count(item.requests, 'request', 'page')}`,
    ],
  };
}

function drawPanel(
  subject: string,
  index: number,
  items: readonly Wakeups[],
  sources: readonly string[],
): Promise<Panel> {
  const spec = barsSpec({
    rows: items.map((item) => rowOf(item, sources)),
    x: { title: 'share of wake-ups', scale: linearScale(100, 25), labelExpr: "datum.value + ' %'" },
  });
  const instruments = [...new Set(items.map(({ instrument }) => instrument))];
  const title = `${subject} (${list(instruments)})`;
  return drawOnce(title, spec, {
    id: `wakeups-${index}`,
    label: `Stacked bars: wake-ups by source, ${subject}`,
    description: items.map((item) => inWords(item, sources)).join(' '),
  });
}

function inWords(item: Wakeups, sources: readonly string[]): string {
  const parts = sources.map((source) => `${nameOf(source)} ${whole(item.counts[source] ?? 0)}`);
  return `${item.load}: ${list(parts)}.`;
}

function tableOf(items: readonly Wakeups[], sources: readonly string[]): Figure['table'] {
  const numbers = ['Requests', ...sources.map(nameOf), nameOf(IN_VAIN)];
  const columns = columnsOf(['Server', 'Load'], numbers);
  const cell = (value: number | undefined) => (value === undefined ? 'not counted' : whole(value));
  const rows = items.map(({ subject, load, requests, counts }) => [
    ...[subject, load, whole(requests)],
    ...[...sources, IN_VAIN].map((source) => cell(counts[source])),
  ]);
  return { columns, rows };
}

/** null when the run counted none. */
export async function wakeupsFigure(model: ReportModel): Promise<Figure | null> {
  const items = model.results.evidence?.wakeups.items ?? null;
  if (items === null || items.length === 0) return null;
  const sources = sourcesOf(items);
  const subjects = [...new Set(items.map(({ subject }) => subject))];
  const legend = sources.map((source, part): LegendItem => {
    const fill = PART_FILLS[Math.min(part, PART_FILLS.length - 1)] as string;
    return { kind: 'fill', fill, text: nameOf(source) };
  });
  const panels = subjects.map((subject, index) =>
    drawPanel(
      subject,
      index,
      items.filter((item) => item.subject === subject),
      sources,
    ),
  );
  return {
    id: 'wakeups',
    kind: 'wakeups',
    title: 'Who wakes whom',
    unit: 'wake-ups of parked coroutines, by source',
    caption: [
      'Which part of the runtime made a parked coroutine runnable again, under three loads.',
      'counters: the runtime’s own. strace: events that its polls returned, an upper bound, because an event may find nobody parked. A share too small to be seen is in the table. Counted, not sampled: there is no interval.',
    ],
    width: 'full',
    legend: 'always',
    legendItems: legend,
    panels: await Promise.all(panels),
    table: tableOf(items, sources),
    gaps: [],
  };
}
