/**
 * The run from its first to its last minute: one row per subject, a mark per trial; void and failed
 * ones stand out. Below it what the hypervisor took away meanwhile, with the limits of the check.
 */
import { count, number, whole } from '../../findings/format.js';
import type { Trial } from '../../results/schema.js';
import type { ReportModel } from '../model.js';
import { clipMiddle } from '../text.js';
import { type Axis, positions, rowAxis } from './axis.js';
import { columnsOf, drawTwice, type Figure, type LegendItem, type Panel } from './figure.js';
import { linearScale, logScale, type Scale, scaleFor } from './scale.js';
import { type ChartSpec, tip, tipChannel } from './svg.js';

type TrialLook = 'ok' | 'warned' | 'excluded' | 'instrumented';

interface TimelineTrial {
  readonly row: number;
  /** Since the start of the run. */
  readonly minutes: number;
  readonly look: TrialLook;
  readonly tip: readonly string[];
}

interface TimelineInput {
  readonly names: readonly string[];
  readonly colours: readonly string[];
  readonly trials: readonly TimelineTrial[];
  readonly x: Scale;
  readonly width: number;
}

const ROW_PX = 20;
const NAME_CHARACTERS = 22;
const NAMES_PX = 156;
const TICK = 'M0,-1L0,1';
const CROSS = 'M-0.8,-0.8L0.8,0.8M-0.8,0.8L0.8,-0.8';
const RING = 'M0,-0.9A0.9,0.9 0 1 1 0,0.9A0.9,0.9 0 1 1 0,-0.9Z';

const SHAPES: Readonly<Record<TrialLook, string>> = {
  ok: TICK,
  warned: RING,
  excluded: CROSS,
  instrumented: 'M-0.7,0L0.7,0',
};

function timelineSpec(input: TimelineInput): ChartSpec | null {
  const { names, colours, trials, width } = input;
  if (trials.length === 0) return null;
  const { x } = positions({ title: 'minutes since the start', scale: input.x }, UNSEEN);
  const y = rowAxis(names);
  const data = (look: TrialLook) =>
    trials
      .filter((trial) => trial.look === look)
      .map((trial) => ({
        s: trial.row,
        x: trial.minutes,
        row: trial.row + 0.5,
        tip: tip(...trial.tip),
      }));
  const domain = names.map((_, row) => row);
  const own = {
    field: 's',
    type: 'nominal',
    legend: null,
    scale: { domain, range: colours },
  };
  const layers = (Object.keys(SHAPES) as TrialLook[]).map((look) => ({
    data: { values: data(look) },
    mark: { type: 'point', shape: SHAPES[look], size: 70, opacity: 1, strokeWidth: 1.5 },
    encoding: {
      x,
      y: { ...y, field: 'row' },
      stroke: look === 'excluded' ? { value: 'var(--bad)' } : own,
      ...tipChannel,
    },
  }));
  const labels = {
    data: {
      values: names.map((name, row) => ({
        name: clipMiddle(name, NAME_CHARACTERS),
        row: row + 0.5,
      })),
    },
    mark: { type: 'text', align: 'right', baseline: 'middle', color: 'var(--ink)' },
    encoding: { x: { value: -8 }, y: { ...y, field: 'row' }, text: { field: 'name' } },
  };
  return {
    width,
    height: names.length * ROW_PX,
    padding: { left: NAMES_PX, right: 14, top: 6, bottom: 48 },
    layer: [labels, ...layers],
  };
}

const UNSEEN: Axis = { title: null, scale: logScale(1, 2) };

interface StealPoint {
  readonly minutes: number;
  readonly percent: number;
  readonly tip: readonly string[];
}

interface StealInput {
  readonly points: readonly StealPoint[];
  readonly x: Scale;
  readonly y: Scale;
  /** In percent, drawn as dashed lines. */
  readonly limits: readonly number[];
  readonly width: number;
}

function stealSpec({ points, x, y, limits, width }: StealInput): ChartSpec | null {
  if (points.length === 0) return null;
  const e = positions(
    { title: 'minutes since the start', scale: x },
    { title: null, scale: y, labelExpr: "format(datum.value, '~r') + ' %'" },
  );
  const values = points.map((point) => ({
    x: point.minutes,
    y: point.percent,
    zero: 0,
    tip: tip(...point.tip),
  }));
  const bars = {
    data: { values },
    mark: { type: 'rule', strokeWidth: 1.5, stroke: 'var(--muted)' },
    encoding: { x: e.x, y: e.y, y2: { field: 'zero' }, ...tipChannel },
  };
  const rules = {
    data: { values: limits.map((limit) => ({ y: limit })) },
    mark: { type: 'rule', stroke: 'var(--bad-rule)', strokeWidth: 1.25, strokeDash: [6, 3] },
    encoding: { y: e.y },
  };
  return {
    width,
    height: 84,
    padding: { left: NAMES_PX, right: 14, top: 14, bottom: 48 },
    layer: limits.length === 0 ? [bars] : [bars, rules],
  };
}

const WIDTHS = { wide: 700, narrow: 200 } as const;
const STEAL = 'steal_percent';

const LOOKS: Readonly<Record<TrialLook, string>> = {
  ok: '| counts',
  warned: '○ counts, with a warning',
  excluded: '× left out',
  instrumented: '– under instruments: counts only',
};

interface Timed {
  readonly trial: Trial;
  readonly row: number;
  readonly minutes: number;
  /** Why it is left out; null where it counts. */
  readonly excluded: string | null;
}

