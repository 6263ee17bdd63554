/**
 * clang-tidy over native files. Most of its time goes to the headers that a file includes, so the
 * files of a folder are first looked at as one file that includes them all (15 files of
 * native/loadgen: 12 s of CPU time, one by one 65 s). Where that finds nothing, there is nothing.
 * Where it objects, for whatever reason, each of its files is looked at by itself, and only that
 * counts: two files may well use one name, each for something of its own.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ANALYSIS_FOLDER } from './analysis.mjs';
import { readIfPresent } from './stamp.mjs';
import { runTool } from './tool.mjs';

/** @typedef {import('./system.mjs').System} System */
/** @typedef {import('./tool.mjs').ToolResult} ToolResult */
/** @typedef {{ command: string, directory: string, file: string }} Entry of a compile database */
/** @typedef {{ files: string[], command: string[] }} Look files, relative to the root */

/** Git-ignored. */
const GATHERED_FOLDER = 'build/tidy';

/**
 * These checks report on the file itself alone, not of what it includes, so files
 * that have something for them are looked at by themselves: using-declarations, aliases of
 * namespaces, sources that are included.
 */
const OWN_CHECKS = [
  'bugprone-suspicious-include',
  'misc-unused-alias-decls',
  'misc-unused-using-decls',
];
const FOR_OWN_CHECKS =
  /^\s*using\s+[\w:]+::\w+\s*;|^\s*namespace\s+\w+\s*=|^\s*#\s*include\s+["<][^">]*\.(c|cc|cpp|cxx)[">]/m;

/**
 * @param {System} system
 * @param {readonly string[]} files relative to the root
 * @returns {Promise<ToolResult>} status 1 when it objects
 */
export async function clangTidy(system, files) {
  const gathered = gather(system, files);
  const together = new Set(gathered.flatMap((look) => look.files));
  const alone = files.filter((file) => !together.has(file)).map(single);
  const first = await lookAtAll(system, [...gathered, ...alone]);
  const doubtful = first.filter(
    ({ look, result }) => result.status !== 0 && together.has(look.files[0] ?? ''),
  );
  const again = doubtful.flatMap(({ look }) => look.files).map(single);
  const second = await lookAtAll(system, again);
  const bad = [...first.filter((one) => !doubtful.includes(one)), ...second].filter(
    ({ result }) => result.status !== 0,
  );
  const output = bad.map(({ result }) => result.output).join('');
  return { status: bad.length === 0 ? 0 : 1, output };
}

/**
 * @param {string} file
 * @returns {Look}
 */
function single(file) {
  return { files: [file], command: ['-p', ANALYSIS_FOLDER, file] };
}

/**
 * Writes a file per folder that includes those of its files that can be looked at as one; the
 * largest folders come first.
 * @param {System} system
 * @param {readonly string[]} files
 * @returns {Look[]}
 */
function gather({ root }, files) {
  /** @type {Map<string, string[]>} */
  const folders = new Map();
  for (const file of files) {
    if (FOR_OWN_CHECKS.test(readFileSync(path.join(root, file), 'utf8'))) continue;
    const folder = path.dirname(file);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  const known = entriesOf(root);
  /** @type {Entry[]} */
  const entries = [];
  /** @type {Look[]} */
  const looks = [];
  mkdirSync(path.join(root, GATHERED_FOLDER), { recursive: true });
  for (const [folder, members] of [...folders].sort((a, b) => b[1].length - a[1].length)) {
    const full = members.map((file) => path.join(root, file));
    const entry = known.find(({ file }) => full.includes(file));
    if (members.length < 2 || entry === undefined) continue;
    const name = `${GATHERED_FOLDER}/${folder.replaceAll('/', '_')}.cc`;
    const file = path.join(root, name);
    writeFileSync(file, full.map((member) => `#include "${member}"\n`).join(''));
    entries.push({ ...entry, file, command: entry.command.replaceAll(entry.file, file) });
    const checks = `--checks=${OWN_CHECKS.map((check) => `-${check}`).join()}`;
    looks.push({ files: members, command: [checks, '-p', GATHERED_FOLDER, name] });
  }
  const database = path.join(root, GATHERED_FOLDER, 'compile_commands.json');
  writeFileSync(database, JSON.stringify(entries));
  return looks;
}

/**
 * @param {string} root
 * @returns {Entry[]} none without a database: then every file is looked at by itself
 */
function entriesOf(root) {
  const text = readIfPresent(path.join(root, ANALYSIS_FOLDER, 'compile_commands.json'));
  return text === null ? [] : JSON.parse(text.toString('utf8'));
}

/**
 * One process per look, as many at once as there are CPUs.
 * @param {System} system
 * @param {readonly Look[]} looks
 */
async function lookAtAll({ root, env }, looks) {
  const waiting = looks.values();
  /** @type {{ look: Look, result: ToolResult }[]} */
  const found = [];
  const worker = async () => {
    for (const look of waiting) {
      const command = ['clang-tidy', '--quiet', ...look.command];
      found.push({ look, result: await runTool(command, { cwd: root, env }) });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return found;
}
