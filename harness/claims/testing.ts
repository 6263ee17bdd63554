/**
 * Made-up results for tests of the claims: the runs of harness/results/testing.ts with CPU,
 * switches and evidence set to what a test wants to show. Never used outside tests.
 *
 *     madeResults({ cpuUs: (role, n) => (role === 'thread' ? 9 : 6) })
 */
import type { Evidence } from '../results/evidence.js';
import type { QualityPart } from '../results/quality.js';
import type { Condition, Measured, Results, Subject, Trial } from '../results/schema.js';
import { makeResults } from '../results/testing.js';
import { Random } from '../results/testing-models.js';

/** Plain subjects by role, the A/A twin of Go's, and one per dose. */
export const THREAD = 'thread-per-connection';
export const CALLBACK = 'callback-epoll';
export const COROUTINE = 'coroutine-epoll';
export const GO = 'go-net';

export interface Made {
  /** us of server CPU per request; default: like the servers of METHOD.md. */
  readonly cpuUs?: (subject: string, connections: number) => number;
  /** Voluntary switches per request. */
  readonly switches?: (subject: string, connections: number) => number;
  /** System calls per request; default: what the run's model says. */
  readonly calls?: (subject: string, connections: number) => number;
  /** Standard deviation of a trial, as a share; default 0.01. */
  readonly noise?: number;
  readonly blocks?: number;
  readonly connections?: readonly number[];
  /** Hand-offs per request of further callback subjects. */
  readonly doses?: readonly number[];
  readonly evidence?: Partial<Evidence>;
  readonly quality?: Results['quality']['level'];
  /** Subjects that do not take part. */
  readonly without?: readonly string[];
}

const CPU_US: Readonly<Record<string, readonly [number, number, number]>> = {
  [THREAD]: [25, 8.1, 11.5],
  [CALLBACK]: [27, 5.5, 5.8],
  [COROUTINE]: [27.5, 5.6, 6],
  [GO]: [28, 5.7, 6.1],
};

/** At 1, up to 64, and above. */
export function usualCpu(subject: string, connections: number): number {
  const [few, some, many] = CPU_US[subject] ?? [28, 5.7, 6.1];
  return connections < 8 ? few : connections <= 64 ? some : many;
}

export function usualSwitches(subject: string, connections: number): number {
  return subject === THREAD || connections < 8 ? 1 : 0.05;
}

/** No part of the evidence could be had. */
export const NO_EVIDENCE: Evidence = {
  switchCosts: { items: null, why: 'the probe was not built' },
  traces: { items: null, why: 'strace is not installed' },
  wakeups: { items: null, why: 'the counters were not read' },
  sources: { items: null, why: 'the sources are not there' },
  memory: { items: null, why: 'the file limit is 1024' },
};

const bases = new Map<string, Results>();

export function madeResults(made: Made = {}): Results {
  const base = baseOf(made.blocks ?? 12, made.connections ?? [1, 8, 64, 512]);
  const subjects = [...base.header.subjects, ...(made.doses ?? []).map(doseSubject)].filter(
    ({ id }) => !(made.without ?? []).includes(id),
  );
  const doses = (made.doses ?? []).flatMap((handoffs) =>
    base.trials
      .filter(({ subject }) => subject === CALLBACK)
      .map((trial) => ({ ...trial, id: `${trial.id}-k${handoffs}`, subject: doseId(handoffs) })),
  );
  const random = new Random('claims');
  const trials = [...base.trials, ...doses]
    .filter(({ subject }) => subjects.some(({ id }) => id === subject))
    .map((trial) => tuned(trial, base.header.plan.conditions, made, random));
  const level = made.quality ?? 'clean';
  const reasons = level === 'clean' ? [] : ['the A/A check misses at 64 connections'];
  return {
    ...base,
    header: { ...base.header, subjects },
    trials,
    quality: { level, reasons, excluded: [] },
    evidence: made.evidence === undefined ? null : { ...NO_EVIDENCE, ...made.evidence },
  };
}

