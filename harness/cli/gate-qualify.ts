/**
 * `iomodels gate:qualify`: pilot -> one long run of equal and slowed servers -> disturbed runs ->
 * counts -> rates -> reports/baselines/qualification-<machine class>.json.
 *
 * How decisions are drawn from the blocks is in gate/qualification.ts.
 */
import path from 'node:path';
import type { GateConfig } from '../gate/config.js';
import { TIMING_METRICS } from '../gate/config.js';
import { withDisturbance } from '../gate/lanes/disturber.js';
import { machineClass as classOf } from '../gate/machine-class.js';
import { type Sides, slowdownsOf } from '../gate/pairs.js';
import {
  DECISIONS,
  decisive,
  type Qualification,
  qualificationSchema,
  type Rate,
  rateOf,
  type Sampled,
  shortcomings,
} from '../gate/qualification.js';
import { readSystem } from '../probe/system.js';
import type { Results } from '../results/schema.js';
import { readHarness } from '../run/environment.js';
import { Interrupted } from '../server/wait.js';
import type { CliDeps } from './deps.js';
import { runsFolder } from './folders.js';
import { baselinesFolder, qualificationFile, readConfig, writeJson } from './gate-files.js';
import { countRates } from './gate-qualify-counts.js';
import {
  disturbedSubjects,
  type Injected,
  pilotCosts,
  type QualifyJob,
  qualifyJob,
  runPart,
  sidesOfInjected,
  subjectsOf,
} from './gate-qualify-job.js';
import { renderQualification } from './gate-qualify-table.js';
import { type CliIo, widthOf } from './io.js';
import { makeRunId } from './run-id.js';
import { watchSignals } from './signals.js';

export interface QualifyRequest {
  /** Absent: the first native one. */
  readonly variant?: string;
  /** Absent: four batches. Slowed servers are in half of them, and a decision may take two. */
  readonly blocks?: number;
  readonly connections?: readonly number[];
  readonly disturbance: boolean;
  readonly calibration: boolean;
  readonly config?: string;
  readonly cpus?: string;
  readonly seed: string;
  readonly baselines?: string;
  readonly out?: string;
  readonly json: boolean;
  readonly argv: readonly string[];
}

/** Resolves with the exit status: 0 qualified, 1 not. Rejects with UserError. */
export async function qualify(request: QualifyRequest, io: CliIo, deps: CliDeps): Promise<number> {
  const watch = watchSignals(io, (name) =>
    io.stderr.write(`${name}: ending, nothing is qualified (once more: at once)\n`),
  );
  try {
    const { file, content } = await run(request, io, deps, watch.signal);
    if (request.json) io.stdout.write(`${JSON.stringify(content, null, 2)}\n`);
    else
      io.stdout.write(`\n${renderQualification(content, widthOf(io.stdout))}\nwritten: ${file}\n`);
    return watch.exitCode() ?? (content.qualified ? 0 : 1);
  } catch (error) {
    if (error instanceof Interrupted) return watch.exitCode() ?? 1;
    throw error;
  } finally {
    watch.end();
  }
}

async function run(
  request: QualifyRequest,
  io: CliIo,
  deps: CliDeps,
  signal: AbortSignal,
): Promise<{ file: string; content: Qualification }> {
  const startedMs = performance.now();
  const root = deps.root();
  const config = withConnections(await readConfig(request.config, { io, root }), request);
  const environment = readSystem();
  const machineClass = classOf(environment);
  const runId = `qualify-${makeRunId(new Date())}`;
  const folder = path.join(runsFolder(request.out, io.cwd(), root), runId);
  const { blocks = 4 * config.timing.blocks } = request;
  const context = { io, deps, signal, folder, runId };
  const job = await qualifyJob({ ...request, blocks }, config, context);
  const costs = await pilotCosts(job);
  const injected = sidesOfInjected(job, costs);
  const rates = [
    ...(await timingRates(job, config, injected)),
    ...(request.disturbance ? await disturbedRates(job, config) : []),
    ...(await countRates(job, config)),
  ];
  const reasons = shortcomings(rates);
  const { commit } = await readHarness(root, signal);
  const content = qualificationSchema.parse({
    schemaVersion: 1,
    ...{ machineClass, runId, at: new Date().toISOString(), commit, environment, rates, reasons },
    durationMs: Math.round(performance.now() - startedMs),
    ...{ blocks, seed: request.seed, timing: decisive(config.timing) },
    qualified: reasons.length === 0,
  });
  const baselines =
    request.baselines === undefined
      ? baselinesFolder(root)
      : path.resolve(io.cwd(), request.baselines);
  const file = path.join(baselines, path.basename(qualificationFile(root, machineClass)));
  await writeJson(file, content);
  return { file, content };
}

function withConnections(config: GateConfig, { connections }: QualifyRequest): GateConfig {
  if (connections === undefined) return config;
  return { ...config, timing: { ...config.timing, connections: [...connections] } };
}

/** Equal servers and slowed ones, in the same blocks. */
async function timingRates(
  job: QualifyJob,
  config: GateConfig,
  injected: readonly Injected[],
): Promise<Rate[]> {
  const results = await runPart(job, { name: 'main', ...subjectsOf(job, injected) });
  return rates(results, job, config, [
    ...job.same.map((sides) => ({ what: 'A/A', kind: 'same' as const, sides, aim: null })),
    ...injected.map(({ sides, what, aim, condition }) => ({
      ...{ what, kind: 'slower' as const, sides, aim, condition },
    })),
  ]);
}

/** Shares of a CPU that a disturbing process takes: one that voids blocks, and one below that. */
const DISTURBANCES = [1, 0.08] as const;

async function disturbedRates(job: QualifyJob, config: GateConfig): Promise<Rate[]> {
  const found: Rate[] = [];
  const { serverCpus, clientCpus } = job.plan.placement;
  const cpus = [...new Set([...serverCpus, ...clientCpus])];
  for (const share of DISTURBANCES) {
    const percent = Math.round(100 * share);
    const what = `a process takes ${percent} % of each CPU`;
    job.onText(what);
    const blocks = Math.min(job.blocks, 2 * config.timing.blocks);
    const part = { name: `disturbed-${percent}`, ...disturbedSubjects(job, blocks) };
    const results = await withDisturbance(cpus, share, () => runPart(job, part));
    const sampled = job.same.map((sides) => ({
      what,
      kind: 'disturbed' as const,
      sides,
      aim: null,
    }));
    found.push(...rates(results, job, config, sampled));
  }
  return found;
}

/** Rates of each pair in each condition that it was measured in. */
function rates(
  results: Results,
  { seed }: QualifyJob,
  { timing: config }: GateConfig,
  sampled: readonly (Sampled & { readonly condition?: string })[],
): Rate[] {
  const sides: Sides[] = sampled.map((one) => one.sides);
  const slowdowns = slowdownsOf(results, sides, TIMING_METRICS);
  const request = { measured: results, slowdowns, config, seed, decisions: DECISIONS };
  return results.header.plan.conditions.flatMap(({ id }) =>
    sampled
      .filter(({ condition }) => condition === undefined || condition === id)
      .map((one) => rateOf(one, id, request)),
  );
}
