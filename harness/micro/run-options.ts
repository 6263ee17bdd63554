/**
 * `iomodels micro --options`: one run of all option sets through harness/run, the loopback floor
 * with each trial, then the memory of idle connections.
 */
import { shortestForm } from '../conformance/short-form.js';
import type { LoadClient } from '../load/client.js';
import { given } from '../optional.js';
import { type AblationPlan, threadedAmong } from '../plan/ablation-plan.js';
import { obstacle } from '../plan/limits.js';
import type { MachineFacts } from '../plan/machine.js';
import { blockOrders } from '../plan/order.js';
import type { Results } from '../results/schema.js';
import { buildVariant } from '../run/build.js';
import type { RunLimits } from '../run/limits.js';
import { pinHarness } from '../run/pin.js';
import type { OnEvent, RunEvent } from '../run/progress.js';
import type { run } from '../run/run.js';
import type { Built } from '../server/built.js';
import { Interrupted } from '../server/wait.js';
import { type IdleSubject, idleTrial } from './idle.js';
import { analyseOptions } from './options.js';
import { measureOnce, type Outcome, probeProgram } from './programs.js';
import {
  type FloorSample,
  type IdleTrial,
  MICRO_SCHEMA_VERSION,
  type OptionsFile,
} from './schema.js';

