/**
 * build/Release/compile_commands.json: how each C++ file is compiled, for clang-tidy and for
 * editors.
 */
import { existsSync } from 'node:fs';
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
      writeStamp(stampFile, stamp);
    },
  };
}
