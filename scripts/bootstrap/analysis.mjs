/**
 * build/Release/compile_commands.json: how each C++ file is compiled, for clang-tidy and for
 * editors.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { configure, DEFAULT_BUILD_TYPE, nativeInputs } from './native.mjs';
import { readStamp, writeStamp } from './stamp.mjs';
import { announced } from './tool.mjs';
import { requireBuildTools } from './toolchain.mjs';

/** Folder that clang-tidy's -p takes. */
export const ANALYSIS_FOLDER = `build/${DEFAULT_BUILD_TYPE}`;

/**
 * @param {import('./system.mjs').System} system
 * @returns {import('./ensure.mjs').Step}
 */
export function analysisStep(system) {
  const stampFile = path.join(system.root, 'build', '.iomodels-analysis.json');
  const database = path.join(system.root, ANALYSIS_FOLDER, 'compile_commands.json');
  return {
    isFresh: () =>
      existsSync(database) && readStamp(stampFile)?.inputs === nativeInputs(system.root),
    async run() {
      const stamp = { inputs: nativeInputs(system.root) };
      const tools = await requireBuildTools(system);
      await announced('writing compile_commands.json', () =>
        configure(system, tools, ['-f', 'compile_commands_json']),
      );
      writeFileSync(database, JSON.stringify(withParts(system.root, database), null, 2));
      writeStamp(stampFile, stamp);
    },
  };
}

/** @typedef {{ command: string, directory: string, file: string }} Entry */

const PART = /^#include "([^"]+\.cc)"/gm;

/**
 * The entries, and one for each source that is compiled as a part of another (library.cc): with the
 * flags of the whole.
 * @param {string} root
 * @param {string} database
 * @returns {Entry[]}
 */
function withParts(root, database) {
  /** @type {Entry[]} */
  const entries = JSON.parse(readFileSync(database, 'utf8'));
  const files = new Set(entries.map(({ file }) => file));
  const parts = entries.flatMap((entry) =>
    [...readFileSync(path.resolve(entry.directory, entry.file), 'utf8').matchAll(PART)]
      .map(([, part]) => path.join(root, 'native', part ?? ''))
      .filter((file) => !files.has(file) && existsSync(file))
      .map((file) => ({ ...entry, file, command: entry.command.replaceAll(entry.file, file) })),
  );
  return [...entries, ...parts];
}
