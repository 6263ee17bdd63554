/**
 * The pilot of a sweep: what each subject can take, and up to which rate it keeps p99 within each
 * limit. It chooses the rates of the plan; the figures come from the trials of the plan alone. A
 * ladder's pilot does the same.
 *
 * Capacity: throughput under the closed load, all subjects in turn, slice by slice.
 * Limits: a bisection (plan/sweep-search.ts) over open trials, the loosest limit first. A step
 * says something about every limit, so the later searches begin with the steps there are.
 *
 * A trial that the environment spoilt (void, or the generator's thread lost its CPU) says nothing
 * about the server and is repeated once.
 */
import type { LadderSpec } from '../plan/ladder-plan.js';
import { openCondition, type SweepSpec } from '../plan/sweep-plan.js';
import { bracketOf, nextRate } from '../plan/sweep-search.js';
import { conditionOf } from '../plan/workloads.js';
import type { Pilot, PilotStep } from '../results/header.js';
import { isPlainSubject } from '../results/roles.js';
import type { Condition, Placement, Slicing, Trial } from '../results/schema.js';
import { Interrupted } from '../server/wait.js';
import { clientLimit, throughputOf } from '../stats/limit.js';
import { levelOf } from '../stats/service-level.js';
import { doubtsOf } from '../stats/sweep.js';
import type { Bench } from './bench.js';
import { runBlock, runLife } from './block.js';
import type { Candidate } from './subject.js';

const ATTEMPTS = 2;
/** A longer search does not converge on this machine. */
const STEPS_MAX = 14;

type Capacity = Pilot['capacities'][number];
type Search = Pilot['searches'][number];

/** Rejects with Interrupted alone; a subject that fails has no capacity, with the reason. */
export async function runPilot(
  bench: Bench,
  spec: SweepSpec,
  candidates: readonly Candidate[],
): Promise<Pilot> {
  const [closed] = bench.plan.conditions;
  if (closed === undefined) throw new Error('a sweep without a condition to start from');
  const subjects = candidates.filter(({ subject }) => subject.aaOf === undefined);
  const trials = new PilotTrials(bench, closed, spec.pilot);
  return pilotOf(trials, subjects, spec.slosMs);
}

/** Capacities, then the rates within each limit. */
async function pilotOf(
  pilot: PilotTrials,
  subjects: readonly Candidate[],
  slosMs: readonly number[],
): Promise<Pilot> {
  const startedMs = performance.now();
  const capacities = await pilot.capacities(subjects);
  const searches: Search[] = [];
  for (const candidate of subjects) {
    const capacity = capacities.find(({ subject }) => subject === candidate.subject.id);
    if (capacity !== undefined) {
      searches.push(...(await searchAll(pilot, slosMs, candidate, capacity)));
    }
  }
  const durationMs = Math.round(performance.now() - startedMs);
  return { durationMs, slosMs: [...slosMs], capacities, searches };
}

/** The same of a ladder; servers with flags of their own take no part. */
export async function runLadderPilot(
  bench: Bench,
  { connections, rates, slosMs, pilot }: LadderSpec,
  candidates: readonly Candidate[],
): Promise<Pilot> {
  const closed = conditionOf({ workload: 'keepalive' }, connections, CLOSED);
  const subjects = candidates.filter(({ subject }) => isPlainSubject(subject));
  const trials = new PilotTrials(bench, closed, pilot);
  // One rate for all needs the capacities alone.
  return pilotOf(trials, subjects, rates === 1 ? [] : slosMs);
}

const CLOSED = { kind: 'closed', pipeline: 1 } as const;

interface Times {
  readonly warmupMs: number;
  readonly windowMs: number;
}

/** Trials under conditions that are in no plan. */
class PilotTrials {
  /** The load under which capacity is found, and whose clients open loads have. */
  readonly closed: Condition;
  readonly #bench: Bench;
  readonly #times: Times;

  constructor(bench: Bench, closed: Condition, times: Times) {
    this.closed = closed;
    this.#bench = bench;
    this.#times = times;
  }

