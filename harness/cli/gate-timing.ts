/** Measures the timing lane: a batch of blocks, and a second one for what the first suspects. */
import path from 'node:path';
import { shortestForm, shortForm } from '../conformance/short-form.js';
import type { GateConfig } from '../gate/config.js';
import { TIMING_METRICS } from '../gate/config.js';
import type { Fault } from '../gate/correctness.js';
import type { Accepts } from '../gate/counts.js';
import { levelsOf } from '../gate/level.js';
import { type Sides, type Slowdowns, slowdownsOf } from '../gate/pairs.js';
import type { GateRow } from '../gate/rows.js';
import type { GateFile } from '../gate/schema.js';
import { type Batch, confirm, judgeFirst, type MarginOf, suspects } from '../gate/timing.js';
import { estimateMs } from '../plan/estimate.js';
import { legsOf, onlyConditions, sliced, withSubjects } from '../plan/gate-plan.js';
import { REFERENCE_VARIANT, TWIN_ID } from '../plan/reference.js';
import { spinSentinel } from '../probe/native.js';
import type { Plan, Results } from '../results/schema.js';
import type { RunSubject } from '../run/subject.js';
import { Interrupted } from '../server/wait.js';
import type { CliDeps } from './deps.js';
import type { CliIo } from './io.js';
import { createProgress } from './progress.js';

export interface TimingRequest {
  readonly plan: Plan;
  readonly subjects: readonly RunSubject[];
  readonly sides: readonly Sides[];
  /** Whether each variant stands against its own base, or all against the reference. */
  readonly hasBase: boolean;
  readonly config: GateConfig['timing'];
  /** Of the gate run. */
  readonly folder: string;
  readonly runId: string;
  readonly argv: readonly string[];
  readonly accepts: Accepts;
  readonly marginOf: MarginOf;
  /** What a stored baseline makes of slowdowns against the reference; else the identity. */
  readonly against: (slowdowns: readonly Slowdowns[]) => readonly Slowdowns[];
  readonly deps: CliDeps;
  readonly io: CliIo;
  readonly signal: AbortSignal;
}

export interface Timing {
  readonly rows: GateRow[];
  /** As they would be without accepted losses and before any second batch. */
  readonly plainRows: GateRow[];
  readonly batches: GateFile['batches'];
  readonly faults: Fault[];
  /** ok trials of a candidate, by variant. */
  readonly trials: ReadonlyMap<string, number>;
  /** Of the first batch, against what stands in the same blocks; none of an invalid condition. */
  readonly raw: readonly Slowdowns[];
}

/** Rejects with UserError or what harness/run rejects with. */
export async function measureTiming(request: TimingRequest): Promise<Timing> {
  const { config, subjects, sides, accepts, marginOf } = request;
  const plan = planFor(request, request.plan, subjects, '1');
  const first = await measureBatch(request, plan, subjects, 1);
  const raw = slowdownsOf(first, sides, TIMING_METRICS);
  const batch = batchOf(first, request.against(raw));
  const widened: MarginOf = (one) => Math.max(marginOf(one), accepts(one) ?? 0);
  const rows = judgeFirst(batch, config, widened);
  const suspected = suspects(rows, config, batch);
  const found = {
    plainRows: judgeFirst(batch, config, marginOf),
    raw: raw.filter(({ condition }) => batch.levelOf(condition) !== 'invalid'),
  };
  if (suspected.length === 0) return { rows, ...found, ...summaryOf([first], request) };
  const second = await secondBatch(request, suspected);
  const slowdowns = request.against(slowdownsOf(second, sides, TIMING_METRICS));
  const confirmed = confirm(rows, suspected, batchOf(second, slowdowns));
  return { rows: confirmed, ...found, ...summaryOf([first, second], request) };
}

