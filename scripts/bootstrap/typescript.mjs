/**
 * dist/: the harness and its tools as JavaScript. Servers and measuring processes never run under a
 * TypeScript loader.
 */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { filesUnder, hashFiles, readStamp, removeStamp, writeStamp } from './stamp.mjs';
import { announced, mustRun } from './tool.mjs';

/** @typedef {import('./system.mjs').System} System */

const TSC = 'node_modules/typescript/bin/tsc';
/** What is run, and so has to be there. */
const FOLDERS = ['harness', 'scripts/tools'];

/**
 * @param {System} system
 * @returns {import('./ensure.mjs').Step}
 */
export function typescriptStep(system) {
  const { root } = system;
  const stampFile = path.join(root, 'dist', '.iomodels-stamp');
  return {
    isFresh: () =>
      readStamp(stampFile)?.inputs === inputsOf(root) &&
      sources(root).every((file) => existsSync(path.join(root, compiled(file)))),
    async run() {
      const stamp = { inputs: inputsOf(root) };
      removeStamp(stampFile);
      // With its notes of an earlier run, tsc would not write again what has been lost since.
      rmSync(path.join(root, 'dist', '.tsbuildinfo'), { force: true });
      await announced('compiling TypeScript', () =>
        mustRun(
          [system.execPath, TSC, '-p', '.'],
          { cwd: root, env: system.env },
          'Correct the types that tsc names above, then run this again.',
        ),
      );
      removeOrphans(root);
      writeStamp(stampFile, stamp);
    },
  };
}

/** @param {string} root */
function sources(root) {
  const isSource = (/** @type {string} */ file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts');
  return FOLDERS.flatMap((folder) => filesUnder(root, folder, isSource));
}

/** @param {string} root */
function inputsOf(root) {
  const others = ['tsconfig.json', 'package-lock.json', 'vitest.config.ts'];
  return hashFiles(root, [...FOLDERS.flatMap((folder) => filesUnder(root, folder)), ...others]);
}

/** @param {string} source */
function compiled(source) {
  return path.join('dist', source.replace(/\.tsx?$/, '.js'));
}

/**
 * Deletes what tsc once made of sources that are gone: a command or a test must not outlive its
 * source.
 * @param {string} root
 */
function removeOrphans(root) {
  const expected = new Set(sources(root).map(compiled));
  const isOutput = (/** @type {string} */ file) => /\.js(\.map)?$/.test(file);
  const made = FOLDERS.flatMap((folder) => filesUnder(root, path.join('dist', folder), isOutput));
  for (const file of made) {
    if (!expected.has(file.replace(/\.map$/, ''))) rmSync(path.join(root, file));
  }
}
