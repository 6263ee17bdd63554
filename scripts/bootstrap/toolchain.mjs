/**
 * Finds the compilers. When one is missing it names the one system command that installs it; as
 * root on Debian or Ubuntu without a terminal (a container, a CI job) it runs that command itself
 * and says so.
 */
import { BootstrapError } from './failure.mjs';
import { announced, mustRun, probe, which } from './tool.mjs';

/** @typedef {import('./system.mjs').System} System */
/** @typedef {{ cxx: string, cc: string, version: string }} Compiler */
/** @typedef {Compiler & { make: string, python: string }} BuildTools */
/** @typedef {'compiler' | 'make' | 'python' | 'go'} Need */

/** What the sources use of C++20: a compiler that takes this takes them. */
const CXX20_PROBE = `
#include <bit>
#include <concepts>
#include <coroutine>
#include <span>
template <std::integral T> constexpr int width(T value) { return std::bit_width(value); }
struct Pair { int first; int second; };
int main() { constexpr Pair p{.first = 1, .second = 2}; return width(unsigned(p.first)) - 1; }
`;

/** The oldest Python that node-gyp runs on. */
const PYTHON_PROBE = 'import sys; sys.exit(sys.version_info < (3, 8))';

/** @type {Record<Need, string>} */
const WORDS = {
  compiler: 'a C++20 compiler (g++ or clang++)',
  make: 'make',
  python: 'python3 (3.8 or newer)',
  go: 'Go',
};

/** @type {{ manager: string, ids: string[], command: string, packages: Record<Need, string> }[]} */
const INSTALLERS = [
  {
    manager: 'apt-get',
    ids: ['debian', 'ubuntu'],
    command: 'apt-get install -y',
    packages: { compiler: 'g++', make: 'make', python: 'python3', go: 'golang-go' },
  },
  {
    manager: 'dnf',
    ids: ['fedora', 'rhel', 'centos'],
    command: 'dnf install -y',
    packages: { compiler: 'gcc-c++', make: 'make', python: 'python3', go: 'golang' },
  },
  {
    manager: 'pacman',
    ids: ['arch'],
    command: 'pacman -S --needed',
    packages: { compiler: 'gcc', make: 'make', python: 'python', go: 'go' },
  },
];

/**
 * A compiler that takes C++20, or null. CXX and CC of the environment come first; as in make, each
 * is one or more words (`ccache g++`, `g++ -m64`), and an empty one counts as none.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Compiler | null}
 */
export function findCompiler(env) {
  for (const cxx of candidates(env)) {
    const version = compilerVersion(cxx, env);
    if (version === null) continue;
    const command = [...wordsOf(cxx), '-std=c++20', '-fsyntax-only', '-x', 'c++', '-'];
    if (probe(command, env, CXX20_PROBE) === null) continue;
    return { cxx, cc: setting(env, 'CC') ?? cCompiler(cxx), version };
  }
  return null;
}

/** @param {NodeJS.ProcessEnv} env */
function candidates(env) {
  const own = setting(env, 'CXX');
  const names = own === undefined ? ['c++', 'g++', 'clang++'] : [own];
  return names.filter((name) => which(wordsOf(name)[0] ?? '', env) !== null);
}

/**
 * A variable of the environment; undefined when it is empty.
 * @param {NodeJS.ProcessEnv} env
 * @param {'CC' | 'CXX'} name
 */
function setting(env, name) {
  const value = env[name]?.trim() ?? '';
  return value === '' ? undefined : value;
}

/** @param {string} command */
function wordsOf(command) {
  return command.split(/\s+/);
}

/**
 * `g++ (Debian 12.2.0-14) 12.2.0`, or null when there is no such compiler.
 * @param {string} cxx
 * @param {NodeJS.ProcessEnv} env
 */
function compilerVersion(cxx, env) {
  return probe([...wordsOf(cxx), '--version'], env)?.split('\n')[0] ?? null;
}

/**
 * The version of the compiler that a build would try first, without compiling anything; null when
 * there is none.
 * @param {NodeJS.ProcessEnv} env
 */
export function likelyCompilerVersion(env) {
  const [first] = candidates(env);
  return first === undefined ? null : compilerVersion(first, env);
}

/** What a word that names a C++ compiler ends in, but for its version. */
const CXX_NAME = /(clang|g|c)\+\+(?=[^/]*$)/;
/** @type {Record<string, string>} */
const C_NAMES = { clang: 'clang', g: 'gcc', c: 'cc' };

/**
 * The C compiler that belongs to a C++ compiler: `ccache gcc-12 -m64` to `ccache g++-12 -m64`.
 * @param {string} cxx
 */
export function cCompiler(cxx) {
  const words = wordsOf(cxx);
  const at = words.findIndex((word) => !word.startsWith('-') && CXX_NAME.test(word));
  return words
    .map((word, index) =>
      index === at ? word.replace(CXX_NAME, (_, name) => C_NAMES[name] ?? '') : word,
    )
    .join(' ');
}