/** The run with one part of its quality invalid, and all others clean. */
export function withInvalid(results: Results, id: string): Results {
  const reasons = ['the machine was disturbed'];
  const kind = 'condition' as const;
  const part: QualityPart = { id, kind, level: 'invalid', reasons };
  return { ...results, quality: { level: 'noisy', reasons, parts: [part], excluded: [] } };
}

/** One made-up block, repeated as often as asked: what a test wants to differ is set per trial. */
function baseOf(blocks: number, connections: readonly number[]): Results {
  const key = `${blocks} ${connections.join()}`;
  const base = bases.get(key) ?? repeated(makeResults({ blocks: 1, connections }), blocks);
  bases.set(key, base);
  return base;
}

function repeated({ header, trials, ...rest }: Results, blocks: number): Results {
  const all = Array.from({ length: blocks }, (_, block) => block);
  const order = header.plan.order.map(([first = []]) => all.map(() => first));
  const again = all.flatMap((block) =>
    trials.map((trial) => {
      const id = `${trial.condition}-b${block}-p${trial.position}`;
      return { ...trial, id, block };
    }),
  );
  const plan = { ...header.plan, blocks, order };
  // Claims are decided on trials: rows would only be of the runs before they were set.
  return { ...rest, header: { ...header, plan }, trials: again, summary: [] };
}

export function doseId(handoffs: number): string {
  return `${CALLBACK}+${handoffs}`;
}

function doseSubject(handoffs: number): Subject {
  return {
    id: doseId(handoffs),
    variant: CALLBACK,
    title: 'Callbacks',
    model: CALLBACK,
    args: ['--inject-handoffs', String(handoffs)],
    build: { sha256: '0'.repeat(64), command: ['x'] },
    ready: {},
  };
}

/** The trial with the CPU and the switches that the test wants, throughput and latency with them. */
function tuned(trial: Trial, conditions: readonly Condition[], made: Made, random: Random): Trial {
  const condition = conditions.find(({ id }) => id === trial.condition);
  const { client, counts, latency } = trial;
  if (!condition || !client || !counts || !latency) return trial;
  const { connections } = condition;
  const scatter = Math.exp((made.noise ?? 0.01) * random.normal());
  const us = (made.cpuUs ?? usualCpu)(plainOf(trial.subject), connections) * scatter;
  const requests = Math.round(client.statsIntervalNs / 1000 / us);
  const switches = (made.switches ?? usualSwitches)(plainOf(trial.subject), connections);
  const windowUs = client.statsIntervalNs / 1000;
  const scaled = (ns: number) => ns * us;
  const unit = { p50: 800, p90: 1000, p99: 1500, p999: 2500 };
  return {
    ...trial,
    counts: { ...counts, completed: requests },
    latency: {
      ...latency,
      service: {
        ...latency.service,
        count: requests,
        p50: scaled(unit.p50) * connections,
        p90: scaled(unit.p90) * connections,
        p99: scaled(unit.p99) * connections,
        p999: scaled(unit.p999) * connections,
      },
    },
    server: {
      ...trial.server,
      ...(made.calls === undefined
        ? {}
        : { syscalls: exact(Math.round(requests * made.calls(trial.subject, connections))) }),
      user_cpu_us: exact(Math.round(0.2 * requests * us)),
      system_cpu_us: exact(Math.round(0.8 * requests * us)),
      voluntary_switches: exact(Math.round(requests * switches * (1 + 0.01 * random.normal()))),
      involuntary_switches: exact(Math.round(requests * 0.0004)),
    },
    client: {
      ...client,
      cpuUs: exact(Math.round(0.5 * windowUs)),
      completedBetweenStats: requests,
      requestsBetweenStats: { value: requests, source: 'server', quality: 'exact' },
    },
  };
}

/** The twin costs what Go costs. */
function plainOf(subject: string): string {
  return subject.replace(/-twin$/, '');
}

function exact(value: number): Measured {
  return { value, source: 'getrusage', quality: 'exact' };
}
