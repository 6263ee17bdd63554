import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pretend, type Scratch, scratch, script } from './testing.js';
import { probe, which } from './tool.mjs';
import {
  cCompiler,
  findCompiler,
  installCommand,
  requireBuildTools,
  requireGo,
} from './toolchain.mjs';

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n';

let home: Scratch;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

/**
 * The program itself, where PATH has a version manager's script that needs more of PATH than we
 * leave.
 */
function realPath(program: string): string {
  const found = which(program, process.env);
  if (found === null) throw new Error(`this test needs ${program}`);
  const self = ['python3', '-c', 'import sys; print(sys.executable)'];
  return program === 'python3' ? (probe(self, process.env)?.trim() ?? found) : found;
}

/** A machine whose PATH holds only `programs` of this one. */
function machineWith(programs: string[], changes: Parameters<typeof pretend>[1] = {}) {
  for (const program of programs) {
    const real = realPath(program);
    script(home, `bin/${program}`, `exec ${real} "$@"`);
  }
  const { CXX: _cxx, CC: _cc, ...env } = process.env;
  const own = { ...env, PATH: path.join(home.folder, 'bin'), IOMODELS_GO_BIN: '/nowhere' };
  return pretend(home.folder, { env: own, osRelease: DEBIAN, ...changes });
}

describe('findCompiler', () => {
  it('finds one that takes C++20, with its version', () => {
    const { env } = machineWith(['g++']);
    expect(findCompiler(env)).toMatchObject({ cxx: 'g++', cc: 'gcc', version: /\d+\.\d+/ });
  });

  it('passes over one that does not take C++20', () => {
    const { env } = machineWith(['g++']);
    script(home, 'bin/c++', '[ "$1" = --version ] && echo old 4.8 && exit 0\nexit 1');
    expect(findCompiler(env)?.cxx).toBe('g++');
  });

  it('obeys CXX', () => {
    const { env } = machineWith(['g++']);
    expect(findCompiler({ ...env, CXX: 'absent++' })).toBeNull();
  });

  it.each([
    ['ccache g++', 'ccache gcc'],
    ['g++ -m64', 'gcc -m64'],
    ['  g++  ', 'gcc'],
  ])('takes CXX=%j by its words', (CXX, cc) => {
    const { env } = machineWith(['g++']);
    script(home, 'bin/ccache', 'exec "$@"');
    expect(findCompiler({ ...env, CXX })).toMatchObject({
      cxx: CXX.trim(),
      cc,
      version: /\d+\.\d+/,
    });
  });

  it('takes an empty CXX and an empty CC for none', () => {
    const { env } = machineWith(['g++']);
    expect(findCompiler({ ...env, CXX: '', CC: ' ' })).toMatchObject({ cxx: 'g++', cc: 'gcc' });
  });
});

describe('cCompiler', () => {
  it.each([
    ['c++', 'cc'],
    ['g++-12', 'gcc-12'],
    ['clang++', 'clang'],
    ['/opt/llvm/bin/clang++-14', '/opt/llvm/bin/clang-14'],
    ['x86_64-linux-gnu-g++', 'x86_64-linux-gnu-gcc'],
    ['ccache g++ -isystem /opt/c++/include', 'ccache gcc -isystem /opt/c++/include'],
  ])('of %s is %s', (cxx, cc) => {
    expect(cCompiler(cxx)).toBe(cc);
  });
});

