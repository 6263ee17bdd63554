/** `iomodels micro`: its options, their help, and the request they make. */
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { given } from '../optional.js';
import type { PlanRequest } from '../plan/profiles.js';
import type { CommandContext } from './deps.js';
import { typedCommand } from './io.js';
import { type MicroRequest, micro } from './micro.js';
import { requireNoSwallowedOptions } from './npm-options.js';
import { makeSeed } from './runs.js';
import { parseCount, parseCounts, parseDuration, parseNames, parseSeed } from './values.js';

const ROUNDS = { min: 1, max: 1000 };
const SAMPLE_MS = { min: 1, max: 10_000 };
const BLOCKS = { min: 1, max: 1000 };
const CONNECTIONS = { min: 1, max: 60_000 };
const IDLE = { min: 0, max: 60_000 };
const WINDOW_MS = { min: 50, max: 600_000 };
const WARMUP_MS = { min: 0, max: 600_000 };

/** Options of one part only. */
const ONLY_SWITCHES = ['rounds', 'sample'] as const;
const ONLY_OPTIONS = [
  ...['variants', 'variantDir', 'connections', 'blocks'],
  ...['window', 'warmup', 'idle'],
] as const;

interface RawOptions
  extends Partial<Pick<PlanRequest, 'variants' | 'connections' | 'blocks' | 'cpus' | 'seed'>> {
  readonly options?: boolean;
  readonly rounds?: number;
  readonly sample?: number;
  readonly variantDir?: string[];
  readonly window?: number;
  readonly warmup?: number;
  readonly idle?: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds the command; its exit status goes to context.finish. */
export function defineMicro(program: Command, context: CommandContext): void {
  const { io, deps, argv, finish } = context;
  const command = program
    .command('micro')
    .usage('[options]')
    .summary("measure what switches cost, or what servers' options do")
    .description(
      'Measures what a switch costs: between coroutines, goroutines and threads, beside the system calls of a bare ' +
        'request. With --options: what the options of servers do to CPU per request, p99 and memory.',
    );
  switchesOptions(command);
  optionsOptions(command);
  bothOptions(command);
  command.addHelpText('after', afterHelp(typedCommand('micro', io.env)));
  command.action(async (options: RawOptions) => {
    requireNoSwallowedOptions(command, io.env);
    requireOnePart(options);
    finish(await micro(toRequest(options, argv), io, deps));
  });
}

function switchesOptions(command: Command): void {
  command
    .option('--rounds <n>', 'values per row; 6 or more for intervals (20)', (text) =>
      parseCount('--rounds', text, ROUNDS),
    )
    .option('--sample <time>', 'measured time of one value (25ms)', (text) =>
      parseDuration('--sample', text, SAMPLE_MS),
    );
}

function optionsOptions(command: Command): void {
  command
    .option('--options', "measure the sets of flags that servers' variant.json list (ablation)")
    .option('--variants <names>', 'with --options: servers to take (all)', (text) =>
      parseNames('--variants', text),
    )
    .option(
      '--variant-dir <folder>',
      'with --options: a variant, or a folder of variants, outside servers/; may be repeated',
      (text: string, before: string[] | undefined) => [...(before ?? []), text],
    )
    .option('--connections <list>', 'with --options: connection counts (64,512)', (text) =>
      parseCounts('--connections', text, CONNECTIONS),
    )
    .option('--blocks <n>', 'with --options: repetitions of everything (10)', (text) =>
      parseCount('--blocks', text, BLOCKS),
    )
    .option('--window <time>', 'with --options: measured time of one trial (700ms)', (text) =>
      parseDuration('--window', text, WINDOW_MS),
    )
    .option('--warmup <time>', 'with --options: load before the window (300ms)', (text) =>
      parseDuration('--warmup', text, WARMUP_MS),
    )
    .option(
      '--idle <n>',
      'with --options: idle connections for bytes per connection; 0: none (2000)',
      (text) => parseCount('--idle', text, IDLE),
    );
}

function bothOptions(command: Command): void {
  command
    .option('--cpus <sides>', 'CPUs, for example server=0,client=1: rows run on the server side')
    .option('--seed <text>', 'repeat the random order of an earlier run', (text) =>
      parseSeed('--seed', text),
    )
    .option('--out <folder>', "where the run's folder is made (reports/ in the repository)")
    .option('--json', 'print micro.json on stdout instead of the table');
}

function afterHelp(typed: string): string {
  return `
Examples:
  ${typed.replace(/ --$/, '')}
  ${typed} --rounds 40
  ${typed} --options --connections 64 --idle 10000

Writes <out>/micro-<id>/micro.json: every sample, the machine, and the table.
docs/MICRO.md says what each row is and what it cannot tell. Exit status as of
compare.`;
}

function requireOnePart(raw: RawOptions): void {
  const { foreign, remedy } = raw.options
    ? { foreign: ONLY_SWITCHES, remedy: 'leave it out, or leave out --options' }
    : { foreign: ONLY_OPTIONS, remedy: 'add --options' };
  const asked = new Map(Object.entries(raw));
  const found = foreign.find((name) => asked.has(name));
  if (found === undefined) return;
  const flag = `--${found.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const when = raw.options ? 'has no meaning with --options' : 'goes with --options only';
  throw new UserError(`${flag} ${when}`, remedy, { exitCode: 2 });
}

function toRequest(raw: RawOptions, argv: readonly string[]): MicroRequest {
  const { variants, cpus, out } = raw;
  const both = {
    seed: raw.seed ?? makeSeed(),
    json: raw.json ?? false,
    argv,
    ...given({ cpus, out }),
  };
  if (raw.options !== true) {
    return { part: 'switches', ...both, rounds: raw.rounds ?? 20, sampleMs: raw.sample ?? 25 };
  }
  return {
    part: 'options',
    ...both,
    variantDirs: raw.variantDir ?? [],
    connections: raw.connections ?? [64, 512],
    blocks: raw.blocks ?? 10,
    windowMs: raw.window ?? 700,
    warmupMs: raw.warmup ?? 300,
    idleConnections: raw.idle ?? 2000,
    ...given({ variants }),
  };
}
