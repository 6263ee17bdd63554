#!/usr/bin/env node
/**
 * The one entry of every npm script. It makes what is missing or stale, then runs the command:
 *
 *   bootstrap.mjs <command> [args]    dist/harness/cli/main.js <command> args
 *   bootstrap.mjs --test [args]       vitest run args
 *   bootstrap.mjs --build [type]      nothing more; type is a gyp configuration (default Release)
 *   bootstrap.mjs --check             lint, format and types
 *   bootstrap.mjs --format            rewrite the files in the repository's format
 *
 * Plain JavaScript on node: modules only: it must run before anything is installed. Exit status:
 * the command's own; 1 when something could not be made; 128 + signal when interrupted.
 */
import { runChecks, runFormat } from './bootstrap/check.mjs';
import { checkSteps, ensure, prepareGo, runSteps } from './bootstrap/ensure.mjs';
import { printFailure } from './bootstrap/failure.mjs';
import { checkPlatform } from './bootstrap/platform.mjs';
import { runProgram } from './bootstrap/program.mjs';
import { currentSystem } from './bootstrap/system.mjs';
import { withInterrupts } from './bootstrap/tool.mjs';

/** @returns {Promise<number>} the exit status */
async function main() {
  const system = currentSystem();
  checkPlatform(system);
  const [first, ...rest] = process.argv.slice(2);
  switch (first) {
    case '--build':
      await withInterrupts(() => ensure(runSteps(system, rest[0])));
      return 0;
    case '--check':
      await withInterrupts(() => ensure(checkSteps(system)));
      return withInterrupts(() => runChecks(system));
    case '--format':
      await withInterrupts(() => ensure(checkSteps(system)));
      return withInterrupts(() => runFormat(system));
    case '--test':
      await withInterrupts(() => prepare(system, first));
      return runProgram(system, ['node_modules/vitest/vitest.mjs', 'run', ...rest]);
    default:
      await withInterrupts(() => prepare(system, first ?? '--help'));
      return runProgram(system, ['dist/harness/cli/main.js', ...process.argv.slice(2)]);
  }
}

/**
 * @param {import('./bootstrap/system.mjs').System} system
 * @param {string} command
 */
async function prepare(system, command) {
  await ensure(runSteps(system));
  await prepareGo(system, command);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = printFailure(error);
}