describe('requireBuildTools', () => {
  it.each([
    [['make', 'python3'], 'Missing: a C++20 compiler', 'sudo apt-get install -y g++'],
    [['g++', 'python3'], 'Missing: make.', 'sudo apt-get install -y make'],
    [['g++', 'make'], 'Missing: python3', 'sudo apt-get install -y python3'],
    [['make'], 'Missing: a C++20 compiler', 'sudo apt-get install -y g++ python3'],
  ])('with only %s on PATH says what to install', async (programs, message, remedy) => {
    const asked = requireBuildTools(machineWith(programs));
    await expect(asked).rejects.toMatchObject({
      message: expect.stringContaining(message),
      remedy: `Install it: ${remedy}`,
    });
  });

  it('installs what is missing itself as root on Debian without a terminal', async () => {
    const system = machineWith(['g++', 'python3'], { uid: 0 });
    const real = which('make', process.env);
    const log = path.join(home.folder, 'log');
    const made = path.join(home.folder, 'bin/make');
    script(
      home,
      'bin/apt-get',
      `echo "$@" >> ${log}
       if [ "$1" = install ]; then
         printf '#!/bin/sh\\nexec ${real} "$@"\\n' > ${made}; /bin/chmod +x ${made}
       fi`,
    );
    expect(await requireBuildTools(system)).toMatchObject({ cxx: 'g++', make: made });
    expect(readFileSync(log, 'utf8')).toBe('update -q\ninstall -y make --no-install-recommends\n');
  });

  it.each([
    ['absent++ -m64', 'CXX is "absent++ -m64", which is no program on PATH.'],
    ['old++', 'CXX is "old++", which does not compile C++20.'],
  ])('names CXX=%s and installs nothing, even as root', async (CXX, message) => {
    const system = machineWith(['g++', 'make', 'python3'], { uid: 0 });
    script(home, 'bin/old++', '[ "$1" = --version ] && echo old 4.8 && exit 0\nexit 1');
    script(home, 'bin/apt-get', `echo "$@" >> ${home.folder}/log`);
    const asked = requireBuildTools({ ...system, env: { ...system.env, CXX } });
    await expect(asked).rejects.toMatchObject({
      message,
      remedy: expect.stringContaining('or unset it'),
    });
    expect(() => readFileSync(path.join(home.folder, 'log'))).toThrow('ENOENT');
  });

  it.each([
    ['at a terminal', { uid: 0, interactive: true }],
    ['not as root', { uid: 1000 }],
    ['on another system', { uid: 0, osRelease: 'ID=fedora\n' }],
  ])('installs nothing %s', async (_, changes) => {
    const system = machineWith(['g++', 'python3'], changes);
    script(home, 'bin/apt-get', `echo "$@" >> ${home.folder}/log`);
    await expect(requireBuildTools(system)).rejects.toThrow('Missing: make.');
    expect(() => readFileSync(path.join(home.folder, 'log'))).toThrow('ENOENT');
  });

  it('shows what apt-get said when it failed', async () => {
    const system = machineWith(['g++', 'python3'], { uid: 0 });
    script(home, 'bin/apt-get', 'echo no network; exit 100');
    await expect(requireBuildTools(system)).rejects.toMatchObject({
      message: '`apt-get update -q` failed with status 100.',
      output: 'no network\n',
    });
  });
});

describe('requireGo', () => {
  it('says what to install, and that the Go variants will be skipped', async () => {
    const warning = await requireGo(machineWith([]));
    expect(warning).toContain('Missing: Go. The Go variants will be skipped.');
    expect(warning).toContain('sudo apt-get install -y golang-go');
  });

  it('puts a Go that is not on PATH there', async () => {
    const system = machineWith([]);
    script(home, 'go/bin/go', 'echo go version go1.99');
    system.env.IOMODELS_GO_BIN = path.join(home.folder, 'go/bin');
    expect(await requireGo(system)).toBeNull();
    expect(probe(['go', 'version'], system.env)).toBe('go version go1.99\n');
  });

  it('warns and goes on when the installation fails', async () => {
    const system = machineWith([], { uid: 0 });
    script(home, 'bin/apt-get', 'exit 100');
    expect(await requireGo(system)).toContain('The Go variants will be skipped.');
  });
});

describe('installCommand', () => {
  it.each([
    ['ID=debian', 0, 'apt-get install -y g++ make python3 golang-go'],
    [
      'ID=linuxmint\nID_LIKE="ubuntu debian"',
      1000,
      'sudo apt-get install -y g++ make python3 golang-go',
    ],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 0, 'dnf install -y gcc-c++ make python3 golang'],
    ['ID=arch', 0, 'pacman -S --needed gcc make python go'],
    ['ID=plan9', 0, ''],
  ])('for %j as uid %i', (osRelease, uid, command) => {
    expect(installCommand({ osRelease, uid }, ['compiler', 'make', 'python', 'go'])).toBe(command);
  });
});
