/** A gate run from its files to its file: what is asked, measured, decided and written. */
import path from 'node:path';
import { type Acceptance, acceptsOf, unusedEntries, withAccepted } from '../gate/accept.js';
import {
  againstStored,
  type Baseline,
  historyMargin,
  storedRows,
  tooYoung,
  withStoredCounts,
} from '../gate/baseline.js';
import type { GateConfig } from '../gate/config.js';
import { decideCorrectness, type Fault } from '../gate/correctness.js';
import { decideCounts } from '../gate/counts.js';
import { machineClass as classOf } from '../gate/machine-class.js';
import { refusal } from '../gate/parse.js';
import { qualificationOf } from '../gate/qualification.js';
import type { GateRow } from '../gate/rows.js';
import { GATE_SCHEMA_VERSION, type GateFile } from '../gate/schema.js';
import { exitCodeOf, overall, warnOnly } from '../gate/verdict.js';
import { readSystem } from '../probe/system.js';
import { readHarness } from '../run/environment.js';
import type { CliDeps } from './deps.js';
import { runsFolder } from './folders.js';
import type { GateRequest } from './gate.js';
import { type Counted, measureCounts } from './gate-counts.js';
import {
  baselinesFolder,
  readAccept,
  readBaseline,
  readConfig,
  readQualification,
  type Written,
  writeBaseline,
  writeGate,
} from './gate-files.js';
import { type GateJob, prepareJob } from './gate-job.js';
import { measureTiming, type Timing } from './gate-timing.js';
import type { CliIo } from './io.js';
import { makeRunId } from './run-id.js';

export interface GateContext {
  readonly request: GateRequest;
  readonly io: CliIo;
  readonly deps: CliDeps;
  readonly signal: AbortSignal;
}

/** Rejects with UserError or Interrupted. */
export async function runGate(
  context: GateContext,
): Promise<{ readonly file: GateFile; readonly written: Written }> {
  const { request, io, deps, signal } = context;
  const startedAt = new Date().toISOString();
  const clock = new StepClock();
  const asked = await ask(context);
  const job = await prepareJob(request, asked.config, { io, deps, signal });
  clock.lap('building');
  const counted = await countLane(request, job, asked.config);
  clock.lap('counts');
  const timing = await timingLane(context, asked, job);
  clock.lap('timing');
  const found = { job, counted, timing };
  const file: GateFile = {
    schemaVersion: GATE_SCHEMA_VERSION,
    ...{ runId: asked.runId, startedAt, finishedAt: new Date().toISOString() },
    ...{ argv: [...request.argv], candidateArgs: [...request.candidateArgs] },
    ...{ environment: asked.environment, machineClass: asked.machineClass },
    ...{ qualification: asked.qualification, config: asked.config, strict: request.strict },
    ...decided(request, asked, found),
    mode: modeOf(job, asked.stored),
    ...{ notes: [...job.notes], durations: clock.laps.filter(({ ms }) => ms > 0) },
    ...{ batches: timing?.batches ?? [], counts: samplesOf(counted, asked) },
  };
  const written = await writeGate(asked.folder, file, io, deps);
  if (request.writeBaseline) await store(context, asked, found, file);
  return { file, written };
}

interface Stored {
  readonly file: string;
  /** null: none yet, and this run will be the first. */
  readonly baseline: Baseline | null;
}

/** Everything that is fixed before anything is built. */
interface Asked {
  readonly config: GateConfig;
  readonly entries: readonly Acceptance[];
  readonly environment: GateFile['environment'];
  readonly machineClass: string;
  readonly qualification: GateFile['qualification'];
  /** null: there is a base to build. */
  readonly stored: Stored | null;
  readonly runId: string;
  readonly folder: string;
}

async function ask({ request, io, deps }: GateContext): Promise<Asked> {
  const root = deps.root();
  const config = configured(await readConfig(request.config, { io, root }), request);
  const entries = await readAccept(request.accept, { io, root });
  const environment = readSystem();
  const machineClass = classOf(environment);
  const stored = await storedFor(request, machineClass, io, root);
  const found = await readQualification(root, machineClass);
  const qualification = qualificationOf(found, machineClass, config.timing);
  const runId = `gate-${makeRunId(new Date())}`;
  const folder = path.join(runsFolder(request.out, io.cwd(), root), runId);
  return { config, entries, environment, machineClass, qualification, stored, runId, folder };
}

interface Found {
  readonly job: GateJob;
  readonly counted: Counted;
  readonly timing: Timing | null;
}

function decided(
  request: GateRequest,
  asked: Asked,
  { job, counted, timing }: Found,
): Pick<GateFile, 'rows' | 'unused' | 'verdict' | 'exitCode'> {
  const { config, entries, stored } = asked;
  const correct = correctnessRows(job, counted, timing);
  if (stored !== null && stored.baseline === null) {
    const broken = correct.some(({ verdict }) => verdict !== 'pass');
    const verdict = broken ? 'fail' : 'pass';
    return { rows: correct, unused: [], verdict, exitCode: exitCodeOf(verdict, false) };
  }
  const samples = samplesOf(counted, asked);
  const counts = decideCounts(samples, config.counts, acceptsOf(entries));
  const plain = [...decideCounts(samples, config.counts), ...(timing?.plainRows ?? [])];
  const unused = unusedEntries(entries, plain);
  const all = withAccepted([...correct, ...counts, ...(timing?.rows ?? [])], entries);
  const rows = limited(all, asked);
  const verdict = overall(rows, request.lanes, unused);
  return { rows, unused, verdict, exitCode: exitCodeOf(verdict, request.strict) };
}

