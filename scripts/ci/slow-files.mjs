/**
 * A reporter for vitest: writes down the test files that took longest, with what they took to be
 * loaded and what their tests took.
 *
 *   npx vitest run --reporter=./scripts/ci/slow-files.mjs --outputFile.slow=<file>
 */
import { writeFileSync } from 'node:fs';

/**
 * Both in ms. What a file does while it is loaded, such as building and running native tests, is
 * no test's time.
 * @typedef {{ name: string, loadMs: number, testsMs: number }} FileTime
 */

const NAMED = 15;

/**
 * The longest first, a line each, and what all took.
 * @param {readonly FileTime[]} files
 */
export function table(files) {
  const whole = (/** @type {FileTime} */ { loadMs, testsMs }) => loadMs + testsMs;
  const longest = [...files].sort((a, b) => whole(b) - whole(a)).slice(0, NAMED);
  const sum = (/** @type {(file: FileTime) => number} */ of) =>
    files.reduce((total, file) => total + of(file), 0);
  const all = {
    name: `all ${files.length} files`,
    loadMs: sum(({ loadMs }) => loadMs),
    testsMs: sum(({ testsMs }) => testsMs),
  };
  return [...longest, all].map(
    (file) =>
      `${seconds(whole(file))}  loading ${seconds(file.loadMs)}  tests ${seconds(file.testsMs)}  ${file.name}\n`,
  );
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}

export default class SlowFiles {
  /** @type {import('vitest/node').Vitest | undefined} */
  #vitest;

  /** @param {import('vitest/node').Vitest} vitest */
  onInit(vitest) {
    this.#vitest = vitest;
  }

  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    const output = this.#vitest?.config.outputFile;
    const file = typeof output === 'object' ? /** @type {any} */ (output).slow : undefined;
    const lines = table(
      modules.map((module) => {
        const { collectDuration, prepareDuration, setupDuration, duration } = module.diagnostic();
        const loadMs = collectDuration + prepareDuration + setupDuration;
        return { name: module.relativeModuleId, loadMs, testsMs: duration };
      }),
    );
    if (file === undefined) process.stdout.write(lines.join(''));
    else writeFileSync(file, lines.join(''));
  }
}
