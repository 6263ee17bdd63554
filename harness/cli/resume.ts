/** `compare --resume`: finds the run, and hands its plan to the harness once more. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { AMOUNTS } from '../evidence/amounts.js';
import { given } from '../optional.js';
import { discoverVariants } from '../plan/discover.js';
import { estimateMs } from '../plan/estimate.js';
import { whatExists } from '../plan/nearest.js';
import { PROFILE_NAMES } from '../plan/profiles.js';
import type { Variant } from '../plan/variant.js';
import { readResults, readTrials } from '../results/file.js';
import type { TrialsFile } from '../results/parse.js';
import type { RunHeader } from '../results/schema.js';
import type { RunSubject } from '../run/subject.js';
import { carryOut, gatheringOf, resumeCommand, takesInstrumented } from './compare.js';
import type { CliDeps } from './deps.js';
import { exists, LATEST, listRuns, runsFolder } from './folders.js';
import type { CliIo } from './io.js';
import { createProgress } from './progress.js';

interface ResumeRequest {
  /** As typed: the name of the run's folder, or `latest`. */
  readonly runId: string;
  readonly variantDirs: readonly string[];
  readonly out?: string;
  readonly json: boolean;
  readonly argv: readonly string[];
}

/** Resolves with the exit status. Rejects with UserError. */
export async function resumeRun(request: ResumeRequest, io: CliIo, deps: CliDeps): Promise<number> {
  const root = deps.root();
  const folder = await findRun(request.runId, runsFolder(request.out, io.cwd(), root));
  const earlier = await readTrials(path.join(folder, 'trials.ndjson'));
  await requireUnfinished(folder);
  const { header } = earlier;
  const own = request.variantDirs.map((dir) => path.resolve(io.cwd(), dir));
  const variants = await discoverVariants([path.join(root, 'servers'), ...own]);
  const progress = createProgress(io, {
    estimatedMs: leftMs(earlier),
    now: () => performance.now(),
  });
  progress.say(`taking up ${header.runId} of ${header.startedAt}`);
  const input = {
    kind: 'resumed' as const,
    subjects: header.subjects.map((subject) => subjectFor(subject, variants)),
    skipped: [],
    folder,
    runId: header.runId,
    argv: request.argv,
    instrumented: takesInstrumented(header.plan.profile, isSweep(header)),
    ...evidenceFor(header),
    earlier,
  };
  const resume = resumeCommand(header.runId, request, io);
  return carryOut({ input, json: request.json, resume }, io, deps, progress);
}

/** What the command that began the run would have gathered after the trials. */
function evidenceFor(header: RunHeader) {
  const { profile } = header.plan;
  const isWanted = !isSweep(header) && !header.argv.includes('--no-evidence');
  const known = PROFILE_NAMES.find((name) => name === profile);
  return gatheringOf(isWanted && known !== undefined ? AMOUNTS[known] : null);
}

/** A ladder has a pilot too, and closed conditions as well as open ones. */
function isSweep({ pilot, plan }: RunHeader): boolean {
  return pilot !== null && plan.conditions.every(({ load }) => load.kind === 'open');
}

/** As many trials as the plan has beyond those that are there. */
function leftMs({ header: { plan }, trials }: TrialsFile): number {
  const planned = plan.order.flat(2).length;
  return estimateMs(plan) * Math.max(0, 1 - trials.length / planned);
}

async function findRun(runId: string, runs: string): Promise<string> {
  const folder = path.join(runs, runId);
  const isName = path.basename(runId) === runId && runId !== '' && !runId.startsWith('.');
  if (isName && (await exists(path.join(folder, 'trials.ndjson')))) return realpath(folder);
  throw new UserError(
    `there is no run ${runId} in ${runs}`,
    whatExists(runId, [...(await listRuns(runs)), LATEST]),
    { exitCode: 2 },
  );
}

/** A run that was killed has no results; one that was interrupted is partial. */
async function requireUnfinished(folder: string): Promise<void> {
  const file = path.join(folder, 'results.json');
  if (!(await exists(file))) return;
  const { outcome, header } = await readResults(file);
  if (outcome === 'partial') return;
  const remedy = 'its report: `npm run report`; to measure again: `npm run compare`';
  throw new UserError(`the run ${header.runId} is complete: nothing is missing`, remedy);
}

function subjectFor(
  { id, variant: name, aaOf, args }: RunHeader['subjects'][number],
  variants: readonly Variant[],
): RunSubject {
  const variant = variants.find((found) => found.name === name);
  if (variant !== undefined) {
    return { id, variant, args, ...given({ aaOf }) };
  }
  throw new UserError(
    `the variant ${name} takes part in the run and is not here`,
    'name its folder with --variant-dir, as in the command that began the run',
  );
}
