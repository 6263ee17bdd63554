/** `iomodels report`: writes report.html anew from what a run left on the disk. */
import path from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { nearest } from '../plan/nearest.js';
import { readResults, readTrials, writeResults } from '../results/file.js';
import type { TrialsFile } from '../results/parse.js';
import { type Results, SCHEMA_VERSION } from '../results/schema.js';
import { conclude } from '../stats/quality.js';
import type { CliDeps } from './deps.js';
import { exists, LATEST, listRuns, runsFolder, writeReport } from './folders.js';
import { type CliIo, typedCommand } from './io.js';
import { requireNoSwallowedOptions } from './npm-options.js';
import { printReportPath } from './outcome.js';
import type { CommandContext } from './program.js';

/** Runs named in a message. */
const RUNS_SHOWN = 5;

/** Adds the command; its exit status goes to context.finish. */
export function defineReport(program: Command, { io, deps, finish }: CommandContext): void {
  const typed = typedCommand('report', io.env);
  const command = program
    .command('report')
    .usage('[options] [run]')
    .summary("write a run's report.html anew")
    .description(
      'Writes report.html anew from the results.json of a run; of a run that was killed, from its trials.ndjson.',
    )
    .argument('[run]', "a run's id, or the path of its folder or of its results.json", LATEST)
    .option('--out <folder>', 'where the runs are (reports/ in the repository)')
    .addHelpText('after', `\nExamples:\n  ${typed}\n  ${typed} 20261123-120501-7f3a`);
  command.action(async (run: string, options: { out?: string }) => {
    requireNoSwallowedOptions(command, io.env);
    const runs = runsFolder(options.out, io.cwd(), deps.root());
    await report(await findRun(run, runs, io.cwd()), io, deps);
    finish(0);
  });
}

async function report(folder: string, io: CliIo, deps: CliDeps): Promise<void> {
  const results = await loadResults(folder, io);
  printReportPath(await writeReport(folder, await deps.renderReport(results)), io);
}

/** The folder of a run. Rejects with UserError (exit status 2) that names the newest runs. */
async function findRun(run: string, runs: string, cwd: string): Promise<string> {
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

async function loadResults(folder: string, io: CliIo): Promise<Results> {
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
export function resultsOfKilledRun({ header, trials, truncated }: TrialsFile): Results {
  const planned = header.plan.order.flat(2).length;
  const spoilt = trials.filter(({ status }) => status !== 'ok');
  const { quality, summary } = conclude(header, trials);
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
      level: quality.level === 'invalid' ? 'invalid' : 'noisy',
      reasons: [...quality.reasons, 'the run was killed'],
      excluded: quality.excluded,
    },
    trials,
    summary,
    evidence: null,
  };
}
