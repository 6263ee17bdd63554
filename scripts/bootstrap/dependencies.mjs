/**
 * node_modules, exactly as package-lock.json says. No install script runs: no dependency needs one.
 */
import { lstatSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError } from './failure.mjs';
import { hashFiles, readIfPresent, readStamp, removeStamp, writeStamp } from './stamp.mjs';
import { announced, mustRun, which } from './tool.mjs';

/** @typedef {import('./system.mjs').System} System */
/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string[],
 *   cpu?: string[], libc?: string[] }} Package
 * @typedef {{ os: string, cpu: string, libc: string }} Platform
 */
/** @typedef {Record<string, Package>} Packages */

/** Compilers and linters are optional packages, one for each platform: npm's configuration may omit them. */
const NPM_FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--include=optional'];

/**
 * @param {System} system
 * @returns {import('./ensure.mjs').Step}
 */
export function dependenciesStep(system) {
  const stampFile = path.join(system.root, 'node_modules', '.iomodels-stamp');
  const inputs = () => hashFiles(system.root, ['package-lock.json']);
  // What npm writes last: an `npm install` or `npm prune` by hand is looked at again.
  const installed = () => hashFiles(system.root, ['node_modules/.package-lock.json']);
  return {
    isFresh() {
      const stamp = readStamp(stampFile);
      const isSame = stamp?.inputs === inputs() && stamp.installed === installed();
      return isLinked(system.root) || isSame;
    },
    async run() {
      const wanted = inputs();
      // A developer's own `npm ci` is as good as ours.
      if (!installedAsLocked(system.root)) {
        removeStamp(stampFile);
        await announced('installing npm dependencies from the lock file', () =>
          npmCi(system, '--include=dev'),
        );
        refuseIncomplete(system.root);
      }
      writeStamp(stampFile, { inputs: wanted, installed: installed() });
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

/**
 * Gives a checkout that links another's node_modules its own, when its packages differ: without
 * those for development, for a build alone. False when there is nothing to gain.
 * @param {System} system
 */
export async function installOwn(system) {
  const folder = path.join(system.root, 'node_modules');
  if (!isLinked(system.root)) return false;
  const other = path.dirname(realpathSync(folder));
  const lockOf = (/** @type {string} */ root) => hashFiles(root, ['package-lock.json']);
  if (lockOf(system.root) === lockOf(other)) return false;
  rmSync(folder);
  await announced('installing the npm dependencies of that checkout', () =>
    npmCi(system, '--omit=dev'),
  );
  return true;
}

/**
 * @param {System} system
 * @param {'--include=dev' | '--omit=dev'} group
 */
async function npmCi(system, group) {
  await mustRun(
    [...npmCommand(system), 'ci', ...NPM_FLAGS, group],
    { cwd: system.root, env: system.env },
    'Check the network and the registry that `npm config get registry` names, then run this again.',
  );
}

/**
 * npm may succeed and leave out what an option of its configuration omits.
 * @param {string} root
 */
function refuseIncomplete(root) {
  const [missing] = missingPackages(root);
  if (missing === undefined) return;
  throw new BootstrapError(
    `npm ci succeeded and did not install ${missing}.`,
    'Look for `omit`, `os`, `cpu` and `libc` in `npm config list`, take them out, then run this again.',
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
 * @param {Platform} [platform]
 */
export function installedAsLocked(root, platform) {
  return missingPackages(root, platform).length === 0;
}

/**
 * Places of the lock file whose package is not there as it says. An optional package has to be
 * there when it is for this platform; one that names no platform comes with another one.
 * @param {string} root
 * @param {Platform} [platform]
 */
function missingPackages(root, platform = thisPlatform()) {
  const locked = packagesOf(path.join(root, 'package-lock.json')) ?? {};
  const installed = packagesOf(path.join(root, 'node_modules', '.package-lock.json')) ?? {};
  const isMissing = (/** @type {string} */ where, /** @type {Package} */ entry) => {
    const own = installed[where];
    if (own === undefined) return entry.optional !== true || isFor(entry, platform);
    return own.version !== entry.version || own.integrity !== entry.integrity;
  };
  return Object.entries(locked)
    .filter(([where, entry]) => where !== '' && isMissing(where, entry))
    .map(([where]) => where);
}

/**
 * Whether a package names platforms, and this one is among them.
 * @param {Package} entry
 * @param {Platform} platform
 */
function isFor({ os, cpu, libc }, platform) {
  if (os === undefined && cpu === undefined && libc === undefined) return false;
  return allows(os, platform.os) && allows(cpu, platform.cpu) && allows(libc, platform.libc);
}

/**
 * As npm reads such a list: names that are allowed, or `!name` for one that is not.
 * @param {string[] | undefined} list
 * @param {string} value
 */
function allows(list, value) {
  if (list === undefined) return true;
  if (list.includes(`!${value}`)) return false;
  const names = list.filter((name) => !name.startsWith('!'));
  return names.length === 0 || names.includes(value) || names.includes('any');
}

/** @returns {Platform} */
function thisPlatform() {
  // As npm distinguishes them. The network's addresses would take time, and nobody reads them.
  const report = /** @type {{ excludeNetwork?: boolean, getReport(): any }} */ (process.report);
  report.excludeNetwork = true;
  const libc = report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return { os: process.platform, cpu: process.arch, libc };
}

/**
 * @param {string} file
 * @returns {Packages | null}
 */
function packagesOf(file) {
  const text = readIfPresent(file);
  return text === null ? null : JSON.parse(text.toString('utf8')).packages;
}
