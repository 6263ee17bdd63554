/** A gate run from its files to its file: what is asked, measured, decided and written. */
import { readSystem } from '../../probe/system.js';
import { readHarness } from '../../run/environment.js';
import { appendRun, storedRows } from '../baseline.js';
import { narrowed } from '../config.js';
import { type Asked, besideStored, decide, modeOf, type Stored } from '../decide.js';
import { machineClass as classOf } from '../machine-class.js';
import { refusal } from '../parse.js';
import { qualificationOf } from '../qualification.js';
import { GATE_SCHEMA_VERSION, type GateFile } from '../schema.js';
import {
  type Publishing,
  readAccept,
  readConfig,
  readQualification,
  readStored,
  writeGate,
  writeJson,
} from './files.js';
import { type GateRequest, prepareJob } from './job.js';
import type { LaneTools } from './lane-tools.js';
import { measureCounts } from './measure-counts.js';
import { measureTiming } from './measure-timing.js';

/** Resolves with gate.json and the path of its page. Rejects with UserError or Interrupted. */
export async function runGate(
  request: GateRequest,
  tools: LaneTools & Publishing,
): Promise<{ readonly file: GateFile; readonly page: string }> {
  const { signal, onText } = tools;
  const startedAt = new Date().toISOString();
  const durations: GateFile['durations'] = [];
  const timed = async <T>(step: string, work: Promise<T>): Promise<T> => {
    const startMs = performance.now();
    const done = await work;
    const ms = Math.round(performance.now() - startMs);
    if (ms > 0) durations.push({ step, ms });
    return done;
  };
  const environment = readSystem();
  const machineClass = classOf(environment);
  const asked = await ask(request, machineClass, tools.root);
  const { config, stored } = asked;
  const job = await timed('building', prepareJob(request, config, tools));
  const { pairs, plan, sides } = job;
  const counting = { pairs, config: config.counts, placement: plan.placement, signal, onText };
  const isCounted = request.lanes.includes('counts');
  const samples = isCounted ? await timed('counts', measureCounts(counting)) : [];
  const isTimed = request.lanes.includes('timing') && sides.length > 0;
  const timing = isTimed ? await timed('timing', measureTiming(job, asked, tools)) : null;
  const found = { variants: job.variants, faults: job.faults, samples, timing };
  const file: GateFile = {
    schemaVersion: GATE_SCHEMA_VERSION,
    runId: tools.runId,
    startedAt,
    finishedAt: new Date().toISOString(),
    argv: [...tools.argv],
    candidateArgs: [...request.candidateArgs],
    environment,
    machineClass,
    qualification: asked.qualification,
    config,
    strict: request.strict,
    ...decide(asked, found),
    mode: modeOf(job, stored),
    notes: [...job.notes],
    durations,
    batches: timing?.batches ?? [],
    counts: besideStored(samples, stored),
  };
  const page = await writeGate(tools.folder, file, tools);
  if (request.writeBaseline && stored !== null) {
    const { commit } = await readHarness(tools.root, signal);
    const rows = storedRows(samples, timing?.raw ?? []);
    const run = { runId: file.runId, at: file.finishedAt, commit, rows };
    await writeJson(stored.file, appendRun(stored.baseline, machineClass, run));
  }
  return { file, page };
}

async function ask(request: GateRequest, machineClass: string, root: string): Promise<Asked> {
  const config = narrowed(await readConfig(request.config, root), request);
  const entries = await readAccept(request.accept, root);
  const stored = await storedFor(request, machineClass, root);
  const found = await readQualification(root, machineClass);
  const qualification = qualificationOf(found, machineClass, config.timing);
  const { lanes, strict } = request;
  return { config, entries, qualification, stored, lanes, strict };
}

/** null: there is a base to build. */
async function storedFor(
  { base, baseline, writeBaseline }: GateRequest,
  machineClass: string,
  root: string,
): Promise<Stored | null> {
  if (base !== undefined) return null;
  if (baseline === undefined && !writeBaseline) {
    throw refusal(
      'the gate has nothing to compare with',
      'name a base, for example --base main, or a stored baseline: --baseline <file>',
    );
  }
  return readStored(baseline, root, machineClass, writeBaseline);
}
