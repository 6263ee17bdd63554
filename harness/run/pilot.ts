/**
 * The pilot of a sweep: what each subject can take, and up to which rate it keeps p99 within each
 * limit. It chooses the rates of the plan; the figures come from the trials of the plan alone. A
 * ladder's pilot does the same.
 *
 * Capacity: the mean of two trials under the closed load, all subjects in turn and then in reverse.
 * Limits: a bisection (plan/sweep-search.ts) over open trials, the loosest limit first. A step
 * says something about every limit, so the later searches begin with the steps there are.
 *
 * A trial that the environment spoilt (void, or the generator's thread lost its CPU) says nothing
 * about the server and is made once more.
 */

import { CAPACITY_ROUNDS } from '../plan/capacity.js';
import type { LadderSpec } from '../plan/ladder-plan.js';
import { openCondition, type SweepSpec } from '../plan/sweep-plan.js';
import { bracketOf, nextRate } from '../plan/sweep-search.js';
import { conditionOf } from '../plan/workloads.js';
import type { Pilot, PilotStep } from '../results/pilot.js';
import type { Condition, Trial } from '../results/schema.js';
import { clientLimit, throughputOf } from '../stats/limit.js';
import { levelOf } from '../stats/service-level.js';
import { doubtsOf } from '../stats/sweep.js';
import type { Candidate } from './prepare.js';
import { runTrial } from './trial.js';
import type { RunInput, RunLimits } from './types.js';
import { Interrupted } from './wait.js';

const ATTEMPTS = 2;
/** A search that goes on for longer does not converge on this machine. */
const STEPS_MAX = 14;

type Capacity = Pilot['capacities'][number];
type Search = Pilot['searches'][number];

/** Rejects with Interrupted alone; a subject that fails has no capacity, with the reason. */
export async function runPilot(
  input: RunInput,
  spec: SweepSpec,
  candidates: readonly Candidate[],
  limits: RunLimits,
): Promise<Pilot> {
  const [closed] = input.plan.conditions;
  if (closed === undefined) throw new Error('a sweep without a condition to start from');
  const bench = new Bench({ ...input, plan: { ...input.plan, ...spec.pilot } }, closed, limits);
  const subjects = candidates.filter(({ subject }) => subject.aaOf === undefined);
  return pilotOf(bench, subjects, spec.slosMs);
}

/** Capacities, then the rates within each limit. */
async function pilotOf(
  bench: Bench,
  subjects: readonly Candidate[],
  slosMs: readonly number[],
): Promise<Pilot> {
  const startedMs = performance.now();
  const capacities = await measureCapacities(bench, subjects);
  const searches: Search[] = [];
  for (const candidate of subjects) {
    const capacity = capacities.find(({ subject }) => subject === candidate.subject.id);
    if (capacity !== undefined) {
      searches.push(...(await searchAll(bench, slosMs, candidate, capacity)));
    }
  }
  const durationMs = Math.round(performance.now() - startedMs);
  return { durationMs, slosMs: [...slosMs], capacities, searches };
}

/** The same of a ladder; servers with flags of their own take no part. */
export async function runLadderPilot(
  input: RunInput,
  { connections, slosMs, pilot }: LadderSpec,
  candidates: readonly Candidate[],
  limits: RunLimits,
): Promise<Pilot> {
  const closed = conditionOf({ workload: 'keepalive' }, connections, CLOSED);
  const bench = new Bench({ ...input, plan: { ...input.plan, ...pilot } }, closed, limits);
  const subjects = candidates.filter(
    ({ subject: { aaOf, args } }) => aaOf === undefined && args.length === 0,
  );
  return pilotOf(bench, subjects, slosMs);
}

const CLOSED = { kind: 'closed', pipeline: 1 } as const;

/** Runs single trials under conditions that are in no plan. */
class Bench {
  readonly closed: Condition;
  readonly #input: RunInput;
  readonly #limits: RunLimits;

  /** `closed` is the load under which capacity is found, and whose clients open loads have. */
  constructor(input: RunInput, closed: Condition, limits: RunLimits) {
    this.closed = closed;
    this.#input = input;
    this.#limits = limits;
  }

  get placement() {
    return this.#input.plan.placement;
  }

  async trial({ subject, built }: Candidate, condition: Condition, what: string): Promise<Trial> {
    const { onEvent, signal } = this.#input;
    const tools = { ...this.#input, built, args: subject.args, limits: this.#limits };
    const place = { subject: subject.id, condition, block: 0, position: 0 };
    for (let attempt = 1; ; attempt += 1) {
      if (signal.aborted) throw new Interrupted();
      onEvent({ kind: 'phase', name: 'calibrate', text: `the pilot: ${subject.id}, ${what}` });
      const trial = await runTrial(place, tools);
      if (!isSpoilt(trial, condition) || attempt === ATTEMPTS) return trial;
    }
  }
}

/** A closed load sleeps; only an open one needs its CPU all the time. */
function isSpoilt(trial: Trial, { load }: Condition): boolean {
  if (trial.status === 'void') return true;
  return load.kind === 'open' && doubtsOf(trial).includes('descheduled');
}

async function measureCapacities(
  bench: Bench,
  candidates: readonly Candidate[],
): Promise<Capacity[]> {
  const trials = new Map<string, Trial[]>(candidates.map(({ subject }) => [subject.id, []]));
  for (let round = 0; round < CAPACITY_ROUNDS; round += 1) {
    for (const candidate of round % 2 === 0 ? candidates : [...candidates].reverse()) {
      const trial = await bench.trial(candidate, bench.closed, 'capacity');
      trials.get(candidate.subject.id)?.push(trial);
    }
  }
  return [...trials].map(([subject, mine]) => capacityOf(subject, mine, bench));
}

/** Pure. */
function capacityOf(
  subject: string,
  trials: readonly Trial[],
  { closed: condition, placement }: Pick<Bench, 'closed' | 'placement'>,
): Capacity {
  const good = trials.filter(({ status }) => status === 'ok');
  const rates = good.flatMap((trial) => throughputOf(trial) ?? []).filter((rate) => rate > 0);
  if (rates.length === 0) {
    const why = trials.find(({ reason }) => reason !== undefined)?.reason ?? 'no replies';
    return { subject, perS: null, why };
  }
  const perS = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const limited = good.some((trial) => clientLimit(trial, { condition, placement }) !== 'none');
  return { subject, perS: Math.round(perS), ...(limited ? { bound: 'lower' as const } : {}) };
}

/** None without a capacity. */
async function searchAll(
  bench: Bench,
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
      const condition = openCondition(bench.closed, rate);
      const what = `${rate} requests/s for p99 within ${sloMs} ms`;
      made.push({ condition, trial: await bench.trial(candidate, condition, what) });
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
