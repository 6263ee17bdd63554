/** Which figures a report has, in the order of the page. Adding one is adding an entry here. */
import type { ReportModel } from '../model.js';
import { contextOf, type Figure } from './figure.js';
import { type RatioPlan, ratioFigure } from './ratio-figure.js';
import { type TrendPlan, trendFigure } from './trend-figure.js';

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
    id: 'latency',
    title: 'Latency percentiles',
    unit: 'µs',
    metrics: ['latency_us_p50', 'latency_us_p90', 'latency_us_p99', 'latency_us_p999'],
    axis: 'log',
    shows:
      'Time from sending a request to the last byte of its reply: the percentile of each trial, then the median over trials.',
    reading:
      'All panels share one axis. In a closed loop every connection waits for its reply, so this is mostly connections divided by throughput; it is not latency under a given load.',
  },
];

/** Draws every figure of every workload. */
export async function drawFigures(model: ReportModel): Promise<Figure[]> {
  const drawn = model.scenarios.flatMap((scenario) => {
    const context = contextOf(scenario);
    return [
      ratioFigure(model, context, RATIO),
      ...TRENDS.map((plan) => trendFigure(model, context, plan)),
    ];
  });
  return (await Promise.all(drawn)).filter((figure) => figure !== null);
}
