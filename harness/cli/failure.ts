/**
 * How an error is printed, once, at the top: what happened, what to do, what the program in
 * question last said.
 */
import { UserError } from '../errors.js';
import { LoadError } from '../load/client.js';
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
