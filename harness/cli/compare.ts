/**
 * The main job: discover, plan, run, report, and say it on the terminal.
 *
 * Once a run has its folder, every error names that folder, so that nobody takes a measurement for
 * lost that is on the disk.
 */
import path from 'node:path';
import { withClaims } from '../claims/with-claims.js';
import { shortForm } from '../conformance/short-form.js';
import { AMOUNTS, estimateAmountsMs } from '../evidence/amounts.js';
import { gatherer } from '../evidence/gather.js';
import { given } from '../optional.js';
import { type ComparePlan, makePlan } from '../plan/compare-plan.js';
import { discoverVariants } from '../plan/discover.js';
import type { PlanRequest, ProfileName } from '../plan/profiles.js';
import { requireClientCpus } from '../plan/refusals.js';
import { estimateSweepMs, type SweepSpec, sweepRequest, sweepSpec } from '../plan/sweep-plan.js';
import { spinSentinel } from '../probe/native.js';
import type { Results } from '../results/schema.js';
import { planOf, type RunInput } from '../run/input.js';
import { announce } from './announce.js';
import { printClaims } from './claims-table.js';
import type { CliDeps } from './deps.js';
import { exists, pointLatestTo, runsFolder, writeReport } from './folders.js';
import { type CliIo, typedCommand } from './io.js';
import { printJson, printOutcome, printReportPath } from './outcome.js';
import { createProgress, type Progress } from './progress.js';
import { makeRunId } from './runs.js';
import { type SignalWatch, watchSignals } from './signals.js';

export interface CompareRequest extends PlanRequest {
  readonly variantDirs: readonly string[];
  readonly out?: string;
  readonly json: boolean;
  readonly calibration: boolean;
  /** Whether to gather, after the trials, what only claims need. */
  readonly evidence: boolean;
  /** A sweep of open loads within these limits of p99, ms, in place of closed conditions. */
  readonly sweepSlosMs?: readonly number[];
  /** As typed, for the results. */
  readonly argv: readonly string[];
}

/** Resolves with the exit status. Rejects with UserError. */
export async function compare(request: CompareRequest, io: CliIo, deps: CliDeps): Promise<number> {
  const root = deps.root();
  const own = request.variantDirs.map((folder) => path.resolve(io.cwd(), folder));
  const variants = await discoverVariants([path.join(root, 'servers'), ...own]);
  const { planned, sweep } = plannedFor(request, variants, deps.readMachine());
  const runId = makeRunId(new Date());
  const folder = path.join(runsFolder(request.out, io.cwd(), root), runId);
  const estimatedMs = sweep
    ? estimateSweepMs(planned.plan, sweep, planned.subjects)
    : planned.duration.likelyMs;
  const progress = createProgress(io, { estimatedMs, now: () => performance.now() });
  announce(planned, progress, sweep && { spec: sweep, likelyMs: estimatedMs });
  const { plan, subjects, skipped, ladder } = planned;
  const asked = { plan, subjects, skipped, folder, runId, argv: request.argv };
  const common = { ...asked, ...calibrationOf(request) };
  const input: Job['input'] = sweep
    ? { kind: 'sweep', ...common, sweep }
    : {
        kind: 'fresh',
        ...common,
        instrumented: takesInstrumented(request.profile, false),
        ...gathering(request),
        ...given({ ladder }),
      };
  const resume = resumeCommand(runId, request, io);
  return carryOut({ input, json: request.json, resume }, io, deps, progress);
}

/** Of each member of a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A new run, or one that is taken up again. */
export interface Job {
  readonly input: Without<RunInput, 'client' | 'conform' | 'onEvent' | 'signal' | 'spin'>;
  readonly json: boolean;
  /** The command that takes it up again. */
  readonly resume: string;
}