function timedOf({ results, subjects }: ReportModel): Timed[] {
  const start = Date.parse(results.header.startedAt);
  const reasons = new Map(results.quality.excluded.map(({ trial, reason }) => [trial, reason]));
  return results.trials.flatMap((trial) => {
    const minutes = (Date.parse(trial.startedAt) - start) / 60_000;
    const row = subjects.findIndex(({ id }) => id === trial.subject);
    if (!Number.isFinite(minutes) || row < 0) return [];
    const own = trial.status === 'ok' ? null : (trial.reason ?? 'no reason was given');
    return [{ trial, row, minutes, excluded: reasons.get(trial.id) ?? own }];
  });
}

function lookOf({ trial, excluded }: Timed): TrialLook {
  if (excluded !== null) return 'excluded';
  if (trial.instrumented) return 'instrumented';
  return trial.checks.some(({ level }) => level === 'warn') ? 'warned' : 'ok';
}

function markOf(timed: Timed, withTip: boolean): TimelineTrial {
  const { trial, row, minutes, excluded } = timed;
  const warnings = trial.checks.filter(({ level }) => level === 'warn').map(({ text }) => text);
  const tip = [trial.subject, trial.id, ...(excluded === null ? warnings.slice(0, 2) : [excluded])];
  return { row, minutes, look: lookOf(timed), tip: withTip ? tip : [] };
}

function stealOf({ trial, minutes }: Timed, withTip: boolean) {
  const percent = trial.machine[STEAL]?.value ?? null;
  if (percent === null) return [];
  const tip = withTip ? [`${number(percent, 'page')} % steal`, trial.id] : [];
  return [{ minutes, percent, tip }];
}

interface Drawing {
  readonly model: ReportModel;
  readonly timed: readonly Timed[];
  readonly x: Scale;
}

/** `spec` is given the width. */
function drawPanel(
  title: string,
  slug: string,
  description: string,
  spec: (width: number) => ChartSpec | null,
): Promise<Panel> {
  const label = `Timeline: ${title}`;
  return drawTwice(title, ['wide', 'narrow'], (size) => spec(WIDTHS[size]), {
    id: `timeline-${slug}`,
    label,
    description,
  });
}

function trialsPanel({ model, timed, x }: Drawing): Promise<Panel> {
  const description = (Object.keys(LOOKS) as TrialLook[])
    .map((look) => `${LOOKS[look]}: ${timed.filter((one) => lookOf(one) === look).length}.`)
    .join(' ');
  return drawPanel('Trials', 'trials', description, (width) =>
    timelineSpec({
      names: model.subjects.map(({ id }) => id),
      colours: model.subjects.map(({ identity }) => identity.colour),
      trials:
        width === WIDTHS.wide
          ? timed.map((one) => markOf(one, true))
          : // By server: neighbours that say nothing are drawn as one.
            timed.map((one) => markOf(one, false)).sort((a, b) => a.row - b.row),
      x,
      width,
    }),
  );
}

function stealPanel({ model, timed, x }: Drawing): Promise<Panel> {
  const { warn = null, void: voids = null } = model.results.header.plan.thresholds[STEAL] ?? {};
  const all = timed.flatMap((one) => stealOf(one, true));
  const top = Math.max(1, ...all.map(({ percent }) => percent));
  const limits = [warn, voids].flatMap((limit) => (limit === null || limit > top ? [] : [limit]));
  const words = [
    ...(warn === null ? [] : [`warns above ${warn} %`]),
    ...(voids === null ? [] : [`is void above ${voids} %`]),
  ];
  const dashed = words.length === 0 ? '' : ` (dashed: a trial ${words.join(' and ')})`;
  const description = `${whole(all.filter(({ percent }) => percent > 0).length)} of ${count(all.length, 'trial', 'page')} lost time to the hypervisor, at most ${number(top, 'page')} %.`;
  const title = `CPU time that the hypervisor took away${dashed}`;
  return drawPanel(title, 'steal', description, (width) =>
    stealSpec({
      points: timed.flatMap((one) => stealOf(one, width === WIDTHS.wide)),
      x,
      y: scaleFor([top], 'linear'),
      limits,
      width,
    }),
  );
}

function tableOf(timed: readonly Timed[]): Figure['table'] {
  const columns = columnsOf(['Trial', 'Server'], ['Minute'], ['Status', 'Reason']);
  const rows = timed
    .filter(({ excluded }) => excluded !== null)
    .map(({ trial, minutes, excluded }) => [
      ...[trial.id, trial.subject, minutes.toFixed(1), trial.status, excluded ?? ''],
    ]);
  return { columns, rows };
}

/** null when no trial ran. */
export async function timelineFigure(model: ReportModel): Promise<Figure | null> {
  const timed = timedOf(model);
  if (timed.length === 0) return null;
  const x = linearScale(Math.max(1, ...timed.map(({ minutes }) => minutes + 0.1)));
  const drawing = { model, timed, x };
  const used = new Set(timed.map(lookOf));
  const legend = (Object.keys(LOOKS) as TrialLook[])
    .filter((look) => used.has(look))
    .map((look): LegendItem => ({ kind: 'words', text: LOOKS[look] }));
  const hasSteal = timed.some((one) => stealOf(one, false).length > 0);
  return {
    id: 'timeline',
    kind: 'timeline',
    title: 'The run, trial by trial',
    unit: count(timed.length, 'trial', 'page'),
    caption: [
      'Every trial at the minute it began, and beside it what the machine did.',
      `Only what the environment did can make a trial void, never what was measured; the table has those that were left out.${hasSteal ? '' : ' This machine does not tell what its hypervisor takes away.'}`,
    ],
    width: 'full',
    legend: 'always',
    legendItems: legend,
    panels: await Promise.all([trialsPanel(drawing), ...(hasSteal ? [stealPanel(drawing)] : [])]),
    columns: 1,
    table: tableOf(timed),
    gaps: [],
  };
}
