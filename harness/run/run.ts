/**
 * A run from plan to results.json: the table of contents of this folder.
 *
 * preflight -> build -> check -> calibrate -> (sweep: pilot -> plan) -> header -> trials, block by
 * block -> results.json. Every finished trial is on the disk in trials.ndjson at once. However the
 * run ends (done, interrupted, disk full, a bug), results.json is written from the trials there
 * are, if there is one, and no process is left. A run that ended early can be taken up again
 * (take-up.ts): then calibration, pilot and header are there, and the trials that are missing run.
 */
import path from 'node:path';
import { UserError } from '../errors.js';
import { withLadder } from '../plan/ladder-plan.js';
import { planSweep } from '../plan/sweep-plan.js';
import { type Facts, readSystem } from '../probe/system.js';
import { evidenceOf } from '../results/evidence.js';
import { readTrials, writeResults } from '../results/file.js';
import type { TrialsFile } from '../results/parse.js';
import type { Pilot } from '../results/pilot.js';
import { type Results, type RunHeader, SCHEMA_VERSION } from '../results/schema.js';
import { withoutVoid } from '../results/thresholds.js';
import { repositoryRoot } from '../root.js';
import { conclude } from '../stats/quality.js';
import { count } from '../stats/words.js';
import { calibrate } from './calibrate.js';
import { readEnvironment, readHarness } from './environment.js';
import { measureInstrumented } from './instruments.js';
import { Journal } from './journal.js';
import { measureAll, type RunRecord } from './measure.js';
import { withNetwork } from './network.js';
import { runLadderPilot, runPilot } from './pilot.js';
import { pinHarness } from './pin.js';
import { preflight } from './preflight.js';
import { missingReference, type Prepared, prepare, subjectOf } from './prepare.js';
import { requireSameMachine, requireSameSubjects, resumeOf, resumeText } from './take-up.js';
import { DEFAULT_LIMITS, type RunInput, type RunLimits, type RunOutcome } from './types.js';
import { Interrupted } from './wait.js';

/**
 * Runs the plan. An interruption through `signal` resolves with outcome `partial` when at least one
 * trial is there. Rejects with UserError: nothing can be measured, nothing was measured, or a trial
 * could not be written down; what was measured before is on the disk.
 */
export async function run(asked: RunInput): Promise<RunOutcome> {
  const startedAt = new Date().toISOString();
  const system = readSystem();
  preflight(asked.plan);
  const limits = { ...DEFAULT_LIMITS, ...asked.limits };
  const begins = asked.earlier === undefined;
  const journal = await (begins ? Journal.create(asked.folder) : Journal.reopen(asked.folder));
  const evidence = asked.gather === undefined ? null : {};
  const record: RunRecord = { trials: [], problems: [], resumes: [], evidence };
  try {
    const earlier = asked.earlier && (await reread(asked.earlier, journal));
    record.trials.push(...(earlier?.trials ?? []));
    return await withNetwork(asked.plan.net, asked.signal, async (network) => {
      const input = { ...asked, network };
      const prepared = await prepare(input, repositoryRoot(), limits);
      return await withHarnessPinned(input, async (harnessPinned) => {
        const facts = { ...system, harness_pinned: harnessPinned };
        const before = { startedAt, facts };
        const { planned, header } = earlier
          ? await takeUp(input, prepared, before, { earlier, journal, record })
          : await begin(input, prepared, before, { limits, journal, record });
        const measured = measure(planned, prepared, journal, limits, record);
        return await finish(planned, header, record, await settle(measured));
      });
    });
  } catch (error) {
    throw error instanceof Interrupted ? interruptedEarly(asked) : error;
  } finally {
    await (record.trials.length === 0 ? journal.discard() : journal.close());
  }
}

/** The same run again, now that nobody else writes to it. */
async function reread(earlier: TrialsFile, journal: Journal): Promise<TrialsFile> {
  return { ...(await readTrials(journal.file)), truncated: earlier.truncated };
}

/** With the plan that is carried out. */
interface Begun {
  readonly planned: RunInput;
  readonly header: RunHeader;
}

/** Measures the instruments, plans a sweep or a ladder, and writes the header. */
async function begin(
  input: RunInput,
  prepared: Prepared,
  before: Pick<Before, 'startedAt' | 'facts'>,
  { limits, journal, record }: { limits: RunLimits; journal: Journal; record: RunRecord },
): Promise<Begun> {
  record.problems.push(...prepared.problems);
  const calibration = await calibrated(input);
  const { planned, pilot } = await piloted(input, prepared, limits, record);
  const header = await headerOf(planned, prepared, { ...before, calibration, pilot });
  await journal.append(header);
  return { planned, header };
}

