/**
 * `iomodels gate`: builds both sides, measures the lanes, decides, and says it everywhere.
 *
 * config, accepted losses -> plan -> sides -> counts -> timing -> rows -> files -> terminal.
 */
import path from 'node:path';
import pc from 'picocolors';
import { UserError } from '../errors.js';
import { acceptsOf, unusedEntries, withAccepted } from '../gate/accept.js';
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
import { CANNOT_MEASURE, refusal } from '../gate/parse.js';
import { qualificationOf } from '../gate/qualification.js';
import type { GateRow, Lane } from '../gate/rows.js';
import { GATE_SCHEMA_VERSION, type GateFile } from '../gate/schema.js';
import { exitCodeOf, overall, warnOnly } from '../gate/verdict.js';
import { readSystem } from '../probe/system.js';
import { readHarness } from '../run/environment.js';
import type { CliDeps } from './deps.js';
import { runsFolder } from './folders.js';
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
import { renderGate } from './gate-table.js';
import { measureTiming, type Timing } from './gate-timing.js';
import { type CliIo, hasColour, widthOf } from './io.js';
import { makeRunId } from './run-id.js';
import { watchSignals } from './signals.js';

export interface GateRequest {
  /** What git takes for a commit; absent: a stored baseline takes its place. */
  readonly base?: string;
  /** Absent: the working tree. */
  readonly candidate?: string;
  readonly baseline?: string;
  readonly writeBaseline: boolean;
  readonly variants?: readonly string[];
  readonly variantDirs: readonly string[];
  readonly lanes: readonly Exclude<Lane, 'correctness'>[];
  readonly workloads?: GateConfig['timing']['workloads'];
  readonly connections?: readonly number[];
  readonly blocks?: number;
  /** Extra flags of the candidate's servers, to try the gate itself. */
  readonly candidateArgs: readonly string[];
  readonly config?: string;
  readonly accept?: string;
  readonly strict: boolean;
  readonly cpus?: string;
  readonly seed: string;
  readonly out?: string;
  readonly json: boolean;
  readonly argv: readonly string[];
}

/** Resolves with the exit status. Rejects with UserError, of exit status 3 if it can be. */
export async function gate(request: GateRequest, io: CliIo, deps: CliDeps): Promise<number> {
  const watch = watchSignals(io, (name) =>
    io.stderr.write(`${name}: ending the gate, nothing is decided (once more: at once)\n`),
  );
  try {
    const { file, written } = await run(request, io, deps, watch.signal);
    print(file, written, request, io);
    return watch.exitCode() ?? file.exitCode;
  } catch (error) {
    throw asUnmeasurable(error);
  } finally {
    watch.end();
  }
}

/** Whatever keeps the gate from measuring has one exit status; an interruption keeps its own. */
function asUnmeasurable(error: unknown): unknown {
  if (!(error instanceof UserError) || error.exitCode > 2) return error;
  const { message, remedy, output, cause } = error;
  const said = output === undefined ? {} : { output };
  return new UserError(message, remedy, { ...said, exitCode: CANNOT_MEASURE, cause });
}

interface Stored {
  readonly file: string;
  readonly baseline: Baseline | null;
}

async function run(
  request: GateRequest,
  io: CliIo,
  deps: CliDeps,
  signal: AbortSignal,
): Promise<{ file: GateFile; written: Written }> {
  const startedAt = new Date().toISOString();
  const clock = new StepClock();
  const root = deps.root();
  const config = configured(await readConfig(request.config, { io, root }), request);
  const entries = await readAccept(request.accept, { io, root });
  const environment = readSystem();
  const machineClass = classOf(environment);
  const stored = await storedFor(request, machineClass, io, root);
  const runId = `gate-${makeRunId(new Date())}`;
  const folder = path.join(runsFolder(request.out, io.cwd(), root), runId);
  const job = await prepareJob(request, config, { io, deps, signal });
  clock.lap('building');
  const accepts = acceptsOf(entries);
  const counted = await countLane(request, job, config);
  if (request.lanes.includes('counts')) clock.lap('counts');
  const timing = await timingLane({
    request,
    job,
    config,
    stored,
    folder,
    runId,
    io,
    deps,
    signal,
    accepts,
  });
  if (timing !== null) clock.lap('timing');

  const samples =
    stored?.baseline == null ? counted.samples : withStoredCounts(counted.samples, stored.baseline);
  const isFirst = stored !== null && stored.baseline === null;
  const qualification = qualificationOf(
    await readQualification(root, machineClass),
    machineClass,
    config.timing,
  );
  const raw = [
    ...correctnessRows(job, counted, timing),
    ...(isFirst ? [] : decideCounts(samples, config.counts, accepts)),
    ...(isFirst ? [] : (timing?.rows ?? [])),
  ];
  const plain = [...decideCounts(samples, config.counts), ...(timing?.plainRows ?? [])];
  const unused = isFirst ? [] : unusedEntries(entries, plain);
  const rows = limited(withAccepted(raw, entries), qualification, stored, config);
  const verdict = isFirst ? 'inconclusive' : overall(rows, request.lanes, unused);
  const file: GateFile = {
    schemaVersion: GATE_SCHEMA_VERSION,
    ...{ runId, startedAt, finishedAt: new Date().toISOString(), argv: [...request.argv] },
    mode: modeOf(job, stored),
    candidateArgs: [...request.candidateArgs],
    ...{ machineClass, environment, qualification, config, verdict, strict: request.strict },
    exitCode: isFirst ? 0 : exitCodeOf(verdict, request.strict),
    ...{ rows, notes: [...job.notes], unused, durations: clock.laps },
    batches: timing?.batches ?? [],
    counts: samples,
  };
  const written = await writeGate(folder, file, io, deps);
  if (request.writeBaseline && stored !== null) {
    const { commit } = await readHarness(root, signal);
    const at = file.finishedAt;
    const found = storedRows(
      counted.samples,
      timing?.quality === 'invalid' ? [] : (timing?.raw ?? []),
    );
    await writeBaseline(stored.file, stored.baseline, machineClass, {
      runId,
      at,
      commit,
      rows: found,
    });
  }
  return { file, written };
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

interface TimingContext {
  readonly request: GateRequest;
  readonly job: GateJob;
  readonly config: GateConfig;
  readonly stored: Stored | null;
  readonly folder: string;
  readonly runId: string;
  readonly io: CliIo;
  readonly deps: CliDeps;
  readonly signal: AbortSignal;
  readonly accepts: ReturnType<typeof acceptsOf>;
}

async function timingLane(context: TimingContext): Promise<Timing | null> {
  const { request, job, config, stored, ...rest } = context;
  if (!request.lanes.includes('timing') || job.sides.length === 0) return null;
  const { margins } = config.timing;
  const baseline = stored?.baseline ?? null;
  return measureTiming({
    ...rest,
    ...{ plan: job.plan, subjects: job.subjects, sides: job.sides, argv: request.argv },
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
  { qualified, text }: GateFile['qualification'],
  stored: Stored | null,
  config: GateConfig,
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

function print(file: GateFile, { page }: Written, { json }: GateRequest, io: CliIo): void {
  if (json) {
    io.stdout.write(`${JSON.stringify(file, null, 2)}\n`);
    return;
  }
  const { bold, dim } = pc.createColors(hasColour(io.stdout, io.env));
  const table = renderGate(file, widthOf(io.stdout), { title: bold, note: dim });
  const relative = path.relative(io.cwd(), page);
  const shown = relative.startsWith('..') ? page : relative;
  io.stdout.write(`\n${table}\nreport: ${shown}\n`);
}
