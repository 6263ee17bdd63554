/** What this project takes from others, and what it lets them do. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { FILE, licencesText, packagesOf, readLock } from './licences.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const lock = readLock();
const packages = packagesOf(lock);

/** Packages with an install script, and why that is harmless. The scripts are never run. */
const INSTALL_SCRIPTS: Readonly<Record<string, string>> = {
  'native-hdr-histogram':
    'node-gyp-build looks for a prebuilt file in the package, or compiles; it downloads nothing. We use only its C sources.',
};

/** Licences that ask for nothing but their own text. MPL-2.0 covers its own files alone. */
const LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MPL-2.0',
  'Unlicense',
  'Zlib',
];

test('the lock file pins every package by its content', () => {
  expect(lock.lockfileVersion).toBe(3);
  expect(packages.length).toBeGreaterThan(100);
  for (const { name, version, integrity, link } of packages) {
    expect(link, name).toBeUndefined();
    expect(version, name).toMatch(/^\d+\.\d+\.\d+/);
    expect(integrity, name).toMatch(/^sha512-/);
  }
});

test('package.json names exact versions, and the lock file the same', () => {
  const manifest = JSON.parse(read('package.json'));
  const wanted: [string, string][] = Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
  });
  for (const [name, version] of wanted) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
  }
});

test('no package has an install script, but those that are known and why', () => {
  const found = packages.filter(({ hasInstallScript }) => hasInstallScript).map((p) => p.name);
  expect(found).toEqual(Object.keys(INSTALL_SCRIPTS));
});

test('no install script is run, known or not', () => {
  expect(read('scripts/bootstrap/dependencies.mjs')).toContain("'--ignore-scripts'");
});

test('our own package.json has no script that npm runs by itself', () => {
  const names = Object.keys(JSON.parse(read('package.json')).scripts);
  const automatic = /^(pre|post)?(install|prepare|publish|pack)$|^(pre|post)/;
  expect(names.filter((name) => automatic.test(name))).toEqual([]);
});

test('every licence is one that is known', () => {
  for (const { name, license = 'none' } of packages) {
    const parts = license.replace(/[()]/g, '').split(/ (?:OR|AND) /);
    for (const part of parts) expect(LICENCES, `${name}: ${license}`).toContain(part);
  }
});

test('docs/LICENCES.md is current (node scripts/licences.mjs)', () => {
  expect(read(FILE)).toBe(licencesText(lock));
});

test('the Go module has no dependencies', () => {
  expect(read('go-reference/go.mod')).not.toContain('require');
});
