/** `iomodels gate`: its options, their help, and the request they make. */
import type { Command } from 'commander';
import { refusal } from '../gate/parse.js';
import { parseWorkload } from '../plan/workloads.js';
import { WORKLOAD_NAMES } from '../results/workloads.js';
import { type GateRequest, gate } from './gate.js';
import { typedCommand } from './io.js';
import { requireNoSwallowedOptions } from './npm-options.js';
import type { CommandContext } from './program.js';
import { makeSeed } from './run-id.js';
import { parseChoice, parseCount, parseCounts, parseNames, parseSeed } from './values.js';

const BLOCKS = { min: 6, max: 500 };
const CONNECTIONS = { min: 1, max: 60_000 };
const LANES = ['counts', 'timing'] as const;

interface RawOptions {
  readonly base?: string;
  readonly candidate?: string;
  readonly baseline?: string;
  readonly writeBaseline?: boolean;
  readonly variants?: string[];
  readonly variantDir?: string[];
  readonly lanes?: (typeof LANES)[number][];
  readonly workloads?: string[];
  readonly connections?: number[];
  readonly blocks?: number;
  readonly candidateArgs?: string;
  readonly config?: string;
  readonly accept?: string;
  readonly strict?: boolean;
  readonly cpus?: string;
  readonly seed?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds the command; its exit status goes to context.finish. */
export function defineGate(program: Command, context: CommandContext): void {
  const { io, deps, argv, finish } = context;
  const command = program
    .command('gate')
    .usage('--base <ref> [options]')
    .summary('tell whether a change made a server worse')
    .description(
      'Builds the servers as they were and as they are, measures both in the same blocks, and fails what got worse ' +
        'beyond the margins of gate.config.json: counts per request, and CPU, throughput and p99 with their confidence.',
    );
  whatOptions(command);
  howOptions(command);
  whereOptions(command);
  command.addHelpText('after', afterHelp(typedCommand('gate', io.env)));
  command.action(async (options: RawOptions) => {
    requireNoSwallowedOptions(command, io.env);
    requireOneWay(options);
    finish(await gate(toRequest(options, argv), io, deps));
  });
}

function whatOptions(command: Command): void {
  command
    .option('--base <ref>', 'commit to compare with, for example main or HEAD~1')
    .option('--candidate <ref>', 'commit to judge (the working tree, with what is not committed)')
    .option(
      '--baseline <file>',
      'compare with a stored baseline instead; warns at most until it is old enough',
    )
    .option('--write-baseline', 'add this run to the baseline of this machine class')
    .option('--variants <names>', 'servers to judge (those that a comparison takes)', (text) =>
      parseNames('--variants', text),
    )
    .option(
      '--variant-dir <folder>',
      'a variant, or a folder of variants, in a git repository of your own; may be repeated',
      (text: string, before: string[] | undefined) => [...(before ?? []), text],
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
    .option('--candidate-args <flags>', "flags for the candidate's servers only, to try the gate")
    .option('--strict', 'exit with 2 when the gate is inconclusive')
    .option('--cpus <sides>', 'CPUs of both sides, for example server=0,client=1')
    .option('--seed <text>', 'repeat the random order of an earlier run', (text) =>
      parseSeed('--seed', text),
    );
}

function whereOptions(command: Command): void {
  command
    .option('--config <file>', 'margins and sizes (gate.config.json in the repository)')
    .option(
      '--accept <file>',
      'accepted losses (gate.accept.json in the repository, if it is there)',
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
function requireOneWay({ base, baseline, candidate, writeBaseline }: RawOptions): void {
  if (base !== undefined && (baseline !== undefined || writeBaseline === true)) {
    const other = baseline === undefined ? '--write-baseline' : '--baseline';
    throw refusal(`--base and ${other} are two different gates`, 'leave out one of them');
  }
  if (candidate !== undefined && base === undefined) {
    throw refusal('--candidate goes with --base only', 'leave it out, or name a base');
  }
}

function toRequest(raw: RawOptions, argv: readonly string[]): GateRequest {
  const { base, candidate, baseline, variants, workloads, connections, blocks } = raw;
  const { config, accept, cpus, out, candidateArgs = '' } = raw;
  return {
    writeBaseline: raw.writeBaseline ?? false,
    variantDirs: raw.variantDir ?? [],
    lanes: raw.lanes ?? LANES,
    candidateArgs: candidateArgs.split(/\s+/).filter((word) => word !== ''),
    strict: raw.strict ?? false,
    seed: raw.seed ?? makeSeed(),
    json: raw.json ?? false,
    argv,
    ...(base === undefined ? {} : { base }),
    ...(candidate === undefined ? {} : { candidate }),
    ...(baseline === undefined ? {} : { baseline }),
    ...(variants === undefined ? {} : { variants }),
    ...(workloads === undefined ? {} : { workloads }),
    ...(connections === undefined ? {} : { connections }),
    ...(blocks === undefined ? {} : { blocks }),
    ...(config === undefined ? {} : { config }),
    ...(accept === undefined ? {} : { accept }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(out === undefined ? {} : { out }),
  };
}
