/**
 * Measures the timing lane: a batch of blocks, and a second one for the rows that the first
 * suspects.
 */
import { shortForm } from '../../conformance/short-form.js';
import { onlyConditions, withSubjects } from '../../plan/gate-plan.js';
import { REFERENCE_VARIANT, TWIN_ID } from '../../plan/reference.js';
import type { Results } from '../../results/schema.js';
import { acceptsOf } from '../accept.js';
import { againstStored, historyMargin } from '../baseline.js';
import { TIMING_METRICS } from '../config.js';
import type { Asked, Fault, Timing } from '../decide.js';
import { batchOf, type ConditionLevel, levelsOf } from '../level.js';
import { type Slowdowns, slowdownsOf } from '../pairs.js';
import type { GateRow } from '../rows.js';
import type { GateFile } from '../schema.js';
import { type Batch, confirm, judgeFirst, type MarginOf, suspects } from '../timing.js';
import { inTurn, measureBatch } from './batch.js';
import type { GateJob } from './job.js';
import type { LaneTools } from './lane-tools.js';

/** Rejects with UserError or what harness/run rejects with. */
export async function measureTiming(job: GateJob, asked: Asked, tools: LaneTools): Promise<Timing> {
  const { timing } = asked.config;
  const baseline = asked.stored?.baseline ?? null;
  const marginOf: MarginOf = (one) => {
    const configured = timing.margins[one.metric];
    return baseline === null ? configured : historyMargin(baseline, one, configured);
  };
  const accepts = acceptsOf(asked.entries);
  const widened: MarginOf = (one) => Math.max(marginOf(one), accepts(one) ?? 0);
  const first = await measured('1', job, asked, tools);
  const rows = judgeFirst(first.batch, timing, widened);
  const suspected = suspects(rows, timing, first.batch);
  const found = {
    plainRows: judgeFirst(first.batch, timing, marginOf),
    raw: first.raw.filter(({ condition }) => first.batch.levelOf(condition) !== 'invalid'),
  };
  if (suspected.length === 0) return { rows, ...found, ...summaryOf([first], job) };
  const second = await measured('2', onlySuspected(job, suspected), asked, tools);
  const confirmed = confirm(rows, suspected, second.batch);
  return { rows: confirmed, ...found, ...summaryOf([first, second], job) };
}

interface MeasuredBatch {
  readonly results: Results;
  readonly levels: ConditionLevel[];
  /** Against the subjects of the same blocks. */
  readonly raw: readonly Slowdowns[];
  /** Against a stored baseline, if there is one. */
  readonly batch: Batch;
}

type Planned = Pick<GateJob, 'plan' | 'subjects' | 'sides' | 'base'>;

async function measured(
  part: '1' | '2',
  { plan, subjects, sides, base }: Planned,
  { config: { timing }, stored }: Asked,
  tools: LaneTools,
): Promise<MeasuredBatch> {
  const sized = { ...plan, extraBlocksMax: timing.extraBlocks };
  const results = await measureBatch(
    {
      part,
      folder: `batch-${part}`,
      plan: inTurn(withSubjects(sized, subjects, part), subjects, timing, base !== null),
      subjects,
      calibration: 'full',
      // The second batch measures what conformed in the first; the shortest form is enough.
      ...(part === '1' ? { conform: shortForm } : {}),
    },
    tools,
  );
  const levels = levelsOf(results);
  const raw = slowdownsOf(results, sides, TIMING_METRICS);
  const against = stored?.baseline == null ? raw : againstStored(raw, stored.baseline);
  return { results, levels, raw, batch: batchOf(levels, against) };
}

/** Only what is suspected, and the A/A check with it. */
function onlySuspected(job: GateJob, suspected: readonly GateRow[]): Planned {
  const conditions = new Set(suspected.map(({ condition }) => condition));
  const variants = new Set(suspected.map(({ variant }) => variant));
  const mine = job.sides.filter(({ variant }) => variants.has(variant));
  const wanted = new Set([
    REFERENCE_VARIANT,
    TWIN_ID,
    ...mine.flatMap(({ base, candidate }) => [base, candidate]),
  ]);
  const subjects = job.subjects.filter(({ id }) => wanted.has(id));
  return { ...job, plan: onlyConditions(job.plan, conditions), subjects };
}

function summaryOf(
  batches: readonly MeasuredBatch[],
  job: GateJob,
): Pick<Timing, 'batches' | 'faults' | 'trials'> {
  const trials = batches.flatMap(({ results }) => results.trials);
  const okOf = (id: string) =>
    trials.filter(({ subject, status }) => subject === id && status === 'ok').length;
  return {
    batches: batches.map(
      ({ results: { header, quality }, levels }, i): BatchSummary => ({
        folder: `batch-${i + 1}`,
        blocks: header.plan.blocks,
        quality: quality.level,
        reasons: [...quality.reasons],
        conditions: levels,
      }),
    ),
    faults: batches.flatMap(({ results }) => faultsOf(results, job)),
    trials: new Map(job.sides.map(({ variant, candidate }) => [variant, okOf(candidate)])),
  };
}

type BatchSummary = GateFile['batches'][number];

/** Servers that could not take part, and trials that failed. */
function faultsOf({ header, trials }: Results, { sides }: GateJob): Fault[] {
  const skipped = header.skipped.map(({ variant: subject, why }) => ({ subject, text: why }));
  const failed = trials
    .filter(({ status }) => status === 'failed')
    .map(({ subject, reason }) => ({ subject, text: reason ?? 'a trial failed' }));
  return [...skipped, ...failed].flatMap(({ subject, text }) =>
    sides.flatMap(({ variant, base, candidate }): Fault[] => {
      if (subject === candidate) return [{ variant, side: 'candidate', text }];
      return subject === base ? [{ variant, side: 'base', text }] : [];
    }),
  );
}
