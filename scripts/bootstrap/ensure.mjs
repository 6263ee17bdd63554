/**
 * Makes what is missing or stale, in order, one bootstrap at a time. When everything is fresh it
 * takes no lock, starts no tool but `c++ --version`, and prints nothing.
 */
import path from 'node:path';
import { analysisStep } from './analysis.mjs';
import { dependenciesStep } from './dependencies.mjs';
import { withLock } from './lock.mjs';
import { nativeStep } from './native.mjs';
import { requireGo } from './toolchain.mjs';
import { typescriptStep } from './typescript.mjs';

/** @typedef {import('./system.mjs').System} System */
/**
 * @typedef {object} Step
 * @property {() => boolean} isFresh
 * @property {() => Promise<void>} run makes it fresh, or throws a BootstrapError
 */
/** @typedef {{ root: string, steps: Step[] }} Plan */

/** Commands that start variants, and so may start Go. */
const COMMANDS_WITH_VARIANTS = [
  '--test',
  'compare',
  'conformance',
  'gate',
  'gate:qualify',
  'micro',
];

/**
 * What running anything needs.
 * @param {System} system
 * @param {string} [buildType]
 * @returns {Plan}
 */
export function runSteps(system, buildType) {
  const steps = [dependenciesStep(system), nativeStep(system, buildType), typescriptStep(system)];
  return { root: system.root, steps };
}

/**
 * What linters need: no compiled code.
 * @param {System} system
 * @returns {Plan}
 */
export function checkSteps(system) {
  return { root: system.root, steps: [dependenciesStep(system), analysisStep(system)] };
}

/** @param {Plan} plan */
export async function ensure({ root, steps }) {
  if (steps.every((step) => step.isFresh())) return;
  await withLock(
    path.join(root, 'build', '.iomodels-lock'),
    async () => {
      // Asked again: another bootstrap may have done it while we waited.
      for (const step of steps) if (!step.isFresh()) await step.run();
    },
    (pid) => process.stderr.write(`iomodels: waiting for another bootstrap here (pid ${pid})\n`),
  );
}

/**
 * Go is not ours to build with: the harness builds the Go variants and skips them, with the reason,
 * when there is none. So a missing Go is a warning here.
 * @param {System} system
 * @param {string} command
 */
export async function prepareGo(system, command) {
  if (!COMMANDS_WITH_VARIANTS.includes(command)) return;
  const warning = await requireGo(system);
  if (warning !== null) process.stderr.write(`iomodels: ${warning}\n`);
}
