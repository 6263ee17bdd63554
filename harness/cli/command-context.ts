/** What a command needs to be defined: it calls `finish` with its exit status. */
import type { CliDeps } from './deps.js';
import type { CliIo } from './io.js';

export interface CommandContext {
  readonly io: CliIo;
  readonly deps: CliDeps;
  readonly argv: readonly string[];
  readonly finish: (exitCode: number) => void;
}
