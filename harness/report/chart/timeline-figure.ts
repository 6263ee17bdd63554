/** The run's timeline: every trial, what was left out, and what the machine took away meanwhile. */

import { count, number, whole } from '../../findings/format.js';
import type { Trial } from '../../results/schema.js';
import type { ReportModel } from '../model.js';
import type { Figure, LegendItem, Panel } from './figure.js';
import { linearScale, type Scale, scaleFor } from './scale.js';
import { type ChartSpec, renderSvg } from './svg.js';
import { stealSpec, type TimelineTrial, type TrialLook, timelineSpec } from './timeline.js';

const WIDE_PX = 700;
const NARROW_PX = 200;
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

const SIZES = [
  { slug: 'wide', width: WIDE_PX },
  { slug: 'narrow', width: NARROW_PX },
] as const;

async function drawPanel(
  title: string,
  slug: string,
  description: string,
  spec: (width: number) => ChartSpec | null,
): Promise<Panel> {
  const [wide = null, narrow = null] = await Promise.all(
    SIZES.map(async (size) => {
      const made = spec(size.width);
      if (made === null) return null;
      const id = `timeline-${slug}-${size.slug}`;
      return renderSvg(made, { id, label: `Timeline: ${title}`, description });
    }),
  );
  return { title, wide, narrow };
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
        width === WIDE_PX
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
      points: timed.flatMap((one) => stealOf(one, width === WIDE_PX)),
      x,
      y: scaleFor([top], 'linear'),
      limits,
      width,
    }),
  );
}

function tableOf(timed: readonly Timed[]): Figure['table'] {
  const columns = ['Trial', 'Server', 'Minute', 'Status', 'Reason'].map((title) => ({
    title,
    numeric: title === 'Minute',
  }));
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
