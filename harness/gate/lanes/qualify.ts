/**
 * A qualification: pilot -> one long batch of equal and slowed servers -> disturbed batches ->
 * counts -> rates -> reports/baselines/qualification-<machine class>.json.
 *
 * How decisions are drawn from the blocks is in gate/qualification.ts.
 */
import { readSystem } from '../../probe/system.js';
import { buildVariant } from '../../run/build.js';
import { readHarness } from '../../run/environment.js';
import { narrowed } from '../config.js';
import { ONE_HANDOFF, ONE_SYSCALL } from '../injections.js';
import { machineClass as classOf } from '../machine-class.js';
import {
  countRatesOf,
  decisive,
  type Qualification,
  qualificationSchema,
  type Rate,
  ratesOf,
  shortcomings,
} from '../qualification.js';
import { type BatchAsk, measureBatch } from './batch.js';
import { withDisturbance } from './disturber.js';
import { baselinesFolder, qualificationFile, readConfig, writeJson } from './files.js';
import type { LaneTools } from './lane-tools.js';
import { measureCounts } from './measure-counts.js';
import {
  disturbedBatch,
  injectedPairs,
  mainBatch,
  pilotCosts,
  type QualifyJob,
  type QualifyRequest,
  qualifyJob,
  samePairs,
} from './qualify-job.js';

/** Resolves with what was found and the file that holds it. Rejects with UserError or Interrupted. */
export async function runQualification(
  request: QualifyRequest,
  tools: LaneTools,
): Promise<{ readonly file: string; readonly content: Qualification }> {
  const startedMs = performance.now();
  const { root, runId } = tools;
  const { blocks: _ofAll, ...conditions } = request;
  const config = narrowed(await readConfig(request.config, root), conditions);
  const environment = readSystem();
  const machineClass = classOf(environment);
  const job = await qualifyJob(request, config, tools);
  const rates = [
    ...(await timingRates(job)),
    ...(request.disturbance ? await disturbedRates(job) : []),
    ...(await countRates(job)),
  ];
  const reasons = shortcomings(rates);
  const { commit } = await readHarness(root, tools.signal);
  const content = qualificationSchema.parse({
    schemaVersion: 1,
    machineClass,
    runId,
    at: new Date().toISOString(),
    commit,
    environment,
    rates,
    reasons,
    durationMs: Math.round(performance.now() - startedMs),
    blocks: job.plan.blocks,
    seed: request.seed,
    timing: decisive(config.timing),
    qualified: reasons.length === 0,
  });
  const file = qualificationFile(request.baselines ?? baselinesFolder(root), machineClass);
  await writeJson(file, content);
  return { file, content };
}

/** Measures a batch; `form` is how its instruments are tested, unless they are not. */
function measure({ request, tools }: QualifyJob, batch: BatchAsk, form: 'full' | 'short') {
  return measureBatch(request.calibration ? { ...batch, calibration: form } : batch, tools);
}

/** Equal servers and slowed ones, in the same blocks. */
async function timingRates(job: QualifyJob): Promise<Rate[]> {
  const injected = injectedPairs(job, await pilotCosts(job));
  const measured = await measure(job, { part: 'main', ...mainBatch(job, injected) }, 'full');
  const sampled = [...samePairs(job, 'A/A', 'same'), ...injected];
  return ratesOf(sampled, { measured, config: job.config.timing, seed: job.request.seed });
}

/** Shares of a CPU that a disturbing process takes: one that voids blocks, and one below that. */
const DISTURBANCES = [1, 0.08] as const;

async function disturbedRates(job: QualifyJob): Promise<Rate[]> {
  const rates: Rate[] = [];
  const { serverCpus, clientCpus } = job.plan.placement;
  const cpus = [...new Set([...serverCpus, ...clientCpus])];
  for (const share of DISTURBANCES) {
    const percent = Math.round(100 * share);
    const what = `a process takes ${percent} % of each CPU`;
    job.tools.onText(what);
    const batch = { part: `disturbed-${percent}`, ...disturbedBatch(job) };
    // What the instruments cost was measured in the main batch.
    const measured = await withDisturbance(cpus, share, () => measure(job, batch, 'short'));
    const sampling = { measured, config: job.config.timing, seed: job.request.seed };
    rates.push(...ratesOf(samePairs(job, what, 'disturbed'), sampling));
  }
  return rates;
}

/** Pairs measured beyond those that a decision takes. */
const EXTRA_PAIRS = 2;

/** Equal servers, and one with a system call or a hand-off more per request. */
async function countRates({ variant, plan, config, request, tools }: QualifyJob): Promise<Rate[]> {
  const { counts } = config;
  const { root, signal, onText } = tools;
  const result = await buildVariant(variant, root, signal);
  const { name } = variant;
  if (result.kind !== 'built') throw new Error(`${name} was measured and now is ${result.kind}`);
  const { built } = result;
  // The decisions are those of the first pairs: more of them fail nothing.
  const sized = { ...counts, trials: counts.trials + EXTRA_PAIRS, morePairs: 0 };
  const rates: Rate[] = [];
  for (const candidateArgs of [[], ONE_SYSCALL.args, ONE_HANDOFF.args]) {
    const isSame = candidateArgs.length === 0;
    const pairs = [{ variant: name, base: built, candidate: built, candidateArgs }];
    // Memory does not depend on what a request costs.
    const own = isSame ? sized : { ...sized, idleConnections: 0 };
    const { placement } = plan;
    const samples = await measureCounts({ pairs, config: own, placement, signal, onText });
    const what = isSame ? 'A/A' : candidateArgs.join(' ');
    const sampled = { what, kind: isSame ? 'same' : 'slower', variant: name } as const;
    rates.push(...countRatesOf(samples, sampled, counts, request.seed));
  }
  return rates;
}
