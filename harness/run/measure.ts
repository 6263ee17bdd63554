/** All trials of a run in their order, each written down before the next one starts. */
import type { Trial } from '../results/schema.js';
import type { Journal } from './journal.js';
import type { Candidate } from './prepare.js';
import { Clock, Dropouts, plannedPlaces } from './schedule.js';
import { runTrial, type TrialPlace } from './trial.js';
import type { RunInput, RunLimits } from './types.js';
import { Interrupted } from './wait.js';

/** What has been measured so far; it survives whatever ends the run. */
export interface RunRecord {
  readonly trials: Trial[];
  readonly problems: string[];
}

/**
 * Runs the trials into `record`. Rejects with Interrupted, or UserError when a trial cannot be
 * written down.
 */
export async function measureAll(
  input: RunInput,
  candidates: readonly Candidate[],
  journal: Journal,
  limits: RunLimits,
  record: RunRecord,
): Promise<void> {
  const byId = new Map(candidates.map((candidate) => [candidate.subject.id, candidate]));
  const dropouts = new Dropouts();
  const clock = new Clock(input.plan);
  let left = plannedPlaces(input.plan, new Set(byId.keys()));
  while (left.length > 0) {
    const [place, ...rest] = left;
    if (place === undefined) return;
    const candidate = byId.get(place.subject);
    if (candidate === undefined) throw new Error(`no candidate ${place.subject}`);
    if (input.signal.aborted) throw new Interrupted();
    const startedMs = performance.now();
    announce(input, place, record, left.length);
    const { built, subject } = candidate;
    const trial = await runTrial(place, { ...input, built, args: subject.args, limits });
    await journal.append(trial);
    record.trials.push(trial);
    clock.note(performance.now() - startedMs);
    noteTroubles(input, trial, dropouts.note(trial, place.condition), record);
    left = rest.filter((later) => dropouts.admits(later));
    const index = record.trials.length;
    const remainingMs = clock.remainingMs(left.length);
    input.onEvent({ kind: 'trial-end', index, total: index + left.length, trial, remainingMs });
  }
}

function announce(input: RunInput, place: TrialPlace, { trials }: RunRecord, left: number): void {
  const { subject, condition, block } = place;
  const text = `${subject}, ${condition.id}, block ${block + 1} of ${input.plan.blocks}`;
  const index = trials.length + 1;
  input.onEvent({ kind: 'trial-start', index, total: trials.length + left, text });
}

function noteTroubles(
  { onEvent }: RunInput,
  trial: Trial,
  dropout: string | null,
  record: RunRecord,
): void {
  const texts = [];
  if (trial.status !== 'ok') {
    texts.push(`${trial.id} (${trial.subject}) ${trial.status}: ${trial.reason}`);
  }
  if (dropout !== null) texts.push(dropout);
  for (const text of texts) {
    record.problems.push(text);
    onEvent({ kind: 'note', level: 'warn', text });
  }
}