/** What was counted, beside what was counted before. */
function samplesOf({ samples }: Counted, { stored }: Asked): GateFile['counts'] {
  return stored?.baseline == null ? samples : withStoredCounts(samples, stored.baseline);
}

async function store(
  { deps, signal }: GateContext,
  { stored, machineClass }: Asked,
  { counted, timing }: Found,
  { runId, finishedAt: at }: GateFile,
): Promise<void> {
  if (stored === null) return;
  const { commit } = await readHarness(deps.root(), signal);
  const slowdowns = timing === null ? [] : timing.raw;
  const rows = storedRows(counted.samples, slowdowns);
  await writeBaseline(stored.file, stored.baseline, machineClass, { runId, at, commit, rows });
}

/** Time per step. */
class StepClock {
  readonly laps: GateFile['durations'] = [];
  #lastMs = performance.now();

  lap(step: string): void {
    const now = performance.now();
    this.laps.push({ step, ms: Math.round(now - this.#lastMs) });
    this.#lastMs = now;
  }
}

/** The configuration with what the command line narrows. */
function configured(
  config: GateConfig,
  { workloads, connections, blocks }: GateRequest,
): GateConfig {
  const timing = {
    ...config.timing,
    ...(workloads === undefined ? {} : { workloads: [...workloads] }),
    ...(connections === undefined ? {} : { connections: [...connections] }),
    ...(blocks === undefined ? {} : { blocks }),
  };
  return { ...config, timing };
}

/** null: there is a base to build. */
async function storedFor(
  request: GateRequest,
  machineClass: string,
  io: CliIo,
  root: string,
): Promise<Stored | null> {
  const { base, baseline, writeBaseline: writes } = request;
  if (base !== undefined) return null;
  const usual = path.join(baselinesFolder(root), `${machineClass}.json`);
  if (baseline === undefined && !writes) {
    throw refusal(
      'the gate has nothing to compare with',
      'name a base, for example --base main, or a stored baseline: --baseline <file>',
    );
  }
  const file = baseline === undefined ? usual : path.resolve(io.cwd(), baseline);
  return { file, baseline: await readBaseline(file, machineClass, writes) };
}

function countLane(
  { lanes }: GateRequest,
  { pairs, plan, signal, onText }: GateJob,
  config: GateConfig,
): Promise<Counted> {
  if (!lanes.includes('counts')) return Promise.resolve({ samples: [], faults: [] });
  const { placement } = plan;
  return measureCounts({ pairs, config: config.counts, placement, signal, onText });
}

async function timingLane(
  { request, io, deps, signal }: GateContext,
  { config, stored, folder, runId, entries }: Asked,
  job: GateJob,
): Promise<Timing | null> {
  if (!request.lanes.includes('timing') || job.sides.length === 0) return null;
  const { margins } = config.timing;
  const baseline = stored?.baseline ?? null;
  return measureTiming({
    ...{ folder, runId, io, deps, signal, accepts: acceptsOf(entries) },
    ...{ plan: job.plan, subjects: job.subjects, sides: job.sides, argv: request.argv },
    hasBase: job.base !== null,
    config: config.timing,
    marginOf: (one) =>
      baseline === null ? margins[one.metric] : historyMargin(baseline, one, margins[one.metric]),
    against: (slowdowns) => (baseline === null ? slowdowns : againstStored(slowdowns, baseline)),
  });
}

function correctnessRows(job: GateJob, counted: Counted, timing: Timing | null): GateRow[] {
  const faults: Fault[] = [...job.faults, ...counted.faults, ...(timing?.faults ?? [])];
  const trials = new Map(
    job.variants.map((variant) => {
      const counts = counted.samples.filter(
        ({ variant: name, side, failed }) => name === variant && side === 'candidate' && !failed,
      );
      const distinct = new Set(counts.map(({ condition, trial }) => `${condition} ${trial}`));
      return [variant, distinct.size + (timing?.trials.get(variant) ?? 0)];
    }),
  );
  return decideCorrectness(job.variants, faults, trials);
}

/** What this machine class, or a young baseline, may not fail. */
function limited(
  rows: readonly GateRow[],
  { qualification: { qualified, text }, stored, config }: Asked,
): GateRow[] {
  const own = qualified ? [...rows] : warnOnly(rows, ['timing'], text);
  const young = stored?.baseline == null ? null : tooYoung(stored.baseline, config.baseline);
  return young === null ? own : warnOnly(own, ['counts', 'timing'], young);
}

function modeOf({ base, candidate }: GateJob, stored: Stored | null): GateFile['mode'] {
  if (base !== null && candidate !== null) return { kind: 'base', base, candidate };
  if (stored?.baseline == null) return { kind: 'first' };
  return { kind: 'baseline', file: path.basename(stored.file), runs: stored.baseline.runs.length };
}
