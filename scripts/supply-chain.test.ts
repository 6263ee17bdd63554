/** What this project takes from others, and what it lets them do. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { filesUnder } from './bootstrap/stamp.mjs';
import { FILE, licencesText, packagesOf, readLock } from './licences.mjs';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const lock = readLock();
const packages = packagesOf(lock);

/** HdrHistogram_c 0.11.10 as its authors published it: sha256 of each file. */
const VENDORED_FOLDER = 'native/vendor/hdr_histogram';
const VENDORED: Readonly<Record<string, string>> = {
  'LICENSE.txt': '93a583ec58cd981232ec6fab797ff6f17f350c97b83ae0700b2d9350c91028af',
  'hdr/hdr_histogram.h': '96d496bd7af19a2d0a3d31a4482a0d0a1eb3cb708c354388c697a55784bc1224',
  'hdr_atomic.h': 'ffaaf9495ae90700be86698237e4220c00cdd35863748fcfd75ddf7e1133873e',
  'hdr_histogram.c': '00eac3f5f4cfcbfbeeae81881462e994e52e27a42b236fcbdf37123c71fd0a3a',
  'hdr_malloc.h': 'c0276a0f70647af8655486e9a657e527b6254c1f49671f64417d5080154291ae',
  'hdr_tests.h': 'b83cb6f08312614b89a7ef34c4f5d9d3a5fcde5b3a75d2fbd13342b99a62d646',
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

test('decision 0006 says of every package that we ask for what it saves us', () => {
  const manifest = JSON.parse(read('package.json'));
  const rows = read('docs/decisions/0006-libraries.md').match(/^\| .* \|$/gm) ?? [];
  const named = rows.flatMap((row) => row.split('|')[1]?.match(/[@\w/*-]+/g) ?? []);
  const wanted = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
  const isNamed = (name: string) => named.includes(name.replace(/^@types\/.*/, '@types/*'));
  expect(wanted.filter((name) => !isNamed(name))).toEqual([]);
});

test('no package has an install script', () => {
  expect(packages.filter(({ hasInstallScript }) => hasInstallScript)).toEqual([]);
});

test('no install script would be run', () => {
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

test('what is copied into native/vendor is unchanged, and its licence came along', () => {
  const files = filesUnder(ROOT, 'native/vendor').sort();
  expect(files).toEqual(Object.keys(VENDORED).map((file) => `${VENDORED_FOLDER}/${file}`));
  for (const [file, sha256] of Object.entries(VENDORED)) {
    const text = read(`${VENDORED_FOLDER}/${file}`);
    expect(createHash('sha256').update(text).digest('hex'), file).toBe(sha256);
  }
  expect(read(`${VENDORED_FOLDER}/LICENSE.txt`)).toContain('"BSD 2-Clause License" text');
  expect(read(FILE)).toContain(`\`${VENDORED_FOLDER}\``);
});

test('the Go module has no dependencies', () => {
  expect(read('go-reference/go.mod')).not.toContain('require');
});
