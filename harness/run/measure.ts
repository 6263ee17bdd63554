/** All blocks of a run in their order, each written down before the next one starts. */
import { count } from '../findings/format.js';
import { FEWEST_BLOCKS_FOR_INTERVAL } from '../plan/profiles.js';
import type { Evidence } from '../results/evidence.js';
import type { Resume } from '../results/header.js';
import { blocksOf, slicingOf, type Trial } from '../results/schema.js';
import { Interrupted } from '../server/wait.js';
import { Agenda, type PlannedBlock } from './agenda.js';
import type { Bench } from './bench.js';
import { type Member, runBlock } from './block.js';
import { Clock } from './clock.js';
import type { Journal } from './journal.js';
import type { Candidate } from './subject.js';

/** What has been measured so far; it survives the end of the run. */
export interface RunRecord {
  readonly trials: Trial[];
  readonly problems: string[];
  /** Empty: the run was never interrupted. */
  readonly resumes: Resume[];
  /** What was gathered for the claims; null: nothing was asked for. */
  readonly evidence: Partial<Evidence> | null;
}

export interface Measuring {
  readonly bench: Bench;
  readonly candidates: readonly Candidate[];
  readonly journal: Journal;
  readonly record: RunRecord;
  /** Whether a condition needs no further blocks, as its plan says; asked after each of its blocks. */
  readonly isEnough: (condition: string, trials: readonly Trial[]) => boolean;
}

/**
 * Measures the blocks into `record`; those that are in it already are not measured again. Rejects
 * with Interrupted, or UserError when trials cannot be written down.
 */
export async function measureBlocks(measuring: Measuring): Promise<void> {
  const { bench, candidates, record, journal } = measuring;
  const byId = new Map(candidates.map((candidate) => [candidate.subject.id, candidate]));
  const agenda = new Agenda(bench.plan, new Set(byId.keys()));
  const clock = new Clock(bench.plan);
  await replay(agenda, measuring);
  const budget = new Budget(bench, clock);
  for (let block = agenda.next; block !== undefined; block = agenda.next) {
    if (bench.signal.aborted) throw new Interrupted();
    if (budget.isSpent(block)) break;
    const startedMs = performance.now();
    announce(bench, block, record, agenda.trialsLeft);
    const slicing = slicingOf(bench.plan, block.condition.id);
    const members = block.places.map((place) => memberOf(place, byId, bench));
    const trials = await runBlock(members, slicing);
    await journal.append(...trials);
    clock.note(block, performance.now() - startedMs);
    const changes = agenda.note(block, trials);
    record.trials.push(...trials);
    stopWhenEnough(agenda, block, measuring);
    report(measuring, trials, changes, { agenda, clock });
  }
}

function memberOf(
  place: Member['place'],
  byId: ReadonlyMap<string, Candidate>,
  bench: Bench,
): Member {
  const candidate = byId.get(place.subject);
  if (candidate === undefined) throw new Error(`no candidate ${place.subject}`);
  const { built, subject } = candidate;
  return { place, tools: { ...bench, built, args: subject.args } };
}

function stopWhenEnough(agenda: Agenda, { condition }: PlannedBlock, measuring: Measuring): void {
  const isPlanned = agenda.left.some((later) => later.condition.id === condition.id);
  if (!isPlanned || !measuring.isEnough(condition.id, measuring.record.trials)) return;
  const saved = agenda.enough(condition.id);
  const text = `${condition.id} is precise enough: ${count(saved, 'trial')} fewer`;
  measuring.bench.onEvent({ kind: 'note', level: 'info', text });
}

function report(
  { bench, record }: Measuring,
  trials: readonly Trial[],
  changes: readonly (readonly string[])[],
  { agenda, clock }: { readonly agenda: Agenda; readonly clock: Clock },
): void {
  const remainingMs = clock.remainingMs(agenda.left);
  const before = record.trials.length - trials.length;
  for (const [i, trial] of trials.entries()) {
    noteTroubles(bench.onEvent, trial, changes[i] ?? [], record);
    const total = record.trials.length + agenda.trialsLeft;
    bench.onEvent({ kind: 'trial-end', index: before + i + 1, total, trial, remainingMs });
  }
}

/**
 * The time that a run has for its blocks. It may exceed it to get the fewest blocks that give
 * intervals.
 */
class Budget {
  readonly #bench: Bench;
  readonly #clock: Clock;
  readonly #startedMs = performance.now();

  constructor(bench: Bench, clock: Clock) {
    this.#bench = bench;
    this.#clock = clock;
  }

  isSpent(next: PlannedBlock): boolean {
    const { plan, onEvent } = this.#bench;
    const { blocksMsMax = Number.POSITIVE_INFINITY } = plan;
    if (next.block < FEWEST_BLOCKS_FOR_INTERVAL) return false;
    const spentMs = performance.now() - this.#startedMs;
    if (spentMs + this.#clock.remainingMs([next]) <= blocksMsMax) return false;
    const text = `the budget is spent: no further blocks after ${Math.round(spentMs / 1000)} s`;
    onEvent({ kind: 'note', level: 'info', text });
    return true;
  }
}

/** Trials of an earlier part of the run: their problems are the run's, and were reported then. */
async function replay(agenda: Agenda, { journal, record, isEnough }: Measuring): Promise<void> {
  const isPlain = ({ instrumented }: Trial) => !instrumented;
  const measured = record.trials.filter(isPlain);
  const { texts, cutOff } = agenda.replay(measured, ({ condition }, done) => {
    if (isEnough(condition.id, measured.slice(0, done))) agenda.enough(condition.id);
  });
  for (const [index, changes] of texts.entries()) {
    noteTroubles(() => {}, measured[index] as Trial, changes, record);
  }
  if (cutOff > 0) await dropCutOff(cutOff, journal, record);
}

/** The line that says that the run continues comes after the trials that are removed. */
async function dropCutOff(cutOff: number, journal: Journal, record: RunRecord): Promise<void> {
  const resume = record.resumes.pop();
  if (resume === undefined) throw new Error('trials to drop of a run that was not taken up');
  await journal.dropLast(cutOff + 1);
  record.trials.splice(record.trials.length - cutOff, cutOff);
  const now = { ...resume, trialsBefore: record.trials.length };
  await journal.append(now);
  record.resumes.push(now);
}

function announce(bench: Bench, planned: PlannedBlock, { trials }: RunRecord, left: number): void {
  const { condition, block, replaces, places } = planned;
  const blocks = blocksOf(bench.plan, condition.id);
  const which =
    replaces === undefined
      ? `block ${block + 1} of ${blocks}`
      : `block ${replaces + 1} of ${blocks} once more`;
  const text = `${condition.id}, ${which}, ${count(places.length, 'server')}`;
  const index = trials.length + 1;
  bench.onEvent({ kind: 'trial-start', index, total: trials.length + left, text });
}

/** A failed trial is a problem of the run; a void one affects its quality. */
function noteTroubles(
  onEvent: Bench['onEvent'],
  trial: Trial,
  changes: readonly string[],
  record: RunRecord,
): void {
  const head = `${trial.id} (${trial.subject}) ${trial.status}: ${trial.reason}`;
  const texts = [...(trial.status === 'ok' ? [] : [head]), ...changes];
  if (trial.status === 'failed') record.problems.push(...texts);
  for (const text of texts) onEvent({ kind: 'note', level: 'warn', text });
}
