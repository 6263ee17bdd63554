/** `iomodels doctor`: what can be measured on this machine, what cannot, and how to repair it. */
import type { Command } from 'commander';
import type { CommandContext } from './deps.js';
import { examine, type Findings } from './doctor-findings.js';
import { doctorPage } from './doctor-page.js';
import { typedCommand, widthOf } from './io.js';
import { requireNoSwallowedOptions } from './npm-options.js';
import { parseCount, parseDuration } from './values.js';

const LOOK_MS = { min: 500, max: 60_000 };
const CONNECTIONS = { min: 1, max: 1_000_000 };

interface Options {
  readonly look: string;
  readonly connections: string;
  readonly json?: true;
}

/** Adds the command; its exit status goes to context.finish: 1 when nothing can be measured. */
export function defineDoctor(program: Command, { io, deps, finish }: CommandContext): void {
  const typed = typedCommand('doctor', io.env);
  const command = program
    .command('doctor')
    .usage('[options]')
    .summary('what this machine can measure, and how quiet it is')
    .description(
      'Tries every source of numbers, names the command that would mend what does not work, and looks for ten seconds at how quiet the machine is. Changes nothing.',
    )
    .option('--look <time>', 'how long to look, from 500ms to 60s', '10s')
    .option('--connections <n>', 'how many connections the limits should allow', '4096')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', `\nExamples:\n  ${typed}\n  ${typed} --look 2s --connections 512`);
  command.action(async (options: Options) => {
    requireNoSwallowedOptions(command, io.env);
    const lookMs = parseDuration('--look', options.look, LOOK_MS);
    const connections = parseCount('--connections', options.connections, CONNECTIONS);
    if (io.stderr.isTTY === true) io.stderr.write(`looking for ${lookMs / 1000} s…\n`);
    const findings = await examine({ machine: deps.readMachine(), connections, lookMs });
    io.stdout.write(options.json ? doctorJson(findings) : doctorPage(findings, widthOf(io.stdout)));
    finish(canMeasure(findings) ? 0 : 1);
  });
}

/** Whether a run could say anything at all. */
function canMeasure({ abilities }: Findings): boolean {
  return abilities.some(({ quality }) => quality !== 'unavailable');
}

/** JSON has no infinity, and null means unknown. */
function doctorJson(findings: Findings): string {
  const spell = (_: string, value: unknown) =>
    value === Number.POSITIVE_INFINITY ? 'unlimited' : value;
  return `${JSON.stringify(findings, spell, 2)}\n`;
}
