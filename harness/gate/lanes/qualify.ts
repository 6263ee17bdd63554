/**
 * A qualification: pilot -> one long batch of equal and slowed servers -> disturbed batches ->
 * counts -> rates -> reports/baselines/qualification-<machine class>.json.
 *
 * How decisions are drawn from the blocks is in gate/qualification.ts.
 */
import { readSystem } from '../../probe/system.js';
import type { Results } from '../../results/schema.js';
import { buildVariant } from '../../run/build.js';
import { readHarness } from '../../run/environment.js';
import type { GateConfig } from '../config.js';
import { type Injection, ONE_HANDOFF, ONE_SYSCALL } from '../injections.js';
import { machineClass as classOf } from '../machine-class.js';
import {
  countRatesOf,
  DECISIONS,
  decisive,
  type Qualification,
  qualificationSchema,
  type Rate,
  ratesOf,
  shortcomings,
} from '../qualification.js';
import { measureBatch } from './batch.js';
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
  sameSides,
} from './qualify-job.js';

/** Resolves with what was found and the file that holds it. Rejects with UserError or Interrupted. */
export async function runQualification(
  request: QualifyRequest,
  tools: LaneTools,
): Promise<{ readonly file: string; readonly content: Qualification }> {
  const startedMs = performance.now();
  const { root, runId } = tools;
  const config = withConnections(await readConfig(request.config, root), request);
  const environment = readSystem();
  const machineClass = classOf(environment);
  const job = await qualifyJob(request, config, tools);
  const rates = [
    ...(await timingRates(job, request, tools)),
    ...(request.disturbance ? await disturbedRates(job, request, tools) : []),
    ...(await countRates(job, config, request, tools)),
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

function withConnections(config: GateConfig, { connections }: QualifyRequest): GateConfig {
  if (connections === undefined) return config;
  return { ...config, timing: { ...config.timing, connections: [...connections] } };
}

const samplingOf = ({ timing: config }: QualifyJob, measured: Results, seed: string) => {
  return { measured, config, seed, decisions: DECISIONS };
};

/** Equal servers and slowed ones, in the same blocks. */
async function timingRates(
  job: QualifyJob,
  { calibration, seed }: QualifyRequest,
  tools: LaneTools,
): Promise<Rate[]> {
  const injected = injectedPairs(job, await pilotCosts(job, tools));
  const tested = calibration ? ({ calibration: 'full' } as const) : {};
  const found = await measureBatch({ part: 'main', ...mainBatch(job, injected), ...tested }, tools);
  const same = sameSides(job).map((sides) => {
    return { what: 'A/A', kind: 'same' as const, sides, aim: null };
  });
  return ratesOf([...same, ...injected], samplingOf(job, found, seed));
}

/** Shares of a CPU that a disturbing process takes: one that voids blocks, and one below that. */
const DISTURBANCES = [1, 0.08] as const;

async function disturbedRates(
  job: QualifyJob,
  { calibration, seed }: QualifyRequest,
  tools: LaneTools,
): Promise<Rate[]> {
  const rates: Rate[] = [];
  const { serverCpus, clientCpus } = job.plan.placement;
  const cpus = [...new Set([...serverCpus, ...clientCpus])];
  // What the instruments cost was measured in the main part.
  const tested = calibration ? ({ calibration: 'short' } as const) : {};
  for (const share of DISTURBANCES) {
    const percent = Math.round(100 * share);
    const what = `a process takes ${percent} % of each CPU`;
    tools.onText(what);
    const batch = { part: `disturbed-${percent}`, ...disturbedBatch(job), ...tested };
    const found = await withDisturbance(cpus, share, () => measureBatch(batch, tools));
    const sampled = sameSides(job).map((sides) => {
      return { what, kind: 'disturbed' as const, sides, aim: null };
    });
    rates.push(...ratesOf(sampled, samplingOf(job, found, seed)));
  }
  return rates;
}

/** Pairs measured beyond those that a decision takes. */
const EXTRA_PAIRS = 2;

/** Equal servers, and one with a system call or a hand-off more per request. */
async function countRates(
  { variant, plan: { placement } }: QualifyJob,
  { counts }: GateConfig,
  { seed }: QualifyRequest,
  { root, signal, onText }: LaneTools,
): Promise<Rate[]> {
  const result = await buildVariant(variant, root, signal);
  const { name } = variant;
  if (result.kind !== 'built') throw new Error(`${name} was measured and now is ${result.kind}`);
  const { built } = result;
  // The decisions are those of the first pairs: more of them fail nothing.
  const sized = { ...counts, trials: counts.trials + EXTRA_PAIRS, morePairs: 0 };
  const measure = async (injection: Injection | null): Promise<Rate[]> => {
    const candidateArgs = injection?.args ?? [];
    const pairs = [{ variant: name, base: built, candidate: built, candidateArgs }];
    // Memory does not depend on what a request costs.
    const config = injection === null ? sized : { ...sized, idleConnections: 0 };
    const samples = await measureCounts({ pairs, config, placement, signal, onText });
    const what = injection === null ? 'A/A' : injection.args.join(' ');
    const kind = injection === null ? 'same' : 'slower';
    return countRatesOf(samples, { what, kind, variant: name }, counts, seed);
  };
  const rates = await measure(null);
  for (const injection of [ONE_SYSCALL, ONE_HANDOFF]) rates.push(...(await measure(injection)));
  return rates;
}