/** Runs, reports and says it. Resolves with the exit status. Rejects with UserError. */
export async function carryOut(
  { input, json, resume }: Job,
  io: CliIo,
  deps: CliDeps,
  progress: Progress,
): Promise<number> {
  const { folder } = input;
  const watch = watchSignals(io, (name) =>
    progress.say(`${name}: ending the run, what was measured is kept (once more: at once)`),
  );
  try {
    const results = await measure(input, deps, progress, watch);
    await publish(results, folder, io, deps, json);
    if (watch.exitCode() !== null) io.stderr.write(goesOn(resume));
    return watch.exitCode() ?? (results.outcome === 'complete' ? 0 : 1);
  } catch (error) {
    progress.end();
    if (await exists(path.join(folder, 'trials.ndjson'))) {
      io.stderr.write(`what was measured is in ${folder}\n${goesOn(resume)}`);
    }
    throw error;
  } finally {
    watch.end();
  }
}

const goesOn = (resume: string) => `to measure what is missing: ${resume}\n`;

/** `npm run compare -- --resume <run-id>`, with the folder of runs where one was given. */
export function resumeCommand(
  runId: string,
  { out }: { readonly out?: string },
  io: Pick<CliIo, 'env'>,
): string {
  const where = out === undefined ? '' : ` --out ${out}`;
  return `${typedCommand('compare', io.env)} --resume ${runId}${where}`;
}

interface Planned {
  readonly planned: ComparePlan;
  readonly sweep: SweepSpec | undefined;
}

/** The plan; of a sweep, what its pilot starts from. */
function plannedFor(
  request: CompareRequest,
  variants: Parameters<typeof makePlan>[1],
  machine: Parameters<typeof makePlan>[2],
): Planned {
  const { sweepSlosMs, profile } = request;
  if (sweepSlosMs === undefined) {
    const evidenceMs = (servers: number) => estimateAmountsMs(amounts(request), servers);
    return { planned: makePlan({ ...request, evidenceMs }, variants, machine), sweep: undefined };
  }
  const planned = makePlan(sweepRequest(request), variants, machine);
  requireClientCpus(planned.plan.placement, 'a sweep');
  return { planned, sweep: sweepSpec(profile, sweepSlosMs) };
}

async function measure(
  input: Job['input'],
  deps: CliDeps,
  progress: Progress,
  { signal }: SignalWatch,
): Promise<Results> {
  const { results } = await deps.run({
    ...input,
    client: deps.loadClient(planOf(input).client),
    onEvent: progress.onEvent,
    signal,
    spin: spinSentinel,
    conform: shortForm,
    judge: withClaims,
  });
  progress.end();
  return results;
}

/** A smoke run asks whether everything works, so it measures its instruments shortly. */
function calibrationOf({ profile, calibration }: CompareRequest) {
  const form = profile === 'smoke' ? ('short' as const) : ('full' as const);
  return calibration ? { calibration: form } : {};
}

/** Whether instrumented trials follow the blocks: a sweep is about times, and they give none. */
export function takesInstrumented(profile: string, isSweep: boolean): boolean {
  return profile !== 'smoke' && !isSweep;
}

/** A sweep is about latency; no claim needs more of it than its trials. */
function amounts({ profile, evidence, sweepSlosMs }: CompareRequest) {
  return evidence && sweepSlosMs === undefined ? AMOUNTS[profile] : null;
}

function gathering(request: CompareRequest) {
  const wanted = amounts(request);
  return gatheringOf(wanted);
}

/** What `run` is to gather after the trials; null: nothing. */
export function gatheringOf(wanted: (typeof AMOUNTS)[ProfileName]) {
  return wanted === null ? {} : { gather: gatherer(wanted) };
}

/** The table before the report: a report that cannot be written must not hide the numbers. */
async function publish(
  results: Results,
  folder: string,
  io: CliIo,
  deps: CliDeps,
  json: boolean,
): Promise<void> {
  if (!json) {
    printOutcome(results, io);
    printClaims(results, io);
  }
  // A link that cannot be made must not cost the report; it is said afterwards.
  const [linked] = await Promise.allSettled([pointLatestTo(folder)]);
  const report = await writeReport(folder, await deps.renderReport(results));
  if (json) printJson(results, { folder, report }, io);
  else printReportPath(report, io);
  if (linked.status === 'rejected') throw linked.reason;
}
