/**
 * The run from its first to its last minute: one row per subject, a mark per trial; void and failed
 * ones stand out. Below it what the hypervisor took away meanwhile, with the limits of the check.
 */
import { clipMiddle } from '../text.js';
import { type Axis, positions } from './axis.js';
import { logScale, type Scale } from './scale.js';
import { type ChartSpec, tip, tipChannel } from './svg.js';

export type TrialLook = 'ok' | 'warned' | 'excluded' | 'instrumented';

export interface TimelineTrial {
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

export function timelineSpec(input: TimelineInput): ChartSpec | null {
  const { names, colours, trials, width } = input;
  if (trials.length === 0) return null;
  const { x } = positions({ title: 'minutes since the start', scale: input.x }, UNSEEN);
  const y = {
    type: 'quantitative',
    title: null,
    axis: null,
    scale: { domain: [0, names.length], reverse: true, nice: false, zero: false },
  };
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

export function stealSpec({ points, x, y, limits, width }: StealInput): ChartSpec | null {
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