/** Looks whether the run can go on here, and writes down that it does. */
async function takeUp(
  input: RunInput,
  prepared: Prepared,
  before: Pick<Before, 'startedAt' | 'facts'>,
  { earlier, journal, record }: { earlier: TrialsFile; journal: Journal; record: RunRecord },
): Promise<Begun> {
  const { header } = earlier;
  requireSameSubjects(header, prepared);
  const { calibration, pilot } = header;
  const now = await headerOf(input, prepared, { ...before, calibration, pilot });
  requireSameMachine(header, now.environment);
  const resume = resumeOf(earlier, now);
  if (earlier.truncated) input.onEvent({ kind: 'note', level: 'info', text: CUT_OFF });
  input.onEvent({ kind: 'note', level: 'info', text: resumeText(resume, header) });
  await journal.append(resume);
  record.resumes?.push(...(earlier.resumes ?? []), resume);
  record.problems.push(
    ...header.skipped.flatMap((one) => (one.failed ? [one.why] : [])),
    ...missingReference(header.plan, header),
  );
  return { planned: { ...input, plan: header.plan }, header };
}

const CUT_OFF = 'the last line of trials.ndjson was cut off: that trial is measured again';

/** The blocks, after them the trials under instruments, and what claims need beside the trials. */
async function measure(
  input: RunInput,
  { candidates }: Prepared,
  journal: Journal,
  limits: RunLimits,
  record: RunRecord,
): Promise<void> {
  await measureAll(input, candidates, journal, limits, record);
  if (input.instrumented === true) {
    await measureInstrumented(countsOnly(input), candidates, journal, limits, record);
  }
  if (input.gather === undefined || record.evidence === null) return;
  const { plan, onEvent, signal } = input;
  const root = repositoryRoot();
  await input.gather({ plan, candidates, limits, root, onEvent, signal }, record.evidence);
}

/** Counts are not spoilt by what spoils times. Those of a ladder are told by its closed condition. */
function countsOnly(input: RunInput): RunInput {
  const thresholds = withoutVoid(input.plan.thresholds);
  const plan = hasLadder(input) ? withoutOpen(input.plan) : input.plan;
  return { ...input, plan: { ...plan, thresholds } };
}

/** Asked for now, or by the run that is taken up. */
function hasLadder({ ladder, earlier }: RunInput): boolean {
  return ladder !== undefined || (earlier !== undefined && earlier.header.pilot !== null);
}

function withoutOpen(plan: RunInput['plan']): RunInput['plan'] {
  const isClosed = plan.conditions.map(({ load }) => load.kind === 'closed');
  return {
    ...plan,
    conditions: plan.conditions.filter((_, index) => isClosed[index]),
    order: plan.order.filter((_, index) => isClosed[index]),
  };
}

/** null when the run is to do without. */
async function calibrated(input: RunInput): Promise<RunHeader['calibration']> {
  const { calibration, onEvent } = input;
  if (calibration === undefined) return null;
  onEvent({ kind: 'phase', name: 'calibrate', text: `the instruments (${calibration})` });
  const found = await calibrate(input, calibration);
  for (const { name, ok, text } of found.selfTests) {
    if (!ok) onEvent({ kind: 'note', level: 'warn', text: `self-test ${name} failed: ${text}` });
  }
  return found;
}

/** A sweep has its plan only now, and a ladder its rates; any other run has its plan already. */
async function piloted(
  input: RunInput,
  { candidates }: Prepared,
  limits: RunLimits,
  record: RunRecord,
): Promise<{ planned: RunInput; pilot: RunHeader['pilot'] }> {
  const { sweep, ladder, plan } = input;
  const subjects = candidates.map(({ subject }) => subject);
  if (sweep !== undefined) {
    const pilot = await runPilot(input, sweep, candidates, limits);
    return withRates(input, pilot, planSweep(plan, sweep, pilot, subjects));
  }
  if (ladder === undefined) return { planned: input, pilot: null };
  const pilot = await runLadderPilot(input, ladder, candidates, limits);
  if (pilot.capacities.every(({ perS }) => perS === null)) {
    const why = pilot.capacities[0]?.why ?? 'no server took part';
    const problem = `no open loads are measured: the pilot found no capacity (${why})`;
    record.problems.push(problem);
    input.onEvent({ kind: 'note', level: 'warn', text: problem });
    return { planned: input, pilot: null };
  }
  return withRates(input, pilot, withLadder(plan, ladder, pilot, subjects));
}

