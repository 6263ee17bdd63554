/**
 * npm keeps options for itself that come before `--`: `npm run compare --blocks=8` reaches the
 * program without them, and would quietly measure something else than what was asked. npm does
 * leave a trace in the environment.
 */
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { type CliIo, typedCommand } from './io.js';

/**
 * Throws UserError when npm kept an option that `command` has. Silent when npm did not start this.
 */
export function requireNoSwallowedOptions(command: Command, env: CliIo['env']): void {
  if (env.npm_lifecycle_event !== command.name()) return;
  const swallowed = command.options
    .map((option) => option.name())
    .filter((name) => env[variableOf(name)] !== undefined);
  if (swallowed.length === 0) return;
  const flags = swallowed.map((name) => flagOf(name, env[variableOf(name)])).join(' ');
  const names = swallowed.map((name) => `--${name}`).join(', ');
  throw new UserError(
    `npm kept ${names} for itself`,
    `put \`--\` before the options: ${typedCommand(command.name(), env)} ${flags}`,
    { exitCode: 2 },
  );
}

function variableOf(option: string): string {
  return `npm_config_${option.replaceAll('-', '_')}`;
}

function flagOf(name: string, value: string | undefined): string {
  return value === undefined || value === '' || value === 'true'
    ? `--${name}`
    : `--${name} ${value}`;
}