/**
 * Everything node-gyp and make need; installs it or says how.
 * @param {System} system
 * @returns {Promise<BuildTools>}
 */
export async function requireBuildTools(system) {
  let found = findBuildTools(system.env);
  // The user must correct what the user names: an installation would not change it.
  if ('missing' in found && found.missing.includes('compiler')) refuseOwnCompiler(system.env);
  if ('missing' in found) {
    await install(system, found.missing);
    found = findBuildTools(system.env);
  }
  if ('missing' in found) throw missingTools(system, found.missing);
  return found;
}

/** @param {NodeJS.ProcessEnv} env */
function refuseOwnCompiler(env) {
  const own = setting(env, 'CXX');
  if (own === undefined) return;
  const isThere = which(wordsOf(own)[0] ?? '', env) !== null;
  throw new BootstrapError(
    `CXX is "${own}", which ${isThere ? 'does not compile C++20' : 'is no program on PATH'}.`,
    'Set CXX to a C++20 compiler (g++ or clang++), or unset it.',
  );
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {BuildTools | { missing: Need[] }}
 */
function findBuildTools(env) {
  const compiler = findCompiler(env);
  const make = which('make', env);
  const python = ['python3', 'python'].find(
    (name) => which(name, env) !== null && probe([name, '-c', PYTHON_PROBE], env) !== null,
  );
  if (compiler !== null && make !== null && python !== undefined) {
    return { ...compiler, make, python };
  }
  /** @type {Need[]} */
  const missing = [];
  if (compiler === null) missing.push('compiler');
  if (make === null) missing.push('make');
  if (python === undefined) missing.push('python');
  return { missing };
}

/**
 * Puts Go on PATH if it is anywhere; installs it where that is ours to do. Returns a sentence for
 * the user when there is none, otherwise null.
 * @param {System} system
 */
export async function requireGo(system) {
  if (findGo(system.env)) return null;
  try {
    await install(system, ['go']);
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    return `${error.message} The Go variants will be skipped.\n  ${error.remedy}`;
  }
  if (findGo(system.env)) return null;
  const { message, remedy } = missingTools(system, ['go']);
  return `${message} The Go variants will be skipped.\n  ${remedy}`;
}

/** @param {NodeJS.ProcessEnv} env */
function findGo(env) {
  if (which('go', env) !== null) return true;
  // Where Go's own installer puts it; its instructions ask for a PATH that a fresh shell often
  // lacks.
  const home = env.IOMODELS_GO_BIN ?? '/usr/local/go/bin';
  if (which(`${home}/go`, env) === null) return false;
  env.PATH = `${env.PATH ?? ''}:${home}`;
  return true;
}

/**
 * Installs what is missing if nobody is there to do it, otherwise does nothing.
 * @param {System} system
 * @param {Need[]} needs
 */
async function install(system, needs) {
  const installer = installerOf(system.osRelease);
  const may = system.uid === 0 && !system.interactive && installer?.manager === 'apt-get';
  if (!may || which('apt-get', system.env) === null) return;
  const command = installCommand(system, needs);
  const options = { cwd: system.root, env: { ...system.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const remedy = `Install ${words(needs)} by hand, then run this again.`;
  await announced(`no ${words(needs)}; root without a terminal, so running \`${command}\``, () =>
    mustRun(['apt-get', 'update', '-q'], options, remedy).then(() =>
      mustRun([...command.split(' '), '--no-install-recommends'], options, remedy),
    ),
  );
}

/**
 * @param {System} system
 * @param {Need[]} needs
 */
function missingTools(system, needs) {
  const command = installCommand(system, needs);
  const remedy =
    command === '' ? 'Install it with your system’s package manager.' : `Install it: ${command}`;
  return new BootstrapError(`Missing: ${words(needs)}.`, remedy);
}

/**
 * The command that installs `needs` here, with sudo where it is needed; empty on a system we do not
 * know.
 * @param {Pick<System, 'osRelease' | 'uid'>} system
 * @param {Need[]} needs
 */
export function installCommand({ osRelease, uid }, needs) {
  const installer = installerOf(osRelease);
  if (installer === undefined) return '';
  const packages = needs.map((need) => installer.packages[need]);
  return `${uid === 0 ? '' : 'sudo '}${installer.command} ${packages.join(' ')}`;
}

/** @param {string} osRelease */
function installerOf(osRelease) {
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap(([, value = '']) =>
    value.replaceAll(/["']/g, '').split(' '),
  );
  return INSTALLERS.find((installer) => installer.ids.some((id) => ids.includes(id)));
}

/** @param {Need[]} needs */
function words(needs) {
  return needs.map((need) => WORDS[need]).join(', ');
}
