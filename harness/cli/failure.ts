/**
 * How an error is printed, once, at the top: what happened, what to do, what the program in
 * question last said.
 */

import type { Command, CommanderError } from 'commander';
import { UserError } from '../errors.js';
import { LoadError } from '../load/client.js';
import { whatExists } from '../plan/nearest.js';
import { type CliIo, typedCommand } from './io.js';
import { wrap } from './text.js';

export interface Failure {
  readonly text: string;
  readonly exitCode: number;
}

/**
 * The text ends with a newline. Prose is wrapped to `width`; stacks and what programs said are left
 * as they are.
 */
export function describeFailure(error: unknown, width: number): Failure {
  if (error instanceof UserError) {
    return { text: userErrorText(error, width), exitCode: error.exitCode };
  }
  if (error instanceof LoadError) return { text: `error: ${error.message}\n`, exitCode: 1 };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const request =
    'this is a bug in iomodels: please report it with the lines above (CONTRIBUTING.md says how)';
  return { text: `${detail}\n${request}\n`, exitCode: 1 };
}

function userErrorText({ message, remedy, output }: UserError, width: number): string {
  const said = output?.trimEnd() ?? '';
  const lines = [
    wrap(`error: ${message}`, width, '  '),
    `  ${wrap(`what to do: ${remedy}`, width - 2, '    ')}`,
    ...(said === '' ? [] : ['  last output:', ...said.split('\n').map((line) => `    ${line}`)]),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * What commander found wrong with the arguments, as a UserError with exit status 2 that names what
 * exists. `argv` is what the program was given.
 */
export function argumentError(
  { code, message }: CommanderError,
  program: Command,
  argv: readonly string[],
  env: CliIo['env'],
): UserError {
  const command = program.commands.find((candidate) => candidate.name() === argv[0]);
  const word = /'(.*?)'/.exec(message)?.[1] ?? '';
  const help = command ? `\`${typedCommand(command.name(), env)} --help\` explains them` : '';
  switch (code) {
    case 'commander.unknownOption': {
      const exist = (command ?? program).options.map(({ long }) => long ?? '');
      const remedy = `${whatExists(word, [...exist, '--help'])}${help === '' ? '' : `; ${help}`}`;
      return wrong(`there is no option ${word}`, remedy);
    }
    case 'commander.unknownCommand': {
      const exist = program.commands.map((candidate) => candidate.name());
      return wrong(`there is no command ${word}`, whatExists(word, exist));
    }
    case 'commander.excessArguments': {
      const extra = argv.slice(1).join(' ');
      const typed = command ? typedCommand(command.name(), env) : 'iomodels';
      const remedy = `options begin with two dashes; with npm they come after \`--\`: ${typed} --blocks 8`;
      return wrong(`too many arguments: ${extra}`, remedy);
    }
    default:
      return wrong(message.replace(/^error: /, ''), help || '`iomodels --help`');
  }
}

function wrong(message: string, remedy: string): UserError {
  return new UserError(message, remedy, { exitCode: 2 });
}