  async open(candidate: Candidate, condition: Condition, what: string): Promise<Trial> {
    const { onEvent, signal } = this.#bench;
    const { subject, built } = candidate;
    const { warmupMs: firstWarmupMs, windowMs } = this.#times;
    const slicing = { rounds: 1, firstWarmupMs, warmupMs: 0, windowMs, legs: [] };
    const tools = { ...this.#bench, built, args: subject.args };
    const place = { subject: subject.id, condition, block: 0, position: 0 };
    for (let attempt = 1; ; attempt += 1) {
      if (signal.aborted) throw new Interrupted();
      onEvent({ kind: 'phase', name: 'calibrate', text: `the pilot: ${subject.id}, ${what}` });
      const trial = await runLife(place, tools, slicing);
      if (!isSpoilt(trial) || attempt === ATTEMPTS) return trial;
    }
  }

  /** One block in which all are measured in turn. */
  async capacities(candidates: readonly Candidate[]): Promise<Capacity[]> {
    const { onEvent, signal, plan, client } = this.#bench;
    if (signal.aborted) throw new Interrupted();
    onEvent({ kind: 'phase', name: 'calibrate', text: 'the pilot: capacity of each server' });
    const ids = candidates.map(({ subject }) => subject.id);
    const members = candidates.map(({ subject, built }, position) => ({
      place: { subject: subject.id, condition: this.closed, block: 0, position },
      tools: { ...this.#bench, built, args: subject.args },
    }));
    const trials = await runBlock(members, capacitySlicing(this.#times, client.resumes ? ids : []));
    return trials.map((trial) => capacityOf(trial, this.closed, plan.placement));
  }
}

const CAPACITY_SLICES = 10;
const SLICE_WARMUP_MS = 10;

function capacitySlicing({ warmupMs: firstWarmupMs, windowMs }: Times, ids: string[]): Slicing {
  if (ids.length === 0) return { rounds: 1, firstWarmupMs, warmupMs: 0, windowMs, legs: [] };
  const each = Math.max(SLICE_WARMUP_MS, windowMs / CAPACITY_SLICES);
  const times = { firstWarmupMs, warmupMs: SLICE_WARMUP_MS, windowMs: each };
  return { rounds: CAPACITY_SLICES, ...times, legs: [ids] };
}

/** Of an open load: void, or the generator lost the CPU that it needs all the time. */
function isSpoilt(trial: Trial): boolean {
  return trial.status === 'void' || doubtsOf(trial).includes('descheduled');
}

/** Pure. */
function capacityOf(trial: Trial, condition: Condition, placement: Placement): Capacity {
  const { subject, status, reason } = trial;
  const rate = throughputOf(trial) ?? 0;
  // A busy machine makes it too low. It still serves to choose rates: no figure comes from it.
  if (status === 'failed' || rate <= 0) return { subject, perS: null, why: reason ?? 'no replies' };
  const limited = clientLimit(trial, { condition, placement }) !== 'none';
  const clientUs = (trial.client?.cpuUs.value ?? 0) / Math.max(1, trial.counts?.completed ?? 0);
  return {
    subject,
    perS: Math.round(rate),
    ...(limited ? { bound: 'lower' as const } : {}),
    ...(clientUs > 0 ? { clientUs } : {}),
  };
}

/** None without a capacity. */
async function searchAll(
  trials: PilotTrials,
  slosMs: readonly number[],
  candidate: Candidate,
  { perS, bound }: Capacity,
): Promise<Search[]> {
  if (perS === null) return [];
  const made: { readonly condition: Condition; readonly trial: Trial }[] = [];
  const judged = (sloMs: number): PilotStep[] =>
    made.map(({ condition, trial }) => stepOf(condition, trial, sloMs));
  const searches: Search[] = [];
  for (const sloMs of [...slosMs].sort((a, b) => b - a)) {
    for (let steps = judged(sloMs); steps.length < STEPS_MAX; steps = judged(sloMs)) {
      const rate = nextRate(perS, steps, bound);
      if (rate === null) break;
      const condition = openCondition(trials.closed, rate);
      const what = `${rate} requests/s for p99 within ${sloMs} ms`;
      made.push({ condition, trial: await trials.open(candidate, condition, what) });
    }
    const steps = judged(sloMs);
    const { id: subject } = candidate.subject;
    searches.push({ subject, sloMs, steps, foundPerS: bracketOf(steps).held });
  }
  return searches.reverse();
}

function stepOf(condition: Condition, trial: Trial, sloMs: number): PilotStep {
  if (condition.load.kind !== 'open') throw new Error(`${condition.id} offers no rate`);
  return { ratePerS: condition.load.ratePerS, ...levelOf(trial, condition, sloMs) };
}