function withRates(input: RunInput, pilot: Pilot, plan: RunInput['plan']) {
  const rates = plan.conditions.filter(({ load }) => load.kind === 'open').length;
  const found = `${count(plan.order.flat(2).length, 'trial')}, at ${count(rates, 'rate')}`;
  const text = `the pilot took ${Math.round(pilot.durationMs / 1000)} s: ${found}`;
  input.onEvent({ kind: 'note', level: 'info', text });
  return { planned: { ...input, plan }, pilot };
}

/** What the header says beside the plan and who takes part in it. */
interface Before extends Pick<RunHeader, 'startedAt' | 'calibration' | 'pilot'> {
  readonly facts: Facts;
}

async function headerOf(
  input: RunInput,
  { candidates, skipped }: Prepared,
  { startedAt, facts, calibration, pilot }: Before,
): Promise<RunHeader> {
  const root = repositoryRoot();
  const built = candidates.map((candidate) => candidate.built);
  return {
    kind: 'run',
    schemaVersion: SCHEMA_VERSION,
    runId: input.runId,
    startedAt,
    argv: [...input.argv],
    harness: await readHarness(root, input.signal),
    environment: await readEnvironment(facts, built, root, input.signal),
    client: { version: input.client.version, limits: [...input.client.limits] },
    plan: input.plan,
    calibration,
    pilot,
    subjects: candidates.map(subjectOf),
    skipped: [...skipped],
  };
}

/**
 * Confines the harness to the client's CPUs while `body` runs; `body` learns whether that worked.
 */
async function withHarnessPinned<T>(
  { onEvent, plan }: RunInput,
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

/** What a promise was rejected with, or undefined. */
async function settle(promise: Promise<void>): Promise<{ error: unknown } | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return { error };
  }
}

/**
 * Writes results.json whatever happened; then an interruption is an outcome, and any other trouble
 * goes on.
 */
async function finish(
  input: RunInput,
  header: RunHeader,
  record: RunRecord,
  trouble: { error: unknown } | undefined,
): Promise<RunOutcome> {
  if (trouble !== undefined && record.trials.length === 0) throw trouble.error;
  if (trouble !== undefined) record.problems.push(problemOf(trouble.error, input, record));
  const results = resultsOf(header, record);
  const file = path.join(input.folder, 'results.json');
  input.onEvent({ kind: 'phase', name: 'report', text: file });
  const unwritten = await settle(writeResults(file, results));
  if (trouble !== undefined && !(trouble.error instanceof Interrupted)) throw trouble.error;
  if (unwritten !== undefined) throw unwritten.error;
  return { results, folder: input.folder };
}

function resultsOf(header: RunHeader, record: RunRecord): Results {
  const { trials, problems, resumes, evidence } = record;
  const gathered = evidence === null ? null : evidenceOf(evidence);
  return {
    schemaVersion: SCHEMA_VERSION,
    header,
    finishedAt: new Date().toISOString(),
    outcome: problems.length === 0 ? 'complete' : 'partial',
    problems,
    trials,
    ...(resumes === undefined || resumes.length === 0 ? {} : { resumes }),
    ...conclude(header, trials, gathered),
    evidence: gathered,
  };
}

function problemOf(error: unknown, { plan, signal }: RunInput, { trials }: RunRecord): string {
  const planned = plan.order.flat(2).length;
  const after = `after ${trials.length} of ${planned} trials`;
  if (error instanceof Interrupted) return `interrupted${by(signal)} ${after}`;
  return `ended ${after}: ${error instanceof Error ? error.message : String(error)}`;
}

function by(signal: AbortSignal): string {
  return typeof signal.reason === 'string' ? ` by ${signal.reason}` : '';
}

function interruptedEarly({ signal, earlier }: RunInput): UserError {
  const what =
    earlier === undefined
      ? 'before the first trial had ended: nothing was measured'
      : 'before it went on: the trials of before are kept';
  return new UserError(`Interrupted${by(signal)} ${what}`, 'give the same command again', {
    exitCode: signal.reason === 'SIGTERM' ? 143 : 130,
  });
}
