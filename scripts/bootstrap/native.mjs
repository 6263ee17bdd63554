/**
 * The native build: node-gyp writes makefiles from binding.gyp, make does the rest, and nothing is
 * downloaded: the headers are those of the running Node. Any gyp configuration can be built:
 * `make -C build BUILDTYPE=<name>`.
 *
 * build/.iomodels-<type>.json says how far a build came:
 *
 *   state      means                            next run
 *   (none)     never built                      builds
 *   building   interrupted, objects may be torn  starts that configuration afresh
 *   failed     a tool said no                   builds what is left
 *   done       complete                         nothing, unless inputs, tools or outputs differ
 */
import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { installOwn } from './dependencies.mjs';
import { BootstrapError } from './failure.mjs';
import { filesUnder, hashFiles, readStamp, writeStamp } from './stamp.mjs';
import { announced, mustRun } from './tool.mjs';
import { likelyCompilerVersion, requireBuildTools } from './toolchain.mjs';
import { nativeVariants, writeVariantsGypi } from './variants-gypi.mjs';

/** @typedef {import('./system.mjs').System} System */

export const DEFAULT_BUILD_TYPE = 'Release';
const COMPILE_REMEDY = 'Correct what the compiler names above, then run this again.';
const NODE_GYP = 'node_modules/node-gyp/bin/node-gyp.js';

/**
 * @param {System} system
 * @param {string} [type] gyp configuration
 * @returns {import('./ensure.mjs').Step}
 */
export function nativeStep(system, type = DEFAULT_BUILD_TYPE) {
  const stampFile = stampFileOf(system.root, type);
  return {
    isFresh() {
      const stamp = readStamp(stampFile);
      return (
        stamp?.state === 'done' &&
        stamp.inputs === nativeInputs(system.root) &&
        sameTools(stamp, system) &&
        allPresent(system.root, stamp.outputs)
      );
    },
    async run() {
      const tools = await requireBuildTools(system);
      const made = {
        inputs: nativeInputs(system.root),
        node: system.nodeVersion,
        compiler: likelyCompilerVersion(system.env) ?? '',
        flags: flagsIn(system.env),
      };
      const before = readStamp(stampFile);
      if (before === null || before.state === 'building' || !sameTools(before, system)) {
        rmSync(path.join(system.root, 'build', type), { recursive: true, force: true });
      }
      writeStamp(stampFile, { ...made, state: 'building' });
      try {
        await announced(`building native code (${tools.version}, ${type})`, () =>
          build(system, tools, type),
        );
      } catch (error) {
        // A tool that failed has cleaned up after itself. An interrupt is another error and leaves
        // `building`.
        if (error instanceof BootstrapError) writeStamp(stampFile, { ...made, state: 'failed' });
        throw error;
      }
      const outputs = listOutputs(system.root, type);
      writeStamp(stampFile, { ...made, state: 'done', outputs });
    },
  };
}

/**
 * @param {string} root
 * @param {string} type
 */
function stampFileOf(root, type) {
  return path.join(root, 'build', `.iomodels-${type}.json`);
}

/**
 * @param {System} system
 * @param {import('./toolchain.mjs').BuildTools} tools
 * @param {string} type
 */
async function build(system, tools, type) {
  await configure(system, tools, []);
  const jobs = `-j${availableParallelism()}`;
  await mustRun(
    [tools.make, '-C', 'build', `BUILDTYPE=${type}`, jobs],
    { cwd: system.root, env: toolEnvironment(system, tools) },
    COMPILE_REMEDY,
  );
}

/**
 * Only native servers of a checkout, without a state file: for one that is made again when it is
 * not complete. What another checkout has built of equal sources is copied: the same tools would
 * make the same bytes.
 * @param {System} system
 * @param {readonly string[]} folders in servers/; those that are not there or not native are passed
 *   over
 * @param {string} [other] root of another checkout
 */
export async function buildServers(system, folders, other) {
  const wanted = nativeVariants(system.root).filter(({ folder }) => folders.includes(folder));
  const servers = wanted.map(({ name }) => name);
  if (servers.length === 0 || (other !== undefined && copied(system, servers, other))) return;
  const tools = await requireBuildTools(system);
  try {
    await configure(system, tools, []);
  } catch (error) {
    // An older binding.gyp may look for a package that the checkout of these tools has no more.
    if (!(error instanceof BootstrapError) || !(await installOwn(system))) throw error;
    await configure(system, tools, []);
  }
  const jobs = `-j${availableParallelism()}`;
  await mustRun(
    [tools.make, '-C', 'build', `BUILDTYPE=${DEFAULT_BUILD_TYPE}`, jobs, ...servers],
    { cwd: system.root, env: toolEnvironment(system, tools) },
    COMPILE_REMEDY,
  );
}

/**
 * Whether another checkout had the servers, complete and of equal sources.
 * @param {System} system
 * @param {readonly string[]} servers
 * @param {string} other
 */
