/**
 * `iomodels report`: rewrites report.html from what a run left on the disk, prints a run in
 * other formats, puts two runs side by side, lists all of them, serves them.
 */
import path from 'node:path';
import { type Command, Option } from 'commander';
import { UserError } from '../errors.js';
import { summaryCsv } from '../report/csv.js';
import type { Results } from '../results/schema.js';
import type { CliDeps, CommandContext } from './deps.js';
import { LATEST, runsFolder, writePage } from './folders.js';
import { type CliIo, typedCommand } from './io.js';
import { requireNoSwallowedOptions } from './npm-options.js';
import { printReportPath } from './outcome.js';
import { serveRuns } from './report-server.js';
import { findRun, indexEntries, loadResults } from './runs.js';

const FORMATS = ['html', 'md', 'json', 'csv'] as const;
type Format = (typeof FORMATS)[number];

interface ReportOptions {
  readonly out?: string;
  readonly compare?: boolean;
  readonly index?: boolean;
  readonly serve?: boolean;
  readonly port?: string;
  readonly open?: boolean;
  readonly format: Format;
}

/** Adds the command; its exit status goes to context.finish. */
export function defineReport(program: Command, { io, deps, finish }: CommandContext): void {
  const typed = typedCommand('report', io.env);
  const command = program
    .command('report')
    .usage('[options] [run…]')
    .summary("write a run's report.html anew, print it, compare two, list or serve all")
    .description(
      'Writes report.html anew from the results.json of a run; of a run that was killed, from its trials.ndjson.',
    )
    .argument(
      '[runs...]',
      `a run's id, or the path of its folder or of its results.json (${LATEST})`,
    )
    .option('--out <folder>', 'where the runs are (reports/ in the repository)')
    .addOption(
      new Option('--format <format>', 'html is written to the run, the others are printed')
        .choices(FORMATS)
        .default('html'),
    )
    .option('--compare', 'two runs side by side, in a page of their own')
    .option('--index', 'a page of all runs')
    .option('--serve', 'serve all runs on 127.0.0.1 until it is interrupted')
    .option('--port <port>', 'for --serve; any free one when left out')
    .option('--open', 'open it in the browser')
    .addHelpText(
      'after',
      `\nExamples:\n  ${typed}\n  ${typed} 20261123-120501-7f3a\n  ${typed} --format md\n  ${typed} --compare 20261123-120501-7f3a ${LATEST}\n  ${typed} --serve --open`,
    );
  command.action(async (runs: string[], options: ReportOptions) => {
    requireNoSwallowedOptions(command, io.env);
    requireOneJob(runs, options);
    const folder = runsFolder(options.out, io.cwd(), deps.root());
    await jobOf(options)({ runs, folder, options, io, deps });
    finish(0);
  });
}

interface Job {
  readonly runs: readonly string[];
  readonly folder: string;
  readonly options: ReportOptions;
  readonly io: CliIo;
  readonly deps: CliDeps;
}

function jobOf({ compare, index, serve, format }: ReportOptions): (job: Job) => Promise<void> {
  if (compare === true) return compareRuns;
  if (index === true) return writeIndex;
  if (serve === true) return serveAll;
  return format === 'html' ? writeReportOf : printRun;
}

function requireOneJob(runs: readonly string[], options: ReportOptions): void {
  const { compare, index, serve, format, port, open } = options;
  const jobs = Object.entries({ compare, index, serve }).flatMap(([name, on]) =>
    on === true ? [`--${name}`] : [],
  );
  if (jobs.length > 1) refuse(`${jobs.join(' and ')} are different jobs`, 'give one of them');
  const [job] = jobs;
  if (compare === true && runs.length !== 2) {
    refuse(
      `--compare takes two runs, not ${runs.length}`,
      `name both, for example --compare ${LATEST} <run>`,
    );
  }
  if (job !== undefined && job !== '--compare' && runs.length > 0) {
    refuse(`${job} is about all runs`, `leave ${runs.join(' ')} out`);
  }
  if (job === undefined && runs.length > 1)
    refuse('one report is of one run', 'name one run, or add --compare');
  if (format !== 'html' && (job !== undefined || open === true)) {
    refuse(`--format ${format} is printed, for one run`, `leave ${job ?? '--open'} out`);
  }
  if (port !== undefined && serve !== true) refuse('--port is for --serve', 'add --serve');
}

function refuse(message: string, remedy: string): never {
  throw new UserError(message, remedy, { exitCode: 2 });
}

async function writeReportOf({ runs, folder: all, options, io, deps }: Job): Promise<void> {
  const folder = await findRun(runs[0] ?? LATEST, all, io.cwd());
  const html = await deps.renderReport(await loadResults(folder, io));
  await published(await writePage(path.join(folder, 'report.html'), html), { options, io, deps });
}

async function printRun({ runs, folder: all, options, io }: Job): Promise<void> {
  const folder = await findRun(runs[0] ?? LATEST, all, io.cwd());
  io.stdout.write(await formatted(await loadResults(folder, io), options.format));
}

async function formatted(results: Results, format: Format): Promise<string> {
  switch (format) {
    case 'md':
      return (await import('../report/markdown.js')).renderMarkdown(results);
    case 'json':
      return (await import('../report/json.js')).renderJson(results);
    case 'csv':
      return summaryCsv(results);
    case 'html':
      throw new Error('html is written, not printed');
  }
}

async function compareRuns({ runs, folder: all, options, io, deps }: Job): Promise<void> {
  const folders = await Promise.all(runs.map((run) => findRun(run, all, io.cwd())));
  const [a, b] = folders as [string, string];
  const [left, right] = [await loadResults(a, io), await loadResults(b, io)];
  const name = `${left.header.runId}-and-${right.header.runId}.html`.replace(/[^\w.-]/g, '_');
  const { renderVersus } = await import('../report/versus-page.js');
  const linkOf = (folder: string) => encodeURI(`${path.relative(all, folder)}/report.html`);
  const html = await renderVersus(left, right, { a: linkOf(a), b: linkOf(b) });
  await published(await writePage(path.join(all, name), html), { options, io, deps });
}

async function writeIndex({ folder, options, io, deps }: Job): Promise<void> {
  const { renderIndex } = await import('../report/index-page.js');
  const html = renderIndex(await indexEntries(folder));
  await published(await writePage(path.join(folder, 'index.html'), html), { options, io, deps });
}

/** Says where the page is, and opens it where that was asked for. */
async function published(
  file: string,
  { options, io, deps }: Pick<Job, 'options' | 'io' | 'deps'>,
) {
  printReportPath(file, io);
  if (options.open === true) await deps.openInBrowser(file);
}

async function serveAll({ folder, options, io, deps }: Job): Promise<void> {
  const port = portOf(options.port);
  await serveRuns({ folder, port, io, renderReport: deps.renderReport }, async (url) => {
    io.stdout.write(`serving ${folder} on ${url}\nCtrl-C ends it\n`);
    if (options.open === true) await deps.openInBrowser(url);
  });
}

function portOf(text = '0'): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    refuse(`--port ${text} is no port`, 'give a number from 1 to 65535, or leave it out');
  }
  return port;
}
