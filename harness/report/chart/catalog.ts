/** Which figures a report has, in the order of the page. Adding one is adding an entry here. */
import { FULL_RUN } from '../../claims/claim.js';
import type { GapLine } from '../gaps.js';
import { NO_OPEN_LOAD } from '../headline.js';
import type { ReportModel, Scenario } from '../model.js';
import { contextOf, type Figure, type FigureKind } from './figure.js';
import { loadFigure } from './load-figure.js';
import { memoryFigure } from './memory-figure.js';
import { closedPercentiles, openPercentiles } from './percentile-figure.js';
import { type RatioPlan, ratioFigure } from './ratio-figure.js';
import { splitFigure } from './split-figure.js';
import { switchFigure } from './switch-figure.js';
import { timelineFigure } from './timeline-figure.js';
import { type TrendPlan, trendFigure } from './trend-figure.js';
import { wakeupsFigure } from './wakeups-figure.js';

const RATIO: RatioPlan = {
  id: 'cpu-ratio',
  title: 'CPU per request, paired',
  metric: 'cpu_us_per_request',
  below: 'cheaper',
  above: 'dearer',
};

const TRENDS: readonly TrendPlan[] = [
  {
    id: 'cpu',
    title: 'CPU per request',
    unit: 'µs of server CPU',
    metrics: ['cpu_us_per_request'],
    axis: 'log',
    shows: 'User and system CPU time of the whole server process for one request.',
    reading: 'Lower is cheaper.',
  },
  {
    id: 'throughput',
    title: 'Throughput',
    unit: 'requests per second',
    metrics: ['requests_per_s'],
    axis: 'log',
    shows: 'Verified replies per second in the measured window.',
    reading:
      'Higher is faster. A hollow point is a lower bound: the load client ran out of CPU before the server did.',
  },
  {
    id: 'voluntary',
    title: 'Voluntary context switches',
    unit: 'per request',
    metrics: ['voluntary_switches_per_request'],
    axis: 'linear',
    shows: 'How often a thread of the server gave up its CPU to wait, per request.',
    reading: '1 means a sleep and a wake-up for every request.',
  },
  {
    id: 'involuntary',
    title: 'Involuntary context switches',
    unit: 'per request',
    metrics: ['involuntary_switches_per_request'],
    axis: 'linear',
    shows: 'How often the kernel took the CPU away from a thread of the server, per request.',
    reading: 'Lower is quieter.',
  },
  {
    id: 'syscalls',
    title: 'System calls',
    unit: 'per request',
    metrics: ['syscalls_per_request'],
    axis: 'linear',
    shows: 'Calls into the kernel, per request.',
    reading:
      'A read and a write make 2; epoll servers add waits, and share each of them among the connections that are ready.',
  },
  {
    id: 'latency',
    title: 'Latency in the closed loop',
    unit: 'µs',
    metrics: ['latency_us_p50', 'latency_us_p90', 'latency_us_p99', 'latency_us_p999'],
    axis: 'log',
    shows:
      'Time from sending a request to the last byte of its reply: the percentile of each trial, then the median over trials.',
    reading:
      'All panels share one axis. In a closed loop every connection waits for its reply, so this is mostly connections divided by throughput; it is not latency under a given load.',
  },
];

/** Figures that some part of the evidence is drawn as, and what that part is called. */
const EVIDENCE = [
  { part: 'switchCosts', what: 'What a switch costs' },
  { part: 'wakeups', what: 'Who wakes whom' },
  { part: 'memory', what: 'Memory of idle connections' },
] as const;

export interface Figures {
  /** In the order of the page, but for the timeline. */
  readonly charts: readonly Figure[];
  readonly timeline: Figure | null;
  /** Charts that this run has no data for. */
  readonly missing: readonly GapLine[];
}

/** Draws every figure of every workload. */
export async function drawFigures(model: ReportModel): Promise<Figures> {
  const drawn = await Promise.all([
    ...model.scenarios.flatMap((scenario) => closedFigures(model, scenario)),
    ...model.ladders.flatMap((ladder) => [
      loadFigure(model, ladder),
      openPercentiles(model, ladder),
    ]),
    switchFigure(model),
    wakeupsFigure(model),
    memoryFigure(model),
  ]);
  return {
    charts: drawn.filter((figure) => figure !== null),
    timeline: await timelineFigure(model),
    missing: missingOf(model),
  };
}

function closedFigures(model: ReportModel, scenario: Scenario): Promise<Figure | null>[] {
  const context = contextOf(scenario);
  const trend = (id: FigureKind) =>
    TRENDS.filter((plan) => plan.id === id).map((plan) => trendFigure(model, context, plan));
  return [
    ratioFigure(model, context, RATIO),
    ...trend('cpu'),
    ...trend('voluntary'),
    splitFigure(model, scenario),
    ...trend('throughput'),
    ...trend('involuntary'),
    ...trend('syscalls'),
    ...trend('latency'),
    closedPercentiles(model, scenario),
  ];
}

function missingOf({ results, ladders }: ReportModel): GapLine[] {
  const { evidence } = results;
  const parts = EVIDENCE.flatMap(({ part, what }) => {
    if (evidence === null)
      return [{ where: what, why: `not gathered by this run; \`${FULL_RUN}\` does` }];
    const { why } = evidence[part];
    return why === null ? [] : [{ where: what, why }];
  });
  const load = { where: 'Latency under load', why: `${NO_OPEN_LOAD}` };
  return ladders.length === 0 ? [load, ...parts] : parts;
}
