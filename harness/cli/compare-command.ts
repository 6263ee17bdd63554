/** `iomodels compare`: its options, their help, and the request they make. */
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { given } from '../optional.js';
import { type PlanRequest, PROFILE_NAMES, PROFILES } from '../plan/profiles.js';
import { REFERENCE_VARIANT } from '../plan/reference.js';
import type { Plan } from '../results/schema.js';
import { type CompareRequest, compare } from './compare.js';
import type { CommandContext } from './deps.js';
import { typedCommand } from './io.js';
import {
  loadOptions,
  loadRequested,
  type RawLoadOptions,
  type RawSweepOptions,
  sweepOptions,
  sweepRequested,
  workloadsHelp,
} from './load-options.js';
import { requireNoSwallowedOptions } from './npm-options.js';
import { resumeRun } from './resume.js';
import { makeSeed } from './runs.js';
import {
  parseChoice,
  parseCount,
  parseCounts,
  parseDuration,
  parseNames,
  parsePercent,
  parseSeed,
} from './values.js';

const BLOCKS = { min: 1, max: 1000 };
const CONNECTIONS = { min: 1, max: 60_000 };
const WINDOW_MS = { min: 50, max: 600_000 };
const WARMUP_MS = { min: 0, max: 600_000 };
const BUDGET_MIN = { min: 1, max: 1440 };
const PRECISION_PERCENT = { min: 0.5, max: 50 };
const NETS: readonly Plan['net'][] = ['lo', 'veth'];
const CLIENTS: readonly Plan['client'][] = ['native', 'autocannon', 'wrk'];

/** Adds the command; its exit status goes to context.finish. */
export function defineCompare(program: Command, context: CommandContext): void {
  const { io, deps, argv, finish } = context;
  const command = program
    .command('compare')
    .usage('[options]')
    .summary('measure servers side by side and write a report')
    .description(
      'Builds and checks every server, measures them in blocks of random order, and shows what each I/O model costs ' +
        `per request, beside ${REFERENCE_VARIANT}.`,
    );
  whatOptions(command);
  loadOptions(command);
  sweepOptions(command);
  howOptions(command);
  whereOptions(command);
  command.addHelpText('after', afterHelp(typedCommand('compare', io.env)));
  command.action(async (options: RawOptions) => {
    requireNoSwallowedOptions(command, io.env);
    if (options.resume !== undefined) {
      requireResumable(command);
      const { resume, variantDir = [], out, json = false } = options;
      const request = { runId: resume, variantDirs: variantDir, json, argv, ...given({ out }) };
      return finish(await resumeRun(request, io, deps));
    }
    finish(await compare(toRequest(options, argv), io, deps));
  });
}

type AsRequested = 'variants' | 'connections' | 'profile' | 'blocks' | 'precision' | 'cpus';

interface RawOptions
  extends RawSweepOptions,
    RawLoadOptions,
    Partial<Pick<PlanRequest, AsRequested | 'seed' | 'client' | 'net'>> {
  readonly variantDir?: string[];
  readonly window?: number;
  readonly warmup?: number;
  readonly budget?: number;
  /** commander's name of --no-calibration; true unless it was given. */
  readonly calibration?: boolean;
  /** commander's name of --no-evidence; true unless it was given. */
  readonly evidence?: boolean;
  readonly out?: string;
  readonly json?: boolean;
  readonly resume?: string;
}

function whatOptions(command: Command): void {
  command
    .option(
      '--variants <names>',
      `servers to compare, for example ${REFERENCE_VARIANT},my-server; all: every one that is there (those that variant.json takes by default)`,
      (text) => parseNames('--variants', text),
    )
    .option(
      '--variant-dir <folder>',
      'a variant, or a folder of variants, outside servers/; may be repeated',
      (text: string, before: string[] | undefined) => [...(before ?? []), text],
    )
    .option(
      '--connections <list>',
      'connection counts, each a condition of its own (1,64,512)',
      (text) => parseCounts('--connections', text, CONNECTIONS),
    );
}

