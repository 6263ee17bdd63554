/** `iomodels gate:qualify`: its options, their help, and the request they make. */
import type { Command } from 'commander';
import type { CommandContext } from './command-context.js';
import { type QualifyRequest, qualify } from './gate-qualify.js';
import { typedCommand } from './io.js';
import { requireNoSwallowedOptions } from './npm-options.js';
import { makeSeed } from './run-id.js';
import { parseCount, parseCounts, parseSeed } from './values.js';

const BLOCKS = { min: 4, max: 1000 };
const CONNECTIONS = { min: 1, max: 60_000 };

interface RawOptions {
  readonly variant?: string;
  readonly blocks?: number;
  readonly connections?: number[];
  readonly disturbance?: boolean;
  readonly calibration?: boolean;
  readonly config?: string;
  readonly cpus?: string;
  readonly seed?: string;
  readonly baselines?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds the command; its exit status goes to context.finish. */
export function defineGateQualify(program: Command, context: CommandContext): void {
  const { io, deps, argv, finish } = context;
  const command = program
    .command('gate:qualify')
    .usage('[options]')
    .summary('measure how often the gate itself is wrong here')
    .description(
      'Measures the gate on this machine: how often it fails servers that are equal, how often it catches slowdowns of ' +
        '2, 5, 10 and 20 %, and what it does on a disturbed machine. Until that is known, its timing lane only warns.',
    )
    .option('--variant <name>', 'the native server to try it on (the first one)')
    .option('--blocks <n>', 'blocks that decisions are drawn from (four batches)', (text) =>
      parseCount('--blocks', text, BLOCKS),
    )
    .option('--connections <list>', 'conditions (those of gate.config.json)', (text) =>
      parseCounts('--connections', text, CONNECTIONS),
    )
    .option('--no-disturbance', 'leave out the part on a disturbed machine')
    .option('--no-calibration', 'skip the self-tests of the instruments; then nothing is clean')
    .option('--config <file>', 'margins and sizes (gate.config.json in the repository)')
    .option('--cpus <sides>', 'CPUs of both sides, for example server=0,client=1')
    .option('--seed <text>', 'repeat the random order of an earlier run', (text) =>
      parseSeed('--seed', text),
    )
    .option('--baselines <folder>', 'where the qualification goes (reports/baselines)')
    .option('--out <folder>', "where the run's folder is made (reports/ in the repository)")
    .option('--json', 'print the qualification on stdout instead of the table');
  command.addHelpText('after', afterHelp(typedCommand('gate:qualify', io.env)));
  command.action(async (options: RawOptions) => {
    requireNoSwallowedOptions(command, io.env);
    finish(await qualify(toRequest(options, argv), io, deps));
  });
}

function afterHelp(typed: string): string {
  return `
Takes about 20 minutes, on a machine that does nothing else meanwhile. Writes
<baselines>/qualification-<machine class>.json, to be committed.

Examples:
  ${typed.replace(/ --$/, '')}
  ${typed} --blocks 80

Exit status: 0 qualified, 1 not qualified, 3 could not measure. docs/GATE.md
says what is asked of a machine.`;
}

function toRequest(raw: RawOptions, argv: readonly string[]): QualifyRequest {
  const { variant, connections, config, cpus, baselines, out } = raw;
  return {
    ...(raw.blocks === undefined ? {} : { blocks: raw.blocks }),
    disturbance: raw.disturbance ?? true,
    calibration: raw.calibration ?? true,
    seed: raw.seed ?? makeSeed(),
    json: raw.json ?? false,
    argv,
    ...(variant === undefined ? {} : { variant }),
    ...(connections === undefined ? {} : { connections }),
    ...(config === undefined ? {} : { config }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(baselines === undefined ? {} : { baselines }),
    ...(out === undefined ? {} : { out }),
  };
}
