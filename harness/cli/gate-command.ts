/** `iomodels gate`: its options, their help, what they ask for, and what it prints. */
import path from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import { UserError } from '../errors.js';
import { runGate } from '../gate/lanes/gate.js';
import type { GateRequest } from '../gate/lanes/job.js';
import { CANNOT_MEASURE, refusal } from '../gate/parse.js';
import type { GateFile } from '../gate/schema.js';
import { parseWorkload } from '../plan/workloads.js';
import { WORKLOAD_NAMES } from '../results/workloads.js';
import type { CommandContext } from './deps.js';
import { renderGate } from './gate-table.js';
import { withLaneTools } from './gate-tools.js';
import { type CliIo, hasColour, typedCommand, widthOf } from './io.js';
import { requireNoSwallowedOptions } from './npm-options.js';
import { makeSeed } from './runs.js';
import { parseChoice, parseCount, parseCounts, parseNames, parseSeed } from './values.js';

const BLOCKS = { min: 6, max: 500 };
const CONNECTIONS = { min: 1, max: 60_000 };
const LANES = ['counts', 'timing'] as const;

type Options = Partial<GateRequest> & { readonly out?: string; readonly json?: boolean };

/** Adds the command; its exit status goes to context.finish. */
export function defineGate(program: Command, context: CommandContext): void {
  const { io, finish } = context;
  const command = program
    .command('gate')
    .usage('--base <ref> [options]')
    .summary('tell whether a change made a server worse')
    .description(
      'Builds the servers as they were and as they are, measures both in the same blocks, and fails what got worse ' +
        'beyond the margins of gate.config.json: counts per request, and CPU, throughput and p99 with their confidence.',
    );
  const inPlace = (file: string) => path.resolve(io.cwd(), file);
  whatOptions(command, inPlace);
  howOptions(command);
  whereOptions(command, inPlace);
  command.addHelpText('after', afterHelp(typedCommand('gate', io.env)));
  command.action(async (options: Options) => {
    requireNoSwallowedOptions(command, io.env);
    requireOneWay(options);
    finish(await gate(options, context));
  });
}

/** A path as it was typed -> an absolute one. */
type InPlace = (file: string) => string;

function whatOptions(command: Command, inPlace: InPlace): void {
  command
    .option('--base <ref>', 'commit to compare with, for example main or HEAD~1')
    .option('--candidate <ref>', 'commit to judge (the working tree, with what is not committed)')
    .option(
      '--baseline <file>',
      'compare with a stored baseline instead; warns at most until it is old enough',
      inPlace,
    )
    .option('--write-baseline', 'add this run to the baseline of this machine class')
    .option('--variants <names>', 'servers to judge (those that a comparison takes)', (text) =>
      parseNames('--variants', text),
    )
    .option(
      '--variant-dir <folder>',
      'a variant, or a folder of variants, in a git repository of your own; may be repeated',
      (text: string, before: string[] = []) => [...before, inPlace(text)],
    );
}

function howOptions(command: Command): void {
  command
    .option('--lanes <names>', 'what to measure: counts, timing (both)', (text) =>
      parseNames('--lanes', text).map((name) => parseChoice('--lanes', name, LANES)),
    )
    .option('--workloads <names>', `of the timing lane: ${WORKLOAD_NAMES.join(', ')}`, (text) =>
      parseNames('--workloads', text).filter((name) => parseWorkload(name).length > 0),
    )
    .option('--connections <list>', 'of the timing lane, each a condition of its own', (text) =>
      parseCounts('--connections', text, CONNECTIONS),
    )
    .option('--blocks <n>', 'blocks of a batch of the timing lane', (text) =>
      parseCount('--blocks', text, BLOCKS),
    )
    .option(
      '--candidate-args <flags>',
      "flags for the candidate's servers only, to try the gate",
      (text) => text.split(/\s+/).filter((word) => word !== ''),
    )
    .option('--strict', 'exit with 2 when the gate is inconclusive')
    .option('--cpus <sides>', 'CPUs of both sides, for example server=0,client=1')
    .option('--seed <text>', 'repeat the random order of an earlier run', (text) =>
      parseSeed('--seed', text),
    );
}

function whereOptions(command: Command, inPlace: InPlace): void {
  command
    .option('--config <file>', 'margins and sizes (gate.config.json in the repository)', inPlace)
    .option(
      '--accept <file>',
      'accepted losses (gate.accept.json in the repository, if it is there)',
      inPlace,
    )
    .option('--out <folder>', "where the run's folder is made (reports/ in the repository)")
    .option('--json', 'print gate.json on stdout instead of the table');
}

function afterHelp(typed: string): string {
  return `
Examples:
  ${typed} --base main
  ${typed} --base HEAD~1 --lanes counts
  ${typed} --base main --variant-dir ../my-server
  ${typed} --write-baseline

Exit status: 0 pass, or inconclusive; 1 fail; 2 inconclusive with --strict (and
wrong arguments); 3 the gate could not measure. Writes <out>/gate-<id>/:
gate.json, gate.md, gate.xml (JUnit), gate.html and the raw trials; Markdown
goes to $GITHUB_STEP_SUMMARY too. docs/GATE.md says how it decides.`;
}

/** A gate has one thing to compare with. */
function requireOneWay({ base, baseline, candidate, writeBaseline }: Options): void {
  if (base !== undefined && (baseline !== undefined || writeBaseline === true)) {
    const other = baseline === undefined ? '--write-baseline' : '--baseline';
    throw refusal(`--base and ${other} are two different gates`, 'leave out one of them');
  }
  if (candidate !== undefined && base === undefined) {
    throw refusal('--candidate goes with --base only', 'leave it out, or name a base');
  }
}

const DEFAULTS = {
  writeBaseline: false,
  variantDir: [],
  lanes: LANES,
  candidateArgs: [],
  strict: false,
};

/** Resolves with the exit status. Rejects with UserError, of exit status 3 if it can be. */
function gate({ out, json = false, ...options }: Options, context: CommandContext) {
  const { io, deps } = context;
  const request: GateRequest = { ...DEFAULTS, seed: makeSeed(), ...options };
  const publishing = {
    renderPage: deps.renderGatePage,
    summaryFile: io.env.GITHUB_STEP_SUMMARY,
  };
  const ending = 'ending the gate, nothing is decided';
  return withLaneTools('gate', ending, out, context, async (tools) => {
    const ran = await runGate(request, { ...tools, ...publishing }).catch(asUnmeasurable);
    print(ran.file, ran.page, json, io);
    return ran.file.exitCode;
  });
}

/** Whatever keeps the gate from measuring has one exit status; an interruption keeps its own. */
function asUnmeasurable(error: unknown): never {
  if (!(error instanceof UserError) || error.exitCode > 2) throw error;
  const { message, remedy, output, cause } = error;
  const said = output === undefined ? {} : { output };
  throw new UserError(message, remedy, { ...said, exitCode: CANNOT_MEASURE, cause });
}

function print(file: GateFile, page: string, json: boolean, io: CliIo): void {
  if (json) {
    io.stdout.write(`${JSON.stringify(file, null, 2)}\n`);
    return;
  }
  const { bold, dim } = pc.createColors(hasColour(io.stdout, io.env));
  const table = renderGate(file, widthOf(io.stdout), { title: bold, note: dim });
  const relative = path.relative(io.cwd(), page);
  const shown = relative.startsWith('..') ? page : relative;
  io.stdout.write(`\n${table}\nreport: ${shown}\n`);
}