export interface OptionsRequest {
  readonly planned: AblationPlan;
  /** Silent connections of the memory trials; 0: no such trials. */
  readonly idleConnections: number;
  /** How long they are silent before memory is read; absent: as long as idle.ts says. */
  readonly idleMs?: number;
  readonly machine: MachineFacts;
  readonly folder: string;
  readonly runId: string;
  readonly argv: readonly string[];
  readonly root: string;
  readonly client: LoadClient;
  readonly run: typeof run;
  readonly limits?: Partial<RunLimits>;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

/** Of a floor: a fifth of it again is warm-up. */
const FLOOR_MS = 50;
export const IDLE_REPETITIONS = 3;

/** Rejects with UserError. An interruption ends it early, and is one of the problems. */
export async function runOptions(request: OptionsRequest): Promise<OptionsFile> {
  const { planned } = request;
  const meter = floorMeter(request);
  const onEvent = (event: RunEvent) => {
    meter.onEvent(event);
    request.onEvent(event);
  };
  const { plan, subjects, skipped } = planned;
  const { folder, runId, argv, signal } = request;
  const ask = {
    kind: 'batch' as const,
    plan,
    subjects,
    skipped,
    folder,
    runId,
    argv,
    signal,
    onEvent,
    conform: shortestForm,
  };
  const client = meter.wrap(request.client);
  const { limits } = request;
  const { results } = await request.run({ ...ask, ...given({ limits }), client });
  const { idle, problems } = await measureIdle(request, results);
  return fileOf(request, results, meter, idle, problems);
}

function floorMeter({ planned, root, signal }: OptionsRequest): FloorMeter {
  const probe = probeProgram(root);
  const cpu = String(planned.plan.placement.serverCpus[0]);
  return new FloorMeter((connections) =>
    measureOnce(
      [probe, 'floor', '--cpu', cpu, '--connections', String(connections), '--ms', `${FLOOR_MS}`],
      signal,
    ),
  );
}

function fileOf(
  request: OptionsRequest,
  results: Results,
  { samples: floors }: FloorMeter,
  idle: IdleTrial[],
  problems: readonly string[],
): OptionsFile {
  const { header } = results;
  const { placement, seed, blocks, windowMs } = header.plan;
  const failedFloors = floors.flatMap(({ why }) => (why === undefined ? [] : [`floor: ${why}`]));
  const all = [...results.problems, ...problems, ...new Set(failedFloors)];
  return {
    part: 'options',
    schemaVersion: MICRO_SCHEMA_VERSION,
    runId: header.runId,
    startedAt: header.startedAt,
    finishedAt: new Date().toISOString(),
    argv: header.argv,
    harness: header.harness,
    environment: header.environment,
    placement,
    seed,
    blocks,
    windowMs,
    outcome: all.length === 0 ? 'complete' : 'partial',
    problems: all,
    results: 'results.json',
    floors,
    idle,
    ...analyseOptions({ ...request.planned, results, floors, idle }),
  };
}

interface IdleOutcome {
  readonly idle: IdleTrial[];
  readonly problems: string[];
}

async function measureIdle(request: OptionsRequest, results: Results): Promise<IdleOutcome> {
  const outcome: IdleOutcome = { idle: [], problems: [] };
  if (request.idleConnections === 0) return outcome;
  const pinned = await pinHarness(request.planned.plan.placement.clientCpus);
  try {
    await idleRounds(request, results, outcome);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    outcome.problems.push('interrupted before all idle connections were measured');
  } finally {
    if (pinned.ok) await pinned.restore();
  }
  return outcome;
}

/** Repetition by repetition, so that a subject's repetitions lie apart. */
async function idleRounds(
  request: OptionsRequest,
  results: Results,
  { idle, problems }: IdleOutcome,
): Promise<void> {
  const { idleConnections: connections, idleMs, planned, signal, onEvent } = request;
  const subjects = await idleSubjects(request, results, problems);
  const ids = [...subjects.keys()];
  const { seed, placement } = planned.plan;
  for (const [repetition, order] of blockOrders(seed, 'idle', ids, IDLE_REPETITIONS).entries()) {
    for (const id of order) {
      const subject = subjects.get(id);
      if (subject === undefined) throw new Error(`no subject ${id}`);
      if (signal.aborted) throw new Interrupted();
      const text = `${connections} idle connections of ${id}, ${repetition + 1} of ${IDLE_REPETITIONS}`;
      onEvent({ kind: 'phase', name: 'measure', text });
      const idlePlan = { connections, idleMs, placement, signal };
      const trial = await idleTrial(subject, repetition, idlePlan);
      if (trial.why !== undefined) problems.push(`idle connections of ${id}: ${trial.why}`);
      idle.push(trial);
    }
  }
}

/** Those that were measured, but for what this machine cannot hold. An A/A twin is no news here. */
async function idleSubjects(
  { planned, root, signal, machine, idleConnections }: OptionsRequest,
  results: Results,
  problems: string[],
): Promise<ReadonlyMap<string, IdleSubject>> {
  const measured = new Set(results.header.subjects.map(({ id }) => id));
  const built = new Map<string, Built>();
  const subjects = new Map<string, IdleSubject>();
  for (const { id, variant, args, aaOf } of planned.subjects) {
    if (!measured.has(id) || aaOf !== undefined) continue;
    const trouble = obstacle(idleConnections, threadedAmong([variant]), machine);
    if (trouble) {
      problems.push(`idle connections of ${id}: ${trouble.what}`);
      continue;
    }
    const known = built.get(variant.name) ?? (await rebuilt(variant, root, signal));
    built.set(variant.name, known);
    subjects.set(id, { id, args, built: known });
  }
  return subjects;
}

async function rebuilt(
  variant: IdleSubject['built']['variant'],
  root: string,
  signal: AbortSignal,
): Promise<Built> {
  const result = await buildVariant(variant, root, signal);
  if (result.kind === 'built') return result.built;
  throw new Error(`${variant.name} was built a moment ago and now is ${result.kind}`);
}

/**
 * The loopback floor for every trial of a run: a load client that, before it opens a trial's
 * connections, measures the floor for as many connections, on the server's CPU, while the server
 * waits. So every block has floors of its own, next to the trials that are compared with them.
 */
class FloorMeter {
  readonly samples: FloorSample[] = [];
  readonly #measure: (connections: number) => Promise<Outcome>;
  /** Of the block that is being measured, in the order in which its trials were opened. */
  #waiting: Outcome[] = [];

  constructor(measure: (connections: number) => Promise<Outcome>) {
    this.#measure = measure;
  }

  /** The same client, with the floor before each opening. */
  wrap(client: LoadClient): LoadClient {
    return {
      kind: client.kind,
      version: client.version,
      limits: client.limits,
      resumes: client.resumes,
      open: async (load) => {
        this.#waiting.push(await this.#measure(load.connections));
        return client.open(load);
      },
    };
  }

  /**
   * Called with every event of the run: a block opens all its trials before the first of them
   * ends, and each takes the floor before it along. A trial that never opened takes that of the
   * next one of its block, and none of another block.
   */
  readonly onEvent = (event: RunEvent): void => {
    if (event.kind === 'trial-start') this.#waiting = [];
    if (event.kind !== 'trial-end') return;
    const outcome = this.#waiting.shift();
    if (outcome === undefined) return;
    const { condition, block, subject } = event.trial;
    const found = outcome.ok ? { line: outcome.line } : { line: null, why: outcome.why };
    this.samples.push({ condition, block, subject, ...found });
  };
}