function copied(system, servers, other) {
  const stamp = readStamp(stampFileOf(other, DEFAULT_BUILD_TYPE));
  if (stamp?.state !== 'done' || !sameTools(stamp, system)) return false;
  const files = servers.map((name) => `build/${DEFAULT_BUILD_TYPE}/${name}`);
  if (stamp.inputs !== nativeInputs(system.root) || !allPresent(other, files)) return false;
  for (const file of files) cpSync(path.join(other, file), path.join(system.root, file));
  return true;
}

/**
 * Writes native/variants.gypi and lets node-gyp write what `gypArgs` ask for (nothing: the
 * makefiles).
 * @param {System} system
 * @param {import('./toolchain.mjs').BuildTools} tools
 * @param {string[]} gypArgs
 */
export async function configure(system, tools, gypArgs) {
  writeVariantsGypi(system.root);
  const flags = [`--nodedir=${nodePrefix(system)}`, `--python=${tools.python}`];
  await mustRun(
    [system.execPath, NODE_GYP, 'configure', '--loglevel=warn', ...flags, '--', ...gypArgs],
    { cwd: system.root, env: toolEnvironment(system, tools) },
    'Correct binding.gyp or the variant.json that is named above, then run this again.',
  );
}

/**
 * @param {System} system
 * @param {import('./toolchain.mjs').BuildTools} tools
 */
function toolEnvironment({ env, execPath }, { cxx, cc }) {
  const { MAKEFLAGS: _flags, MAKELEVEL: _level, ...rest } = env;
  // binding.gyp runs `node`, which may be missing from PATH. At its end: PATH also chooses
  // compilers.
  const PATH = `${env.PATH ?? ''}:${path.dirname(execPath)}`;
  return { ...rest, PATH, CXX: cxx, CC: cc };
}

/**
 * The folder whose include/node holds the headers of the running Node.
 * @param {Pick<System, 'env' | 'execPath' | 'nodeVersion'>} system
 */
export function nodePrefix({ env, execPath, nodeVersion }) {
  const own = [execPath, realpathSync(execPath)].map((file) => path.resolve(file, '..', '..'));
  const places = [env.npm_config_nodedir, ...own].filter((place) => place !== undefined);
  const found = places.find((place) => existsSync(path.join(place, 'include/node/node.h')));
  if (found === undefined) {
    throw new BootstrapError(
      `Node's headers are missing: no include/node/node.h in ${[...new Set(places)].join(' or ')}.`,
      'Install Node from https://nodejs.org/en/download, whose archive has them (for Debian’s own ' +
        'nodejs: `apt-get install libnode-dev`), or set npm_config_nodedir to their prefix.',
    );
  }
  const version = readFileSync(path.join(found, 'include/node/node_version.h'), 'utf8');
  const major = /#define NODE_MAJOR_VERSION (\d+)/.exec(version)?.[1];
  if (!nodeVersion.startsWith(`v${major}.`)) {
    throw new BootstrapError(
      `The headers in ${found}/include/node are of Node ${major}, and this is ${nodeVersion}.`,
      'Install the headers of the Node that runs, or set npm_config_nodedir to their prefix.',
    );
  }
  return found;
}

/**
 * @param {import('./stamp.mjs').Stamp} stamp
 * @param {System} system
 */
function sameTools(stamp, system) {
  const compiler = likelyCompilerVersion(system.env);
  // Without a compiler there is nothing to compare, and a finished build still runs.
  const same = stamp.node === system.nodeVersion && stamp.flags === flagsIn(system.env);
  return same && (compiler ?? stamp.compiler) === stamp.compiler;
}

/**
 * What make takes from the environment, apart from the compilers.
 * @param {NodeJS.ProcessEnv} env
 */
function flagsIn(env) {
  const names = ['CPPFLAGS', 'CFLAGS', 'CXXFLAGS', 'LDFLAGS'];
  return names.map((name) => `${name}=${env[name] ?? ''}`).join(' ');
}

/** @param {string} root */
export function nativeInputs(root) {
  const isSource = (/** @type {string} */ file) => /\.(cc|cpp|c|h|hpp|S|s|gypi?)$/.test(file);
  const isVariant = (/** @type {string} */ file) =>
    /^servers\/[^/]+\/([^/]+\.(cc|hpp|h)|variant\.json)$/.test(file);
  return hashFiles(root, [
    'binding.gyp',
    'package-lock.json',
    'scripts/bootstrap/variants-gypi.mjs',
    'scripts/core-fingerprint.mjs',
    'scripts/one-source.mjs',
    ...filesUnder(root, 'native', (file) => isSource(file) && file !== 'native/variants.gypi'),
    ...filesUnder(root, 'servers', isVariant),
  ]);
}

/**
 * @param {string} root
 * @param {string} type
 */
function listOutputs(root, type) {
  const entries = readdirSync(path.join(root, 'build', type), { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => `build/${type}/${entry.name}`);
}

/**
 * @param {string} root
 * @param {string | string[] | undefined} outputs
 */
function allPresent(root, outputs) {
  return Array.isArray(outputs) && outputs.every((file) => existsSync(path.join(root, file)));
}
