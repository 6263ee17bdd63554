/** `iomodels conformance`: what a server must do before its numbers mean anything. */
import path from 'node:path';
import type { Command } from 'commander';
import { CASES, SHORT_CASES } from '../conformance/cases.js';
import { type Surveyed, survey } from '../conformance/survey.js';
import { UserError } from '../errors.js';
import { ALL_VARIANTS } from '../plan/compare-plan.js';
import { discoverVariants } from '../plan/discover.js';
import { whatExists } from '../plan/nearest.js';
import type { Variant } from '../plan/variant.js';
import { closeClients } from '../server/client.js';
import { Interrupted } from '../server/wait.js';
import { conformanceTable, progressLine, verdictLine } from './conformance-table.js';
import type { CliDeps, CommandContext } from './deps.js';
import { type CliIo, typedCommand, widthOf } from './io.js';
import { requireNoSwallowedOptions } from './npm-options.js';
import { watchSignals } from './signals.js';
import { parseChoice, parseNames } from './values.js';

interface Options {
  readonly variantDir?: string[];
  readonly cases?: string[];
  readonly short?: true;
  readonly json?: true;
}

/** Adds the command; its exit status goes to context.finish: 1 when a variant fails. */
export function defineConformance(program: Command, { io, deps, finish }: CommandContext): void {
  const typed = typedCommand('conformance', io.env);
  const names = CASES.map(({ name }) => name);
  const command = program
    .command('conformance')
    .usage('<variant|all> [options]')
    .summary('whether servers do what they must before they are measured')
    .description(
      'Builds each variant and runs every case of the conformance suite against it; docs/CONFORMANCE.md says what they ask for.',
    )
    .argument('[variants...]', `variants by name, or ${ALL_VARIANTS}`)
    .option(
      '--variant-dir <folder>',
      'a variant, or a folder of variants, outside servers/; may be repeated',
      (text: string, before: string[] | undefined) => [...(before ?? []), text],
    )
    .option('--cases <names>', `only these: ${names.join(', ')}`, (text) =>
      parseNames('--cases', text).map((name) => parseChoice('--cases', name, names)),
    )
    .option('--short', 'only what every run asks for before it measures')
    .option('--json', 'print the results as JSON')
    .addHelpText('after', afterHelp(typed));
  command.action(async (asked: string[], options: Options) => {
    requireNoSwallowedOptions(command, io.env);
    const variants = await chosen(asked, options, io, deps, typed);
    finish(await conformance(variants, options, io, deps));
  });
}

function afterHelp(typed: string): string {
  return `
Examples:
  ${typed} all
  ${typed} my-server --variant-dir ../my-server --cases split,pipelining

Exit status: 0 when every variant passes or is skipped, 1 when one fails.`;
}

/** With --variant-dir alone: those in the folders. */
async function chosen(
  asked: readonly string[],
  { variantDir = [] }: Options,
  io: CliIo,
  deps: CliDeps,
  typed: string,
): Promise<readonly Variant[]> {
  const own = variantDir.map((folder) => path.resolve(io.cwd(), folder));
  const found = await discoverVariants([path.join(deps.root(), 'servers'), ...own]);
  const names = found.map(({ name }) => name);
  if (asked.length === 0 && own.length > 0) return discoverVariants(own);
  if (asked.length === 0) {
    const remedy = `name some, or ${ALL_VARIANTS}: ${typed} ${names[0] ?? ALL_VARIANTS}`;
    throw new UserError('no variant was named', remedy, { exitCode: 2 });
  }
  if (asked.includes(ALL_VARIANTS)) return found;
  const missing = asked.find((name) => !names.includes(name));
  if (missing === undefined) return found.filter(({ name }) => asked.includes(name));
  throw new UserError(`there is no variant ${missing}`, whatExists(missing, names), {
    exitCode: 2,
  });
}

async function conformance(
  variants: readonly Variant[],
  options: Options,
  io: CliIo,
  deps: CliDeps,
): Promise<number> {
  const watch = watchSignals(io, (name) => io.stderr.write(`${name}: ending\n`));
  const cases = casesOf(options);
  const done: Surveyed[] = [];
  try {
    for (const variant of variants) {
      const onCase: CaseListener = (name, result) =>
        void io.stderr.write(progressLine(name, result));
      const { signal } = watch;
      const one = await survey(variant, { root: deps.root(), cases, signal, onCase });
      io.stderr.write(verdictLine(one));
      done.push(one);
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return watch.exitCode() ?? 1;
  } finally {
    watch.end();
    // Those of checks that failed: they would keep this process.
    closeClients();
  }
  io.stdout.write(options.json ? jsonOf(done) : conformanceTable(done, cases, widthOf(io.stdout)));
  return done.some(({ status }) => status === 'failed') ? 1 : 0;
}

type CaseListener = NonNullable<Parameters<typeof survey>[1]['onCase']>;

function casesOf({ cases, short }: Options) {
  const all = short ? SHORT_CASES : CASES;
  return cases === undefined ? all : all.filter(({ name }) => cases.includes(name));
}

function jsonOf(variants: readonly Surveyed[]): string {
  return `${JSON.stringify({ schemaVersion: 1, variants }, null, 2)}\n`;
}
