/** `iomodels gate:qualify`: its options, their help, what they ask for, and what it prints. */
import path from 'node:path';
import type { Command } from 'commander';
import { duration } from '../findings/format.js';
import { runQualification } from '../gate/lanes/qualify.js';
import type { QualifyRequest } from '../gate/lanes/qualify-job.js';
import type { Qualification, Rate } from '../gate/qualification.js';
import { changeText } from '../gate/text.js';
import { type Column, columnsFor, layOut } from './columns.js';
import type { CommandContext } from './deps.js';
import { withLaneTools } from './gate-tools.js';
import { typedCommand, widthOf } from './io.js';
import { requireNoSwallowedOptions } from './npm-options.js';
import { makeSeed } from './runs.js';
import { wrap } from './text.js';
import { parseCount, parseCounts, parseSeed } from './values.js';

const BLOCKS = { min: 4, max: 1000 };
const CONNECTIONS = { min: 1, max: 60_000 };

type Options = Partial<QualifyRequest> & { readonly out?: string; readonly json?: boolean };

/** Adds the command; its exit status goes to context.finish. */
export function defineGateQualify(program: Command, context: CommandContext): void {
  const { io, finish } = context;
  const inPlace = (file: string) => path.resolve(io.cwd(), file);
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
    .option('--config <file>', 'margins and sizes (gate.config.json in the repository)', inPlace)
    .option('--cpus <sides>', 'CPUs of both sides, for example server=0,client=1')
    .option('--seed <text>', 'repeat the random order of an earlier run', (text) =>
      parseSeed('--seed', text),
    )
    .option('--baselines <folder>', 'where the qualification goes (reports/baselines)', inPlace)
    .option('--out <folder>', "where the run's folder is made (reports/ in the repository)")
    .option('--json', 'print the qualification on stdout instead of the table');
  command.addHelpText('after', afterHelp(typedCommand('gate:qualify', io.env)));
  command.action(async (options: Options) => {
    requireNoSwallowedOptions(command, io.env);
    finish(await qualify(options, context));
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

/** Resolves with the exit status. Rejects with UserError. */
function qualify({ out, json = false, ...options }: Options, context: CommandContext) {
  const { stdout } = context.io;
  const defaults = { disturbance: true, calibration: true, seed: makeSeed() };
  const request: QualifyRequest = { ...defaults, ...options };
  const ending = 'ending, nothing is qualified';
  return withLaneTools('qualify', ending, out, context, async (tools) => {
    const { file, content } = await runQualification(request, tools);
    const table = `\n${renderQualification(content, widthOf(stdout))}\nwritten: ${file}\n`;
    stdout.write(json ? `${JSON.stringify(content, null, 2)}\n` : table);
    return content.qualified ? 0 : 1;
  });
}

const PROSE_WIDTH = 100;

/** No line is longer than `width` (at least 80), but for words that are. Ends with a newline. */
export function renderQualification(content: Qualification, width: number): string {
  const { qualified, machineClass, reasons, rates, durationMs } = content;
  const prose = Math.min(width, PROSE_WIDTH);
  const [top = '', bottom = '', ...rows] = layOut(columnsOf(rates), width);
  const why = rates.flatMap(({ what, variant, condition, why: text }) =>
    text === undefined ? [] : [`${what}, ${variant}, ${condition}: ${text}`],
  );
  const lines = [
    `${qualified ? 'QUALIFIED' : 'NOT QUALIFIED'}: ${machineClass}`,
    ...reasons.map((reason) => wrap(`- ${reason}`, prose, '  ')),
    '',
    ...[top, bottom, ...rows],
    '',
    ...why.map((text) => wrap(text, prose, '  ')),
    wrap(
      'Failed: decisions that ended in a fail, with the 95 % interval of Clopper and Pearson. Decisions are drawn from the ' +
        'same blocks again and again, so they are not independent: the intervals describe these blocks. ' +
        'indep.: decisions that share no block. Effect: CPU per request over all blocks.',
      prose,
      '  ',
    ),
    `took ${duration(durationMs)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function columnsOf(rates: readonly Rate[]): Column[] {
  return columnsFor(rates, [
    ['what', 'left', label],
    ['condition', 'left', ({ condition }) => condition],
    ['aim', 'right', ({ aim }) => (aim === null ? '' : changeText(aim))],
    ['effect', 'right', ({ effect }) => changeText(effect?.change ?? null)],
    ['failed', 'right', failedCell],
    ['open', 'right', ({ inconclusive }) => String(inconclusive)],
    ['pass', 'right', ({ pass }) => String(pass)],
    ['indep.', 'right', ({ independent }) => String(independent)],
  ]);
}

/** `A/A callback-epoll`, `10 % disturbed callback-epoll`, or what was injected. */
function label({ what, kind, variant }: Rate): string {
  switch (kind) {
    case 'same':
      return `${what} ${variant}`;
    case 'disturbed':
      return `${/\d+ %/.exec(what)?.[0] ?? ''} disturbed ${variant}`;
    case 'slower':
      return what;
  }
}

function failedCell({ fail, decisions, failRate }: Rate): [string, string] {
  if (failRate === null) return ['-', ''];
  const percent = (share: number) => (100 * share).toFixed(0);
  return [`${fail}/${decisions}`, `${percent(failRate.lo)}–${percent(failRate.hi)} %`];
}
