/** `iomodels micro`, its first part: from what was asked to the content of micro.json. */
import type { Placed } from '../plan/placement.js';
import { readSystem } from '../probe/system.js';
import type { Environment } from '../results/schema.js';
import { readEnvironment, readHarness } from '../run/environment.js';
import { pinHarness } from '../run/pin.js';
import type { OnEvent } from '../run/progress.js';
import { Interrupted } from '../server/wait.js';
import { measureRounds } from './measure.js';
import { buildGo, type GoProgram, probeProgram } from './programs.js';
import { ROWS } from './rows.js';
import { MICRO_SCHEMA_VERSION, type Sample, type SwitchesFile } from './schema.js';
import { foreignShareOf, ratiosOf, rowsOf } from './switches.js';

export interface SwitchesRequest {
  readonly rounds: number;
  readonly sampleMs: number;
  readonly seed: string;
  readonly placement: Placed['placement'];
  readonly runId: string;
  readonly argv: readonly string[];
  readonly root: string;
  readonly onEvent: OnEvent;
  readonly signal: AbortSignal;
}

/** Rejects with UserError, or with Interrupted when not even one round was finished. */
export async function runSwitches(request: SwitchesRequest): Promise<SwitchesFile> {
  const { root, signal, onEvent, placement } = request;
  const startedAt = new Date().toISOString();
  const system = readSystem();
  const probe = probeProgram(root);
  onEvent({ kind: 'phase', name: 'build', text: "Go's part" });
  const go = await buildGo(root, signal);
  const samples: Sample[] = [];
  const problems: string[] = [];
  const pinned = await pinHarness(placement.clientCpus);
  try {
    onEvent({ kind: 'phase', name: 'measure', text: `${request.rounds} rounds` });
    await measureRounds({ ...request, ...cpusOf(placement), probe, go }, samples);
  } catch (error) {
    if (!(error instanceof Interrupted) || samples.length < ROWS.length) throw error;
    problems.push(`interrupted after ${samples.length} of ${request.rounds * ROWS.length} samples`);
  } finally {
    if (pinned.ok) await pinned.restore();
  }
  const environment = await environmentOf({ ...system, harness_pinned: pinned.ok }, go, root);
  const rows = rowsOf(samples);
  const missing = rows.flatMap(({ id, status, why }) =>
    status === 'unavailable' ? [`${id}: ${why}`] : [],
  );
  return {
    part: 'switches',
    schemaVersion: MICRO_SCHEMA_VERSION,
    runId: request.runId,
    startedAt,
    finishedAt: new Date().toISOString(),
    argv: [...request.argv],
    harness: await readHarness(root, CALM),
    environment,
    placement,
    seed: request.seed,
    outcome: problems.length + missing.length === 0 ? 'complete' : 'partial',
    problems: [...problems, ...missing],
    rounds: request.rounds,
    foreignShare: foreignShareOf(samples),
    samples,
    rows,
    ratios: ratiosOf(samples, rows),
  };
}

/** What was measured must be described after an interruption, too. */
const CALM = new AbortController().signal;

function cpusOf({ serverCpus, clientCpus }: Placed['placement']) {
  const [cpu] = serverCpus;
  if (cpu === undefined) throw new Error('no CPU for the server');
  const otherCpu = clientCpus.find((one) => !serverCpus.includes(one)) ?? null;
  return { cpu, otherCpu };
}

async function environmentOf(
  system: Environment,
  go: GoProgram,
  root: string,
): Promise<Environment> {
  return { ...(await readEnvironment(system, [], root, CALM)), go: go.ok ? go.version : null };
}