function batchOf(results: Results, slowdowns: readonly Slowdowns[]): Batch {
  const levels = new Map(levelsOf(results).map((one) => [one.condition, one]));
  return {
    slowdowns,
    levelOf: (condition) => levels.get(condition)?.level ?? 'invalid',
    blurOf: (condition, metric) => levels.get(condition)?.blur[metric] ?? null,
  };
}

/** Only what is suspected, and the A/A check with it. */
function secondBatch(request: TimingRequest, suspected: readonly GateRow[]): Promise<Results> {
  const conditions = new Set(suspected.map(({ condition }) => condition));
  const variants = new Set(suspected.map(({ variant }) => variant));
  const wanted = new Set([
    ...[REFERENCE_VARIANT, TWIN_ID],
    ...request.sides
      .filter(({ variant }) => variants.has(variant))
      .flatMap(({ base, candidate }) => [base, candidate]),
  ]);
  const subjects = request.subjects.filter(({ id }) => wanted.has(id));
  const plan = planFor(request, onlyConditions(request.plan, conditions), subjects, '2');
  return measureBatch(request, plan, subjects, 2);
}

function planFor(
  { hasBase, config: { slices: rounds, sliceWarmupMs, windowMs, extraBlocks } }: TimingRequest,
  plan: Plan,
  subjects: readonly RunSubject[],
  part: string,
): Plan {
  const ordered = withSubjects({ ...plan, extraBlocksMax: extraBlocks }, subjects, part);
  const slices = { rounds, warmupMs: sliceWarmupMs, windowMs };
  return sliced(ordered, slices, legsOf(subjects, hasBase));
}

async function measureBatch(
  { deps, io, folder, runId, argv, signal }: TimingRequest,
  plan: Plan,
  subjects: readonly RunSubject[],
  batch: number,
): Promise<Results> {
  const progress = createProgress(io, {
    estimatedMs: estimateMs(plan),
    now: () => performance.now(),
  });
  try {
    const { results } = await deps.run({
      kind: 'batch',
      ...{ plan, subjects, skipped: [], argv, signal },
      folder: path.join(folder, `batch-${batch}`),
      runId: `${runId}-${batch}`,
      client: deps.loadClient(plan.client),
      onEvent: progress.onEvent,
      spin: spinSentinel,
      calibration: 'full',
      // The second batch measures what conformed in the first.
      conform: batch === 1 ? shortForm : shortestForm,
    });
    // Half a batch is none.
    if (signal.aborted) throw new Interrupted();
    return results;
  } finally {
    progress.end();
  }
}

function summaryOf(batches: readonly Results[], request: TimingRequest) {
  return {
    batches: batches.map(({ header, trials, quality }, i) => ({
      folder: `batch-${i + 1}`,
      blocks: header.plan.blocks,
      quality: quality.level,
      reasons: [...quality.reasons],
      conditions: levelsOf({ header, trials }),
    })),
    faults: batches.flatMap((results) => faultsOf(results, request.sides)),
    trials: trialsOf(batches, request.sides),
  };
}

/** Servers that could not take part, and trials that failed. */
function faultsOf({ header, trials }: Results, sides: readonly Sides[]): Fault[] {
  const skipped = header.skipped.map(({ variant: subject, why }) => ({ subject, text: why }));
  const failed = trials.flatMap(({ subject, status, reason }) =>
    status === 'failed' ? [{ subject, text: reason ?? 'a trial failed' }] : [],
  );
  return [...skipped, ...failed].flatMap(({ subject, text }) =>
    sides.flatMap(({ variant, base, candidate }): Fault[] => {
      if (subject === candidate) return [{ variant, side: 'candidate', text }];
      return subject === base ? [{ variant, side: 'base', text }] : [];
    }),
  );
}

function trialsOf(
  batches: readonly Results[],
  sides: readonly Sides[],
): ReadonlyMap<string, number> {
  const all = batches.flatMap(({ trials }) => trials);
  return new Map(
    sides.map(({ variant, candidate }) => [
      variant,
      all.filter(({ subject, status }) => subject === candidate && status === 'ok').length,
    ]),
  );
}
