/** All trials of a run in their order, each written down before the next one starts. */
import type { Evidence } from '../results/evidence.js';
import type { Resume } from '../results/resume.js';
import { blocksOf, type Trial } from '../results/schema.js';
import { type Member, runInterleaved } from './interleaved.js';
import type { Journal } from './journal.js';
import type { Candidate } from './prepare.js';
import { Agenda, Clock } from './schedule.js';
import { type Look, look, type Spin, withLooks } from './sentinel.js';
import { runTrial, type TrialPlace } from './trial.js';
import type { RunInput, RunLimits } from './types.js';
import { Interrupted } from './wait.js';

/** What has been measured so far; it survives whatever ends the run. */
export interface RunRecord {
  readonly trials: Trial[];
  readonly problems: string[];
  /** Absent: the run goes through in one go. */
  readonly resumes?: Resume[];
  /** What was gathered for the claims; null: nothing was to be. */
  readonly evidence: Partial<Evidence> | null;
}

/**
 * Runs the trials into `record`; those that are in it already are not run again. Rejects with
 * Interrupted, or UserError when a trial cannot be written down.
 */
export async function measureAll(
  input: RunInput,
  candidates: readonly Candidate[],
  journal: Journal,
  limits: RunLimits,
  record: RunRecord,
): Promise<void> {
  const byId = new Map(candidates.map((candidate) => [candidate.subject.id, candidate]));
  const agenda = new Agenda(input.plan, new Set(byId.keys()));
  const clock = new Clock(input.plan);
  replay(agenda, input, record);
  const watch = new Watch(input);
  for (let places = agenda.next; places.length > 0; places = agenda.next) {
    if (input.signal.aborted) throw new Interrupted();
    const startedMs = performance.now();
    announce(input, places[0] as TrialPlace, record, agenda.left);
    const members = places.map((place) => memberOf(place, byId, input, limits));
    await watch.before();
    const measured = await measureTogether(members, input);
    const trials: Trial[] = [];
    for (const [i, trial] of measured.entries()) {
      const isLast = i === measured.length - 1;
      trials.push(await watch.after(trial, !isLast || agenda.goesOn(places)));
    }
    for (const trial of trials) await journal.append(trial);
    clock.note(trials.length, performance.now() - startedMs);
    const changes = agenda.note(places, trials);
    const remainingMs = clock.remainingMs(agenda.left);
    for (const [i, trial] of trials.entries()) {
      record.trials.push(trial);
      noteTroubles(input, trial, changes[i] ?? [], record);
      const index = record.trials.length;
      const total = index + trials.length - 1 - i + agenda.left;
      input.onEvent({ kind: 'trial-end', index, total, trial, remainingMs });
    }
  }
}

function memberOf(
  place: TrialPlace,
  byId: ReadonlyMap<string, Candidate>,
  input: RunInput,
  limits: RunLimits,
): Member {
  const candidate = byId.get(place.subject);
  if (candidate === undefined) throw new Error(`no candidate ${place.subject}`);
  const { built, subject } = candidate;
  return { place, tools: { ...input, built, args: subject.args, limits } };
}

/** The trials of the members, which are more than one only where the plan interleaves them. */
async function measureTogether(
  members: readonly Member[],
  { plan: { interleave } }: RunInput,
): Promise<Trial[]> {
  if (interleave !== undefined) return runInterleaved(members, interleave);
  const trials: Trial[] = [];
  for (const { place, tools } of members) trials.push(await runTrial(place, tools));
  return trials;
}

/** The sentinel's looks between blocks; does nothing where the run has no sentinel. */
class Watch {
  readonly #input: RunInput;
  readonly #spin: Spin | undefined;
  /** Of the boundary before the current block; null when there was none yet. */
  #before: Look | null = null;

  constructor(input: RunInput) {
    this.#input = input;
    this.#spin = input.spin;
  }

  /** To be called before every trial: looks before the very first one. */
  async before(): Promise<void> {
    if (this.#spin === undefined || this.#before !== null) return;
    this.#before = await look(this.#spin, this.#input.plan.placement);
  }

  /** The trial with what was seen; looks again when its block ends with it. */
  async after(trial: Trial, goesOn: boolean): Promise<Trial> {
    const { plan } = this.#input;
    const before = this.#before;
    if (this.#spin === undefined || before === null) return trial;
    const soFar = withLooks(trial, plan.thresholds, before, null);
    if (goesOn && soFar.status !== 'void') return soFar;
    this.#before = await look(this.#spin, plan.placement);
    return withLooks(trial, plan.thresholds, before, this.#before);
  }
}

/** Trials of an earlier part of the run: their troubles are the run's, and are no news. */
function replay(agenda: Agenda, input: RunInput, record: RunRecord): void {
  const measured = record.trials.filter(({ instrumented }) => !instrumented);
  const quiet = { ...input, onEvent: () => {} };
  for (const [index, changes] of agenda.replay(measured).entries()) {
    const trial = measured[index];
    if (trial !== undefined) noteTroubles(quiet, trial, changes, record);
  }
}

function announce(input: RunInput, place: TrialPlace, { trials }: RunRecord, left: number): void {
  const { subject, condition, block, replaces } = place;
  const blocks = blocksOf(input.plan, condition.id);
  const which =
    replaces === undefined
      ? `block ${block + 1} of ${blocks}`
      : `block ${replaces + 1} of ${blocks} once more`;
  const text = `${subject}, ${condition.id}, ${which}`;
  const index = trials.length + 1;
  input.onEvent({ kind: 'trial-start', index, total: trials.length + left, text });
}

/** A failed trial is a problem of the run; a void one is a matter of its quality. */
function noteTroubles(
  { onEvent }: RunInput,
  trial: Trial,
  changes: readonly string[],
  record: RunRecord,
): void {
  const head = `${trial.id} (${trial.subject}) ${trial.status}: ${trial.reason}`;
  const texts = [...(trial.status === 'ok' ? [] : [head]), ...changes];
  if (trial.status === 'failed') record.problems.push(...texts);
  for (const text of texts) onEvent({ kind: 'note', level: 'warn', text });
}
