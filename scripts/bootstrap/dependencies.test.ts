import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dependenciesStep, installedAsLocked } from './dependencies.mjs';
import { pretend, repository, type Scratch, scratch, script } from './testing.js';

let home: Scratch;
beforeEach(() => {
  home = scratch();
  home.write('package-lock.json', lock('1.0.0'));
});
afterEach(() => home.remove());

const at = (file: string) => path.join(home.folder, file);

const MUSL = { os: ['linux'], cpu: ['x64'], libc: ['musl'] };
const GLIBC = { os: ['linux'], cpu: ['x64'], libc: ['glibc'] };

function lock(version: string): string {
  const packages = {
    '': {},
    'node_modules/a': { version, integrity: `sha512-${version}` },
    'node_modules/a-win32': { version, integrity: 'sha512-w', optional: true, os: ['win32'] },
    'node_modules/a-musl': { version, integrity: 'sha512-m', optional: true, ...MUSL },
    'node_modules/a-linux': { version, integrity: 'sha512-l', optional: true, ...GLIBC },
    'node_modules/for-another': { version, integrity: 'sha512-f', optional: true },
  };
  return JSON.stringify({ packages });
}

/** A machine whose npm writes down how it was called, and installs `version`. */
function machine(version: string) {
  home.write('installed.json', lock(version).replace('node_modules/a-win32', 'node_modules/b'));
  script(
    home,
    'bin/npm',
    `echo "$@" >> ${at('log')}; /bin/mkdir -p ${at('node_modules')}
     /bin/cp ${at('installed.json')} ${at('node_modules/.package-lock.json')}`,
  );
  return pretend(home.folder, { env: { PATH: at('bin') } });
}

it('runs npm ci without scripts, once', async () => {
  const step = dependenciesStep(machine('1.0.0'));
  expect(step.isFresh()).toBe(false);
  await step.run();
  expect(step.isFresh()).toBe(true);
  expect(readFileSync(at('log'), 'utf8')).toBe(
    'ci --ignore-scripts --no-audit --no-fund --include=optional --include=dev\n',
  );
});

it('runs npm ci again when the lock file changed', async () => {
  const system = machine('1.0.0');
  await dependenciesStep(system).run();
  home.write('package-lock.json', lock('2.0.0'));
  machine('2.0.0');
  const step = dependenciesStep(system);
  expect(step.isFresh()).toBe(false);
  await step.run();
  expect(readFileSync(at('log'), 'utf8').trim().split('\n')).toHaveLength(2);
});

it('looks again at what npm has changed since, and installs what is missing', async () => {
  const system = machine('1.0.0');
  const step = dependenciesStep(system);
  await step.run();
  home.write('node_modules/.package-lock.json', lock('1.0.0').replace('node_modules/a"', 'x"'));
  expect(step.isFresh()).toBe(false);
  await step.run();
  expect(readFileSync(at('log'), 'utf8').trim().split('\n')).toHaveLength(2);
});

it('names what npm has left out, and leaves no stamp', async () => {
  const system = machine('1.0.0');
  home.write('installed.json', lock('1.0.0').replace('node_modules/a"', 'x"'));
  const step = dependenciesStep(system);
  await expect(step.run()).rejects.toMatchObject({
    message: 'npm ci succeeded and did not install node_modules/a.',
    remedy: expect.stringContaining('npm config list'),
  });
  expect(step.isFresh()).toBe(false);
});

it('takes over what a developer installed as locked', async () => {
  home.write('node_modules/.package-lock.json', lock('1.0.0'));
  const step = dependenciesStep(machine('1.0.0'));
  await step.run();
  expect(step.isFresh()).toBe(true);
  expect(existsSync(at('log'))).toBe(false);
});

it('leaves a linked node_modules alone', () => {
  symlinkSync(path.join(repository, 'node_modules'), at('node_modules'));
  expect(dependenciesStep(machine('1.0.0')).isFresh()).toBe(true);
});

it('leaves no stamp, and shows what npm said, when npm fails', async () => {
  const system = machine('1.0.0');
  script(home, 'bin/npm', 'echo no such package; exit 1');
  const step = dependenciesStep(system);
  await expect(step.run()).rejects.toMatchObject({ output: 'no such package\n' });
  expect(step.isFresh()).toBe(false);
});

it('names a missing npm', async () => {
  const system = pretend(home.folder, { env: { PATH: '/nowhere' } });
  await expect(dependenciesStep(system).run()).rejects.toThrow('npm is not on PATH');
});

it.each([
  ['nothing', null, false],
  ['another version', lock('0.9.0'), false],
  ['the same', lock('1.0.0'), true],
  ['all but another system’s', lock('1.0.0').replace('node_modules/a-win32', 'x'), true],
  ['all but another C library’s', lock('1.0.0').replace('node_modules/a-musl', 'x'), true],
  ['all but what comes with those', lock('1.0.0').replace('node_modules/for-another', 'x'), true],
  ['all but what this platform needs', lock('1.0.0').replace('node_modules/a-linux', 'x'), false],
  ['too little', lock('1.0.0').replace('node_modules/a"', 'x"'), false],
])('with %s installed', (_, installed, expected) => {
  if (installed !== null) home.write('node_modules/.package-lock.json', installed);
  const platform = { os: 'linux', cpu: 'x64', libc: 'glibc' };
  expect(installedAsLocked(home.folder, platform)).toBe(expected);
});