function howOptions(command: Command): void {
  command
    .option(
      '--profile <name>',
      `how much to measure: ${PROFILE_NAMES.join(', ')} (default)`,
      (text) => parseChoice('--profile', text, PROFILE_NAMES),
    )
    .option('--blocks <n>', 'repetitions of everything; 6 or more for intervals', (text) =>
      parseCount('--blocks', text, BLOCKS),
    )
    .option('--window <time>', 'measured time of one trial: 1500ms, 1.5s', (text) =>
      parseDuration('--window', text, WINDOW_MS),
    )
    .option('--warmup <time>', 'load before the window that is not measured', (text) =>
      parseDuration('--warmup', text, WARMUP_MS),
    )
    .option('--budget <minutes>', 'for the whole run: windows and blocks shrink to fit', (text) =>
      parseCount('--budget', text, BUDGET_MIN),
    )
    .option(
      '--precision <percent>',
      'a condition ends early once every CPU ratio is known this well to a side: 3%, 2.5%',
      (text) => parsePercent('--precision', text, PRECISION_PERCENT),
    )
    .option(
      '--cpus <sides>',
      'CPUs of both sides, for example server=0,client=1 or server=0-1,client=2',
    )
    .option('--seed <text>', 'repeat the random order of an earlier run', (text) =>
      parseSeed('--seed', text),
    )
    .option('--no-calibration', 'skip the self-tests of the instruments; the run is never clean')
    .option('--no-evidence', 'skip what only claims need: traces, switch costs, memory, sources')
    .option('--client <name>', `load generator: ${CLIENTS.join(', ')} (native)`, (text) =>
      parseChoice('--client', text, CLIENTS),
    )
    .option(
      '--net <name>',
      'lo, or veth: client and server in namespaces of their own, as a check; takes root (lo)',
      (text) => parseChoice('--net', text, NETS),
    );
}

function whereOptions(command: Command): void {
  command
    .option('--out <folder>', "where the run's folder is made (reports/ in the repository)")
    .option('--json', 'print the summary as JSON on stdout instead of the table')
    .option('--resume <run-id>', 'measure what an interrupted run lacks, by its own plan');
}

/** What may be given with --resume: all else is in the plan of the run. */
const BESIDE_RESUME = ['--resume', '--out', '--json', '--variant-dir'];

/** Throws UserError when options would change the plan of a run that has one. */
function requireResumable(command: Command): void {
  const given = command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .flatMap(({ long }) => long ?? []);
  const wrong = given.filter((name) => !BESIDE_RESUME.includes(name));
  if (wrong.length === 0) return;
  throw new UserError(
    `${wrong.join(', ')} cannot stand beside --resume: the run has its plan`,
    'leave it out, or measure anew without --resume',
    { exitCode: 2 },
  );
}

function afterHelp(typed: string): string {
  const bare = typed.replace(/ --$/, '');
  const profiles = PROFILE_NAMES.map((name) => {
    const { blocks, windowMs, summary } = PROFILES[name];
    return `  ${name.padEnd(8)} ${summary}\n           (${blocks} blocks, ${windowMs / 1000} s of each server in each)`;
  });
  return `
Profiles (options after --profile change single values):
${profiles.join('\n')}

Workloads (:N sets what stands for N; without it those in brackets):
${workloadsHelp()}

Examples:
  ${bare}
  ${typed} --profile smoke
  ${typed} --connections 1,8,64 --blocks 12
  ${typed} --workloads relay,work:50,idle:5000 --connections 64
  ${typed} --workloads sleep --rate 2000,8000 --connections 64
  ${typed} --sweep --slo 1,5
  ${typed} --variant-dir ../my-server --cpus server=0-1,client=2,3

Writes <out>/<run-id>/trials.ndjson (one line per trial, as it happens),
results.json and report.html; <out>/latest points to the newest run. The table
goes to stdout, progress to stderr. Ctrl-C ends a run in good order and keeps
what was measured; a second one ends it at once. --resume finishes a run that
was interrupted or killed.

After the trials it gathers evidence (about a minute; none in a smoke run) and
says what the run shows about each claim (docs/CLAIMS.md).

A run ends clean, noisy or invalid; blocks that the machine disturbed are
repeated at the end, at most a third more.

Exit status: 0 complete, 1 failed or measured in part, 2 wrong arguments,
130 or 143 interrupted.`;
}

function toRequest(raw: RawOptions, argv: readonly string[]): CompareRequest {
  const { variants, connections, blocks, window, warmup, budget, precision } = raw;
  const { cpus, net, out } = raw;
  return {
    profile: raw.profile ?? 'default',
    seed: raw.seed ?? makeSeed(),
    client: raw.client ?? 'native',
    json: raw.json ?? false,
    calibration: raw.calibration ?? true,
    evidence: raw.evidence ?? true,
    variantDirs: raw.variantDir ?? [],
    argv,
    ...loadRequested(raw),
    ...sweepRequested(raw),
    ...given({ variants, connections, blocks, windowMs: window, warmupMs: warmup }),
    ...given({ budgetMs: budget === undefined ? undefined : 60_000 * budget }),
    ...given({ precision, cpus, net, out }),
  };
}
