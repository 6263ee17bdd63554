/** The header of a run: of a new one, and of one that is taken up again. */

import { hiddenSmtFact } from '../findings/hidden-smt.js';
import type { Facts } from '../probe/kernel.js';
import { readTrials } from '../results/file.js';
import { type RunHeader, SCHEMA_VERSION } from '../results/schema.js';
import { repositoryRoot } from '../root.js';
import type { Bench } from './bench.js';
import { calibrate } from './calibrate.js';
import { readEnvironment, readHarness } from './environment.js';
import type { Resumed, RunInput } from './input.js';
import type { Journal } from './journal.js';
import type { RunRecord } from './measure.js';
import { withRates } from './plan-rates.js';
import { missingReference, type Prepared } from './prepare.js';
import { subjectOf } from './subject.js';
import { requireSameMachine, requireSameSubjects, resumeOf, resumeText } from './take-up.js';

export interface Beginning {
  readonly bench: Bench;
  readonly prepared: Prepared;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Of the machine, before anything was started. */
  readonly facts: Facts;
  readonly journal: Journal;
  readonly record: RunRecord;
}

/**
 * Calibrates, plans the rates and writes the header; or checks whether the run that is taken up can
 * continue here, and records that it does. Rejects with UserError or Interrupted.
 */
export function writeHeader(input: RunInput, beginning: Beginning): Promise<RunHeader> {
  return input.kind === 'resumed' ? takeUp(input, beginning) : begin(input, beginning);
}

async function begin(
  input: Exclude<RunInput, Resumed>,
  { bench, prepared, startedAt, facts, journal, record }: Beginning,
): Promise<RunHeader> {
  const calibration = await calibrated(bench, input);
  const { plan, pilot, problems } = await withRates(input, bench, prepared.candidates);
  record.problems.push(...prepared.problems, ...problems);
  const about = { startedAt, facts, calibration, pilot };
  const header = await headerOf(input, { ...bench, plan }, prepared, about);
  await journal.append(header);
  return header;
}

async function takeUp(
  input: Resumed,
  { bench, prepared, startedAt, facts, journal, record }: Beginning,
): Promise<RunHeader> {
  const { header } = input.earlier;
  requireSameSubjects(header, prepared);
  const { calibration, pilot } = header;
  const now = await headerOf(input, bench, prepared, { startedAt, facts, calibration, pilot });
  requireSameMachine(header, now.environment);
  // Once more, now that no other process writes to it.
  const earlier = await readTrials(journal.file);
  const resume = resumeOf(earlier, now);
  if (input.earlier.truncated) bench.onEvent({ kind: 'note', level: 'info', text: CUT_OFF });
  bench.onEvent({ kind: 'note', level: 'info', text: resumeText(resume, header) });
  await journal.append(resume);
  record.trials.push(...earlier.trials);
  record.resumes.push(...(earlier.resumes ?? []), resume);
  record.problems.push(
    ...header.skipped.flatMap((one) => (one.failed ? [one.why] : [])),
    ...missingReference(header.plan, header),
  );
  return header;
}

const CUT_OFF = 'the last line of trials.ndjson was cut off: its block is measured again';

/** null when the run needs none. */
async function calibrated(
  bench: Bench,
  { calibration: form, spin }: Exclude<RunInput, Resumed>,
): Promise<RunHeader['calibration']> {
  if (form === undefined) return null;
  bench.onEvent({ kind: 'phase', name: 'calibrate', text: `the instruments (${form})` });
  const found = await calibrate(bench, form, spin);
  for (const { name, ok, text } of found.selfTests) {
    const failed = `self-test ${name} failed: ${text}`;
    if (!ok) bench.onEvent({ kind: 'note', level: 'warn', text: failed });
  }
  return found;
}

/** Absent where it was not measured. */
function smtFact(calibration: RunHeader['calibration']): Record<string, string> {
  const fact = hiddenSmtFact(calibration);
  return fact === null ? {} : { hidden_smt: fact };
}

interface About extends Pick<RunHeader, 'startedAt' | 'calibration' | 'pilot'> {
  readonly facts: Facts;
}

async function headerOf(
  { runId, argv }: RunInput,
  { plan, client, signal }: Bench,
  { candidates, skipped }: Prepared,
  { startedAt, facts, calibration, pilot }: About,
): Promise<RunHeader> {
  const root = repositoryRoot();
  const built = candidates.map((candidate) => candidate.built);
  return {
    kind: 'run',
    schemaVersion: SCHEMA_VERSION,
    runId,
    startedAt,
    argv: [...argv],
    harness: await readHarness(root, signal),
    environment: {
      ...(await readEnvironment(facts, built, root, signal)),
      ...smtFact(calibration),
    },
    client: { version: client.version, limits: [...client.limits] },
    plan,
    calibration,
    pilot,
    subjects: candidates.map(subjectOf),
    skipped: [...skipped],
  };
}
