/** `iomodels micro`: measure, write micro.json, show the table. */
import path from 'node:path';
import pc from 'picocolors';
import { count, duration } from '../findings/format.js';
import { estimateRoundsMs } from '../micro/measure.js';
import { runOptions } from '../micro/run-options.js';
import { runSwitches } from '../micro/run-switches.js';
import { type MicroFile, writeMicro } from '../micro/schema.js';
import { type AblationRequest, makeAblationPlan } from '../plan/ablation-plan.js';
import { discoverVariants } from '../plan/discover.js';
import { estimateMs } from '../plan/estimate.js';
import { choosePlacement } from '../plan/placement.js';
import { formatCpuList } from '../probe/cpus.js';
import type { Placement } from '../results/schema.js';
import type { CliDeps } from './deps.js';
import { runsFolder } from './folders.js';
import { type CliIo, hasColour, widthOf } from './io.js';
import { renderOptions } from './micro-options-table.js';
import { renderSwitches } from './micro-switches-table.js';
import { createProgress, type Progress } from './progress.js';
import { makeRunId } from './runs.js';
import { watchSignals } from './signals.js';

interface Both {
  readonly seed: string;
  readonly cpus?: string;
  readonly out?: string;
  readonly json: boolean;
  /** As typed, for the results. */
  readonly argv: readonly string[];
}

type SwitchesAsked = Both & {
  readonly part: 'switches';
  readonly rounds: number;
  readonly sampleMs: number;
};

type OptionsAsked = Both &
  AblationRequest & {
    readonly part: 'options';
    readonly variantDirs: readonly string[];
    readonly idleConnections: number;
  };

export type MicroRequest = SwitchesAsked | OptionsAsked;

interface Job {
  readonly io: CliIo;
  readonly deps: CliDeps;
  readonly runId: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Resolves with the exit status. Rejects with UserError. */
export async function micro(request: MicroRequest, io: CliIo, deps: CliDeps): Promise<number> {
  const runId = `micro-${makeRunId(new Date())}`;
  const folder = path.join(runsFolder(request.out, io.cwd(), deps.root()), runId);
  const watch = watchSignals(io, (name) =>
    io.stderr.write(`${name}: ending, what was measured is kept (once more: at once)\n`),
  );
  try {
    const job = { io, deps, runId, folder, signal: watch.signal };
    const content = await measure(request, job);
    const file = await writeMicro(folder, content);
    print(content, file, request.json, io);
    return watch.exitCode() ?? (content.outcome === 'complete' ? 0 : 1);
  } finally {
    watch.end();
  }
}

function measure(request: MicroRequest, job: Job): Promise<MicroFile> {
  switch (request.part) {
    case 'switches':
      return measureSwitches(request, job);
    case 'options':
      return measureOptions(request, job);
  }
}

async function measureSwitches(request: SwitchesAsked, job: Job): Promise<MicroFile> {
  const { deps, runId, signal } = job;
  const { placement, notes } = choosePlacement(request.cpus, deps.readMachine());
  const estimatedMs = estimateRoundsMs(request.rounds, request.sampleMs);
  const progress = startProgress(job, estimatedMs);
  const size = `${count(request.rounds, 'round')}: about ${duration(estimatedMs)}`;
  progress.say(`switches; ${placementText(placement)}; seed ${request.seed}; ${size}`);
  for (const { level, text } of notes) progress.onEvent({ kind: 'note', level, text });
  const { onEvent } = progress;
  const root = deps.root();
  return ended(progress, runSwitches({ ...request, placement, runId, root, onEvent, signal }));
}

async function measureOptions(request: OptionsAsked, job: Job): Promise<MicroFile> {
  const { deps, io, runId, folder, signal } = job;
  const root = deps.root();
  const own = request.variantDirs.map((one) => path.resolve(io.cwd(), one));
  const variants = await discoverVariants([path.join(root, 'servers'), ...own]);
  const machine = deps.readMachine();
  const planned = makeAblationPlan(request, variants, machine);
  const { plan } = planned;
  const estimatedMs = estimateMs(plan);
  const progress = startProgress(job, estimatedMs);
  progress.say(`options; ${placementText(plan.placement)}; seed ${plan.seed}`);
  const trials = `${planned.subjects.length} subjects, ${count(plan.blocks, 'block')}`;
  progress.say(`${trials} of ${plan.windowMs / 1000} s: about ${duration(estimatedMs)}`);
  for (const { level, text } of planned.notes) progress.onEvent({ kind: 'note', level, text });
  const { argv, idleConnections } = request;
  const client = deps.loadClient('native');
  const { onEvent } = progress;
  const parts = { planned, machine, folder, runId, argv, root, client, run: deps.run };
  return ended(progress, runOptions({ ...parts, idleConnections, onEvent, signal }));
}

function startProgress({ io }: Job, estimatedMs: number): Progress {
  return createProgress(io, { estimatedMs, now: () => performance.now() });
}

async function ended<T>(progress: Progress, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    progress.end();
  }
}

function placementText({ serverCpus, clientCpus }: Placement): string {
  return `on CPU ${formatCpuList(serverCpus)}, the other side on CPU ${formatCpuList(clientCpus)}`;
}

function print(content: MicroFile, file: string, json: boolean, io: CliIo): void {
  if (json) {
    io.stdout.write(`${JSON.stringify(content, null, 2)}\n`);
    return;
  }
  const { bold, dim } = pc.createColors(hasColour(io.stdout, io.env));
  const paint = { title: bold, note: dim };
  const width = widthOf(io.stdout);
  const table =
    content.part === 'switches'
      ? renderSwitches(content, width, paint)
      : renderOptions(content, width, paint);
  const relative = path.relative(io.cwd(), file);
  io.stdout.write(`\n${table}\nresults: ${relative.startsWith('..') ? file : relative}\n`);
}
