/** Runs on the disk by the name that was given: where they are, and what is in them. */
import path from 'node:path';
import { UserError } from '../errors.js';
import { conclude } from '../findings/quality.js';
import { nearest } from '../plan/nearest.js';
import { readResults, readTrials, writeResults } from '../results/file.js';
import type { TrialsFile } from '../results/parse.js';
import { type Results, SCHEMA_VERSION } from '../results/schema.js';
import { exists, listRuns } from './folders.js';
import type { CliIo } from './io.js';

/** Runs named in a message. */
const RUNS_SHOWN = 5;

/** The folder of a run. Rejects with UserError (exit status 2) that names the newest runs. */
export async function findRun(run: string, runs: string, cwd: string): Promise<string> {
  const candidates = [path.join(runs, run), path.resolve(cwd, run)];
  for (const candidate of candidates) {
    const folder =
      path.basename(candidate) === 'results.json' ? path.dirname(candidate) : candidate;
    if (await isRun(folder)) return folder;
  }
  const ids = await listRuns(runs);
  if (ids.length === 0) {
    const remedy = 'make a run with `npm run compare`, or say with --out where runs are';
    throw new UserError(`there is no run in ${runs}`, remedy, { exitCode: 2 });
  }
  const meant = nearest(run, ids);
  const newest = `the newest are ${ids.slice(0, RUNS_SHOWN).join(', ')}`;
  const remedy = meant === null ? newest : `did you mean ${meant}? ${newest}`;
  throw new UserError(`there is no run ${run} in ${runs}`, remedy, { exitCode: 2 });
}

async function isRun(folder: string): Promise<boolean> {
  return (
    (await exists(path.join(folder, 'results.json'))) || exists(path.join(folder, 'trials.ndjson'))
  );
}

/** Its results; of a run that was killed they are made, written and announced. */
export async function loadResults(folder: string, io: Pick<CliIo, 'stderr'>): Promise<Results> {
  const file = path.join(folder, 'results.json');
  if (await exists(file)) return readResults(file);
  const results = resultsOfKilledRun(await readTrials(path.join(folder, 'trials.ndjson')));
  await writeResults(file, results);
  io.stderr.write(
    `note: ${results.problems.join('; ')}; results.json was made from trials.ndjson\n`,
  );
  return results;
}

/** The results of a run that had no chance to write them. */
function resultsOfKilledRun({ header, trials, truncated }: TrialsFile): Results {
  const planned = header.plan.order.flat(2).length;
  const spoilt = trials.filter(({ status }) => status !== 'ok');
  const { quality, summary } = conclude(header, trials, null);
  return {
    schemaVersion: SCHEMA_VERSION,
    header,
    finishedAt: trials.at(-1)?.startedAt ?? header.startedAt,
    outcome: 'partial',
    problems: [
      `the run was killed after ${trials.length} of ${planned} trials`,
      ...(truncated ? ['the trial being written was lost'] : []),
      ...spoilt.map(({ id, subject, status, reason }) => `${id} (${subject}) ${status}: ${reason}`),
    ],
    quality: {
      ...quality,
      level: quality.level === 'invalid' ? 'invalid' : 'noisy',
      reasons: [...quality.reasons, 'the run was killed'],
    },
    trials,
    summary,
    evidence: null,
  };
}
