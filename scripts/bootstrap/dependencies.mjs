/**
 * node_modules, exactly as package-lock.json says. No install script runs: no dependency needs one.
 */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './failure.mjs';
import { hashFiles, readIfPresent, readStamp, removeStamp, writeStamp } from './stamp.mjs';
import { announced, mustRun, which } from './tool.mjs';

/** @typedef {import('./system.mjs').System} System */
/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} Package */
/** @typedef {Record<string, Package>} Packages */

const NPM_FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--include=dev'];

/**
 * @param {System} system
 * @returns {import('./ensure.mjs').Step}
 */
export function dependenciesStep(system) {
  const stampFile = path.join(system.root, 'node_modules', '.iomodels-stamp');
  const inputs = () => hashFiles(system.root, ['package-lock.json']);
  return {
    isFresh: () => isLinked(system.root) || readStamp(stampFile)?.inputs === inputs(),
    async run() {
      const stamp = { inputs: inputs() };
      // A developer's own `npm ci` is as good as ours.
      if (!installedAsLocked(system.root)) {
        removeStamp(stampFile);
        await announced('installing npm dependencies from the lock file', () => npmCi(system));
      }
      writeStamp(stampFile, stamp);
    },
  };
}

/**
 * A linked node_modules belongs to another checkout: `npm ci` would empty that one.
 * @param {string} root
 */
function isLinked(root) {
  return (
    lstatSync(path.join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() === true
  );
}

/** @param {System} system */
async function npmCi(system) {
  await mustRun(
    [...npmCommand(system), 'ci', ...NPM_FLAGS],
    { cwd: system.root, env: system.env },
    'Check the network and the registry that `npm config get registry` names, then run this again.',
  );
}

/**
 * npm that runs us, or npm on PATH.
 * @param {System} system
 */
function npmCommand({ env, execPath }) {
  const cli = env.npm_execpath;
  if (cli?.endsWith('npm-cli.js')) return [execPath, cli];
  if (which('npm', env) !== null) return ['npm'];
  throw new BootstrapError(
    'npm is not on PATH.',
    'It comes with Node from https://nodejs.org/en/download; Debian: `apt-get install npm`.',
  );
}

/**
 * Whether npm's own record of what it installed, which it writes last, agrees with the lock file.
 * @param {string} root
 */
export function installedAsLocked(root) {
  const locked = packagesOf(path.join(root, 'package-lock.json'));
  const installed = packagesOf(path.join(root, 'node_modules', '.package-lock.json'));
  if (locked === null || installed === null) return false;
  return Object.entries(locked).every(([where, entry]) => {
    const own = installed[where];
    if (where === '') return true;
    if (own === undefined) return entry.optional === true;
    return own.version === entry.version && own.integrity === entry.integrity;
  });
}

/**
 * @param {string} file
 * @returns {Packages | null}
 */
function packagesOf(file) {
  const text = readIfPresent(file);
  return text === null ? null : JSON.parse(text.toString('utf8')).packages;
}
