/**
 * What commander found wrong with the arguments -> a UserError with exit status 2 that names what
 * exists.
 */
import type { Command, CommanderError } from 'commander';
import { UserError } from '../errors.js';
import { whatExists } from '../plan/nearest.js';
import { type CliIo, typedCommand } from './io.js';

/** `argv` is what the program was given. */
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
