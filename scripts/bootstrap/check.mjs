/**
 * `npm run check`: lint, format and types, each tool over everything, one line per tool; its output
 * only when it objects. A tool that is not installed is named and passed over, except where
 * IOMODELS_CI is set.
 */
import { clangTidy } from './clang-tidy.mjs';
import { filesUnder } from './stamp.mjs';
import { probe, runTool, which } from './tool.mjs';

/** @typedef {import('./system.mjs').System} System */
/** @typedef {import('./tool.mjs').ToolResult} ToolResult */
/** @typedef {{ name: string, needs?: string, run: () => Promise<ToolResult> }} Check */

const BIOME = 'node_modules/@biomejs/biome/bin/biome';
const TSC = 'node_modules/typescript/bin/tsc';

/**
 * @param {System} system
 * @param {Check[]} [list]
 * @returns {Promise<number>} exit status: 1 when a tool objects
 */
export async function runChecks(system, list = allChecks(system)) {
  let failures = 0;
  for (const check of list) if (!(await passes(system, check))) failures += 1;
  process.stderr.write(failures === 0 ? 'check: all passed\n' : `check: ${failures} failed\n`);
  return failures === 0 ? 0 : 1;
}

/**
 * Rewrites the files as the checks want them.
 * @param {System} system
 */
export async function runFormat(system) {
  const biome = await node(system, [BIOME, 'check', '--write', '.']);
  const clang = which('clang-format', system.env);
  const files = cppFiles(system.root);
  const cpp = clang === null ? biome : await tool(system, [clang, '-i', ...files]);
  const go = which('gofmt', system.env);
  const gofmt = go === null ? biome : await tool(system, [go, '-w', ...goFiles(system.root)]);
  const failed = [biome, cpp, gofmt].filter(({ status }) => status !== 0);
  for (const { output } of failed) process.stderr.write(output);
  return failed.length === 0 ? 0 : 1;
}

/**
 * @param {System} system
 * @returns {Check[]}
 */
function allChecks(system) {
  const files = cppFiles(system.root);
  // The native tests are not among gyp's targets, so the database does not know how to compile
  // them; the compiler's own warnings and three sanitizers look at them instead.
  const units = files.filter((file) => file.endsWith('.cc') && !file.startsWith('native/test/'));
  return [
    { name: 'biome', run: () => node(system, [BIOME, 'check', '--error-on-warnings', '.']) },
    { name: 'types of harness', run: () => node(system, [TSC, '--noEmit', '-p', '.']) },
    { name: 'types of scripts', run: () => node(system, [TSC, '--noEmit', '-p', 'scripts']) },
    {
      name: 'clang-format',
      needs: 'clang-format',
      run: () => tool(system, ['clang-format', '--dry-run', '-Werror', ...files]),
    },
    { name: 'clang-tidy', needs: 'clang-tidy', run: () => clangTidy(system, units) },
    { name: 'gofmt', needs: 'gofmt', run: () => gofmt(system) },
  ];
}

/**
 * @param {System} system
 * @param {Check} check
 */
async function passes(system, { name, needs, run }) {
  if (needs !== undefined && which(needs, system.env) === null) {
    const strict = system.env.IOMODELS_CI !== undefined;
    process.stderr.write(`check: ${name}: ${strict ? 'FAILED' : 'skipped'}: not installed\n`);
    return !strict;
  }
  const start = performance.now();
  const { status, output } = await run();
  const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  if (status !== 0) process.stderr.write(output);
  process.stderr.write(`check: ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${took})\n`);
  return status === 0;
}

/**
 * gofmt -l names the files that it would change, and succeeds.
 * @param {System} system
 * @returns {Promise<ToolResult>}
 */
async function gofmt(system) {
  const files = goFiles(system.root);
  if (files.length === 0) return { status: 0, output: '' };
  const { status, output } = await tool(system, ['gofmt', '-l', ...files]);
  return { status: status === 0 && output === '' ? 0 : 1, output };
}

/**
 * Our own files: those that git tracks or would track; in a tree without git, all in our folders.
 * @param {string} root
 * @param {RegExp} pattern
 */
function ownFiles(root, pattern) {
  const folders = ['native', 'servers', 'go-reference'];
  const tracked = probe(['git', '-C', root, 'ls-files', '-co', '--exclude-standard'], process.env);
  const all = tracked?.split('\n') ?? folders.flatMap((folder) => filesUnder(root, folder));
  return all.filter((file) => pattern.test(file));
}

/** @param {string} root */
function cppFiles(root) {
  return ownFiles(root, /^(native(?!\/vendor\/)|servers)\/.*\.(cc|hpp|h)$/);
}

/** @param {string} root */
function goFiles(root) {
  return ownFiles(root, /\.go$/);
}

/**
 * @param {System} system
 * @param {string[]} args
 */
function node(system, args) {
  return tool(system, [system.execPath, ...args]);
}

/**
 * @param {System} system
 * @param {string[]} command
 */
function tool({ root, env }, command) {
  return runTool(command, { cwd: root, env });
}
