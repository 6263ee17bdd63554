/**
 * A run from plan to results.json: the table of contents of this folder.
 *
 * preflight -> build, check -> calibrate -> (pilot -> rates) -> header -> blocks -> trials under
 * instruments -> evidence -> verdicts -> results.json. The trials of every finished block are on
 * the disk in trials.ndjson at once. However the run ends (done, interrupted, disk full, a bug),
 * results.json is written once, verdicts included, from the trials there are, if there is one, and
 * no process is left. A run that ended early can be taken up again (take-up.ts): then header,
 * calibration and pilot are there, and the blocks that are missing are measured.
 */
import path from 'node:path';
import { UserError } from '../errors.js';
import { count } from '../findings/format.js';
import { conclude } from '../findings/quality.js';
import { readSystem } from '../probe/system.js';
import { evidenceOf } from '../results/evidence.js';
import { writeResults } from '../results/file.js';
import { type Plan, type Results, type RunHeader, SCHEMA_VERSION } from '../results/schema.js';
import { withoutVoid } from '../results/thresholds.js';
import { repositoryRoot } from '../root.js';
import { Interrupted } from '../server/wait.js';
import { isPreciseEnough, looksOf } from '../stats/precision.js';
import { carriedLogs } from '../stats/ratio-rows.js';
import type { Bench } from './bench.js';
import { writeHeader } from './header.js';
import { extrasOf, planOf, type RunInput, type RunOutcome } from './input.js';
import { measureInstrumented } from './instruments.js';
import { Journal } from './journal.js';
import { DEFAULT_LIMITS } from './limits.js';
import { type Measuring, measureBlocks, type RunRecord } from './measure.js';
import { withNetwork } from './network.js';
import { pinHarness } from './pin.js';
import { preflight } from './preflight.js';
import { prepare } from './prepare.js';

/**
 * Carries a run out. An interruption through `signal` resolves with outcome `partial` when at least
 * one trial is there. Rejects with UserError: nothing can be measured, nothing was measured, or
 * trials could not be written down; what was measured before is on the disk.
 */
export async function run(input: RunInput): Promise<RunOutcome> {
  const plan = planOf(input);
  const before = { startedAt: new Date().toISOString(), system: readSystem() };
  preflight(plan);
  const journal = await openJournal(input);
  const record = emptyRecord(input);
  try {
    return await withNetwork(plan.net, input.signal, async (network) => {
      const { client, onEvent, signal } = input;
      const limits = { ...DEFAULT_LIMITS, ...input.limits };
      const bench: Bench = { plan, client, limits, network, onEvent, signal };
      return carryOut(input, bench, before, { journal, record });
    });
  } catch (error) {
    throw error instanceof Interrupted ? interruptedEarly(input) : error;
  } finally {
    await (record.trials.length === 0 ? journal.discard() : journal.close());
  }
}

function openJournal({ kind, folder }: RunInput): Promise<Journal> {
  return kind === 'resumed' ? Journal.reopen(folder) : Journal.create(folder);
}

function emptyRecord(input: RunInput): RunRecord {
  const evidence = extrasOf(input).gather === undefined ? null : {};
  return { trials: [], problems: [], resumes: [], evidence };
}

interface Before {
  readonly startedAt: string;
  readonly system: ReturnType<typeof readSystem>;
}

async function carryOut(
  input: RunInput,
  bench: Bench,
  { startedAt, system }: Before,
  { journal, record }: Pick<Measuring, 'journal' | 'record'>,
): Promise<RunOutcome> {
  const { subjects, skipped, conform } = input;
  const root = repositoryRoot();
  const prepared = await prepare({ bench, root, subjects, skipped, conform });
  return withHarnessPinned(bench, async (harnessPinned) => {
    const facts = { ...system, harness_pinned: harnessPinned };
    const beginning = { bench, prepared, startedAt, facts, journal, record };
    const header = await writeHeader(input, beginning);
    const { candidates } = prepared;
    const isEnough = enoughFor(header);
    const planned = { ...bench, plan: header.plan };
    const measuring = { bench: planned, candidates, journal, record, isEnough };
    const trouble = await settle(measureAll(input, measuring));
    return finish(input, header, record, trouble);
  });
}

/** Whether a condition is as precise as its plan asks, at the looks that the plan has. */
function enoughFor(header: RunHeader): Measuring['isEnough'] {
  const { plan } = header;
  const { precision } = plan;
  return (id, trials) => {
    const condition = plan.conditions.find((one) => one.id === id);
    if (precision === undefined || condition === undefined) return false;
    const mine = trials.filter((trial) => trial.condition === id && !trial.instrumented);
    const begun = new Set(mine.map(({ block, replaces = block }) => replaces)).size;
    const looks = looksOf(plan, id);
    return isPreciseEnough({ ...precision, looks }, begun, carriedLogs(header, condition, mine));
  };
}

