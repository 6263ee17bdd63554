/** What npm does by itself in a checkout: it neither builds nor deletes a build. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { repository, type Scratch, scratch, script } from './bootstrap/testing.js';

const manifest = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8'));

let home: Scratch;
beforeEach(() => {
  home = scratch();
  const { name, version, type, bin, gypfile } = manifest;
  home.write('clone/package.json', JSON.stringify({ name, version, type, bin, gypfile }));
  const lock = { name, version, lockfileVersion: 3, packages: { '': { name, version, bin } } };
  home.write('clone/package-lock.json', JSON.stringify(lock));
  // To read it is to leave a file.
  home.write('clone/binding.gyp', `{'variables': {'x': '<!(touch gyp-ran)'}, 'targets': []}`);
  home.write('clone/build/Release/server', 'built');
  script(home, `clone/${bin.iomodels}`, 'echo "help of iomodels"');
});
afterEach(() => home.remove());

/** npm without the configuration of this machine, which may hide what npm does elsewhere. */
function npm(program: 'npm' | 'npx', ...args: string[]): string {
  const env = {
    PATH: process.env.PATH,
    HOME: home.folder,
    npm_config_userconfig: path.join(home.folder, 'no-user-configuration'),
    npm_config_globalconfig: path.join(home.folder, 'no-global-configuration'),
    npm_config_cache: path.join(home.folder, 'cache'),
    npm_config_offline: 'true',
    npm_config_yes: 'true',
  };
  const cwd = path.join(home.folder, 'clone');
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: 'pipe' });
}

it.each([
  ['npm install', () => npm('npm', 'install'), /up to date|added/],
  ['npm ci', () => npm('npm', 'ci'), /up to date|added/],
  ['npx iomodels --help', () => npm('npx', 'iomodels', '--help'), /^help of iomodels$/m],
])(
  '%s runs no node-gyp and leaves build/ alone',
  (_, run, printed) => {
    expect(run()).toMatch(printed);
    expect(existsSync(path.join(home.folder, 'clone/gyp-ran'))).toBe(false);
    expect(existsSync(path.join(home.folder, 'clone/build/Release/server'))).toBe(true);
  },
  60_000,
);

it('git has the bin file as an executable one', () => {
  const mode = statSync(path.join(repository, manifest.bin.iomodels)).mode;
  expect(mode & 0o111).toBe(0o111);
});
