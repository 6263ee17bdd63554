/**
 * The main job: discover, plan, run, report, and say it on the terminal.
 *
 * Once a run has its folder, whatever goes wrong names that folder, so that nobody believes a
 * measurement lost that is on the disk.
 */
import path from 'node:path';
import { withClaims } from '../claims/told.js';
import { shortForm } from '../conformance/survey.js';
import { AMOUNTS, estimateAmountsMs } from '../evidence/amounts.js';
import { gatherer } from '../evidence/gather.js';
import { type ComparePlan, makePlan, type PlanRequest } from '../plan/compare-plan.js';
import { discoverVariants } from '../plan/discover.js';
import { requireClientCpus } from '../plan/refusals.js';
import { estimateSweepMs, type SweepSpec, sweepRequest, sweepSpec } from '../plan/sweep-plan.js';
import { spinSentinel } from '../probe/native.js';
import { writeResults } from '../results/file.js';
import type { Results } from '../results/schema.js';
import { announce } from './announce.js';
import { printClaims } from './claims-table.js';
import type { CliDeps } from './deps.js';
import { exists, pointLatestTo, runsFolder, writeReport } from './folders.js';
import type { CliIo } from './io.js';
import { printJson, printOutcome, printReportPath } from './outcome.js';
import { createProgress, type Progress } from './progress.js';
import { makeRunId } from './run-id.js';
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
  const { planned, sweep } = planOf(request, variants, deps.readMachine());
  const runId = makeRunId(new Date());
  const folder = path.join(runsFolder(request.out, io.cwd(), root), runId);
  const estimatedMs = sweep
    ? estimateSweepMs(planned.plan, sweep, planned.subjects)
    : planned.duration.likelyMs;
  const progress = createProgress(io, { estimatedMs, now: () => performance.now() });
  announce(planned, progress, sweep && { spec: sweep, likelyMs: estimatedMs });
  const watch = watchSignals(io, (name) =>
    progress.say(`${name}: ending the run, what was measured is kept (once more: at once)`),
  );
  try {
    const job = { request, planned, sweep, runId, folder };
    const results = withClaims(await measure(job, deps, progress, watch));
    await writeResults(path.join(folder, 'results.json'), results);
    await publish(results, folder, io, deps, request.json);
    return watch.exitCode() ?? (results.outcome === 'complete' ? 0 : 1);
  } catch (error) {
    progress.end();
    if (await exists(path.join(folder, 'trials.ndjson'))) {
      io.stderr.write(`what was measured is in ${folder}\n`);
    }
    throw error;
  } finally {
    watch.end();
  }
}

interface Planned {
  readonly planned: ComparePlan;
  readonly sweep: SweepSpec | undefined;
}

/** The plan; of a sweep, what its pilot starts from. */
function planOf(
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

interface Job extends Planned {
  readonly request: CompareRequest;
  readonly runId: string;
  readonly folder: string;
}

async function measure(
  { request, planned, sweep, runId, folder }: Job,
  deps: CliDeps,
  progress: Progress,
  { signal }: SignalWatch,
): Promise<Results> {
  const { plan, subjects, skipped, ladder } = planned;
  const { results } = await deps.run({
    plan,
    subjects,
    skipped,
    folder,
    runId,
    argv: request.argv,
    client: deps.loadClient(plan.client),
    onEvent: progress.onEvent,
    signal,
    spin: spinSentinel,
    conform: shortForm,
    ...instruments(request),
    ...gathering(request),
    ...(sweep === undefined ? {} : { sweep }),
    ...(ladder === undefined ? {} : { ladder }),
  });
  progress.end();
  return results;
}

/**
 * A smoke run asks whether everything works, so it measures its instruments shortly. A sweep is
 * about times, and instrumented trials give none.
 */
function instruments({ profile, calibration, sweepSlosMs }: CompareRequest) {
  const thorough = profile !== 'smoke';
  const form = thorough ? ('full' as const) : ('short' as const);
  const instrumented = thorough && sweepSlosMs === undefined;
  return { instrumented, ...(calibration ? { calibration: form } : {}) };
}

/** A sweep is about latency; no claim needs more of it than its trials. */
function amounts({ profile, evidence, sweepSlosMs }: CompareRequest) {
  return evidence && sweepSlosMs === undefined ? AMOUNTS[profile] : null;
}

function gathering(request: CompareRequest) {
  const wanted = amounts(request);
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
