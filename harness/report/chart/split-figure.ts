/** What CPU time consists of: user time, switches at their measured cost, the rest of the kernel. */
import { tableOf as trialsOf } from '../../claims/shared/samples.js';
import {
  type CostRow,
  rowText,
  serverSwitch,
  switchRows,
} from '../../claims/shared/switch-rows.js';
import { count, list, number, whole } from '../../findings/format.js';
import type { Results } from '../../results/schema.js';
import { type CpuSplit, cpuSplit } from '../../stats/cpu-split.js';
import { gapLines } from '../gaps.js';
import { type ReportModel, type Scenario, type SubjectView, subjectsAt } from '../model.js';
import { type BarRow, barsSpec, PART_FILLS } from './bars.js';
import {
  columnsOf,
  contextOf,
  drawOnce,
  type Figure,
  type LegendItem,
  type Panel,
} from './figure.js';
import { type Scale, scaleFor } from './scale.js';

const PARTS = ['user', 'switches × cost', 'rest of the kernel'] as const;

interface Entry {
  readonly subject: SubjectView;
  readonly connections: number;
  readonly split: CpuSplit | null;
}

function entriesOf(model: ReportModel, scenario: Scenario, cost: CostRow | null): Entry[] {
  return scenario.counts.flatMap((connections) => {
    const condition = model.condition({ ...scenario, connections });
    if (condition === null) return [];
    const table = trialsOf(model.results, condition);
    return subjectsAt(model, condition).map((subject) => {
      const trials = table.okTrials(subject.id);
      const switchUs = cost === null ? null : cost.ns / 1000;
      return { subject, connections, split: cpuSplit(trials, switchUs) };
    });
  });
}

function partsOf({ user, system, switches }: CpuSplit): number[] {
  return switches === null ? [user, 0, system] : [user, switches, system - switches];
}

function rowOf({ subject, split }: Entry): BarRow {
  const name = subject.role === 'twin' ? `${subject.id} (A/A)` : subject.id;
  if (split === null) return { name, reading: 'no value', parts: [], tip: () => [] };
  const values = partsOf(split);
  const total = split.user + split.system;
  return {
    name,
    reading: `${number(total, 'page')} µs`,
    parts: values.map((value, part) => ({ part, value })).filter(({ value }) => value > 0),
    tip: (part) => [
      `${PARTS[part]}: ${number(values[part] ?? 0, 'page')} of ${number(total, 'page')} µs`,
      `n = ${count(split.n, 'trial', 'page')}`,
    ],
  };
}

function drawPanel(
  prefix: string,
  connections: number,
  all: readonly Entry[],
  x: Scale,
): Promise<Panel> {
  const entries = all.filter((entry) => entry.connections === connections);
  const title = count(connections, 'connection', 'page');
  const spec = barsSpec({ rows: entries.map(rowOf), x: { title: 'µs per request', scale: x } });
  return drawOnce(title, spec, {
    id: `${prefix}-split-${connections}`,
    label: `Stacked bars: what the CPU time of a request consists of, µs, ${title}`,
    description: entries.map(inWords).join(' '),
  });
}

function inWords({ subject, split }: Entry): string {
  if (split === null) return `${subject.id}: no value.`;
  const values = partsOf(split);
  const parts = PARTS.map((part, i) => `${part} ${number(values[i] ?? 0, 'page')}`);
  return `${subject.id}: ${list(parts)}.`;
}

function tableOf(entries: readonly Entry[], cost: CostRow | null): Figure['table'] {
  const heads = ['Connections', ...PARTS.map((part) => `${part}, µs`), 'n'];
  const columns = columnsOf(['Server'], heads, ['Note']);
  const rows = entries.map(({ subject, connections, split }) => {
    const head = [subject.id, whole(connections)];
    if (split === null) return [...head, ...PARTS.map(() => 'no value'), '–', ''];
    const values = partsOf(split).map((us) => number(us, 'page'));
    if (cost === null) values[1] = 'not known';
    const note = split.exceeds ? 'switches × cost is more than all kernel time' : '';
    return [...head, ...values, String(split.n), note];
  });
  return { columns, rows };
}

function reading(results: Results, cost: CostRow | null, entries: readonly Entry[]): string {
  const base = 'Medians over trials; bars start at zero.';
  if (cost === null) {
    const { missing } = switchRows(results);
    return `${base} What switches cost is not set apart: ${missing?.sentence ?? 'no cost was measured.'}`;
  }
  const exceeding = entries.filter(({ split }) => split?.exceeds === true);
  const over =
    exceeding.length === 0
      ? ''
      : ' Where that is more than all kernel time, the bar ends with it: these switches cost less than the probe’s.';
  return `${base} A switch is counted at what it cost in the probe, ${rowText(cost).replace(' us', ' µs')}; it is an estimate from two measurements that know nothing of each other.${over}`;
}

/** null when no trial has these counters. */
export async function splitFigure(model: ReportModel, scenario: Scenario): Promise<Figure | null> {
  const { rows: costs } = switchRows(model.results);
  const cost = costs === null ? null : serverSwitch(costs);
  const entries = entriesOf(model, scenario, cost);
  const totals = entries.flatMap(({ split }) =>
    split === null ? [] : [split.user + split.system],
  );
  if (totals.length === 0) return null;
  const { prefix } = contextOf(scenario);
  const x = scaleFor(totals, 'linear');
  const legend = PARTS.map(
    (text, part): LegendItem => ({ kind: 'fill', fill: PART_FILLS[part] as string, text }),
  );
  const gaps = entries.flatMap(({ subject, connections, split }) =>
    split === null
      ? [{ what: 'split', subject: subject.id, connections, why: 'its trials lack the counters' }]
      : [],
  );
  return {
    id: `${prefix}-split`,
    kind: 'split',
    title: 'What CPU time consists of',
    unit: 'µs of server CPU per request',
    caption: [
      'User time, the time that context switches explain, and the rest of the time in the kernel.',
      reading(model.results, cost, entries),
    ],
    width: 'full',
    legend: 'always',
    legendItems: cost === null ? legend.filter((_, part) => part !== 1) : legend,
    panels: await Promise.all(
      scenario.counts.map((connections) => drawPanel(prefix, connections, entries, x)),
    ),
    table: tableOf(entries, cost),
    gaps: gapLines(gaps, { whats: ['split'], subjects: model.subjects.map(({ id }) => id) }),
  };
}