/** The blocks, after them the trials under instruments, and what claims need in addition. */
async function measureAll(input: RunInput, measuring: Measuring): Promise<void> {
  await measureBlocks(measuring);
  const { bench, candidates, record } = measuring;
  const { instrumented = false, gather } = extrasOf(input);
  if (instrumented) {
    await measureInstrumented({ ...measuring, bench: { ...bench, plan: countsOnly(bench.plan) } });
  }
  if (gather === undefined || record.evidence === null) return;
  const { plan, limits, onEvent, signal } = bench;
  const root = repositoryRoot();
  await gather({ plan, candidates, limits, root, onEvent, signal }, record.evidence);
}

/**
 * What spoils times does not spoil counts. Those of an open load come from the closed one of the
 * same clients, where there is one.
 */
function countsOnly(plan: Plan): Plan {
  const thresholds = withoutVoid(plan.thresholds);
  const isWanted = plan.conditions.map(({ load }) => load.kind === 'closed');
  if (!isWanted.includes(true)) return { ...plan, thresholds };
  return {
    ...plan,
    thresholds,
    conditions: plan.conditions.filter((_, index) => isWanted[index]),
    order: plan.order.filter((_, index) => isWanted[index]),
  };
}

/**
 * Confines the harness to the client's CPUs while `body` runs; `body` learns whether that worked.
 */
async function withHarnessPinned<T>(
  { onEvent, plan }: Bench,
  body: (pinned: boolean) => Promise<T>,
): Promise<T> {
  onEvent({ kind: 'phase', name: 'measure', text: count(plan.blocks, 'block') });
  const pinned = await pinHarness(plan.placement.clientCpus);
  if (!pinned.ok) {
    const text = `the harness is not pinned to the client's CPUs and may disturb: ${pinned.why}`;
    onEvent({ kind: 'note', level: 'warn', text });
    return body(false);
  }
  try {
    return await body(true);
  } finally {
    await pinned.restore();
  }
}

/** The reason of a promise's rejection, or undefined. */
async function settle(promise: Promise<void>): Promise<{ error: unknown } | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return { error };
  }
}

/**
 * Writes results.json whatever happened. Then an interruption is an outcome, and any other error is
 * thrown again.
 */
async function finish(
  input: RunInput,
  header: RunHeader,
  record: RunRecord,
  trouble: { error: unknown } | undefined,
): Promise<RunOutcome> {
  if (trouble !== undefined && record.trials.length === 0) throw trouble.error;
  if (trouble !== undefined) record.problems.push(problemOf(trouble.error, input, header, record));
  const results = resultsOf(input, header, record);
  const file = path.join(input.folder, 'results.json');
  input.onEvent({ kind: 'phase', name: 'report', text: file });
  const unwritten = await settle(writeResults(file, results));
  if (trouble !== undefined && !(trouble.error instanceof Interrupted)) throw trouble.error;
  if (unwritten !== undefined) throw unwritten.error;
  return { results, folder: input.folder };
}

function resultsOf({ judge }: RunInput, header: RunHeader, record: RunRecord): Results {
  const { trials, problems, resumes, evidence } = record;
  const gathered = evidence === null ? null : evidenceOf(evidence);
  const results: Results = {
    schemaVersion: SCHEMA_VERSION,
    header,
    finishedAt: new Date().toISOString(),
    outcome: problems.length === 0 ? 'complete' : 'partial',
    problems,
    trials,
    ...(resumes.length === 0 ? {} : { resumes }),
    ...conclude(header, trials, gathered),
    evidence: gathered,
  };
  return judge?.(results) ?? results;
}

function problemOf(
  error: unknown,
  { signal }: RunInput,
  { plan }: RunHeader,
  { trials }: RunRecord,
): string {
  const planned = plan.order.flat(2).length;
  const after = `after ${trials.length} of ${planned} trials`;
  if (error instanceof Interrupted) return `interrupted${by(signal)} ${after}`;
  return `ended ${after}: ${error instanceof Error ? error.message : String(error)}`;
}

function by(signal: AbortSignal): string {
  return typeof signal.reason === 'string' ? ` by ${signal.reason}` : '';
}

function interruptedEarly({ signal, kind }: RunInput): UserError {
  const what =
    kind === 'resumed'
      ? 'before it went on: the trials of before are kept'
      : 'before the first block had ended: nothing was measured';
  return new UserError(`Interrupted${by(signal)} ${what}`, 'give the same command again', {
    exitCode: signal.reason === 'SIGTERM' ? 143 : 130,
  });
}
