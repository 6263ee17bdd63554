/**
 * docs/LICENCES.md out of the lock file: every package, its licence, and whether it is needed to
 * measure or only to develop.
 *
 *   node scripts/licences.mjs          writes it again
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = path.resolve(import.meta.dirname, '..');
export const FILE = 'docs/LICENCES.md';

/**
 * @typedef {{ version?: string, license?: string, dev?: boolean, devOptional?: boolean,
 *   hasInstallScript?: boolean, integrity?: string, link?: boolean }} Locked
 * @typedef {{ lockfileVersion: number, packages: Record<string, Locked> }} Lock
 */

/** @returns {Lock} */
export function readLock() {
  return JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
}

/** Packages of the lock file by name and version, without the project itself. @param {Lock} lock */
export function packagesOf(lock) {
  const found = Object.entries(lock.packages)
    .filter(([place]) => place !== '')
    .map(([place, locked]) => ({ name: place.replace(/^.*node_modules\//, ''), ...locked }));
  const unique = new Map(found.map((one) => [`${one.name}@${one.version}`, one]));
  return [...unique.values()].sort((a, b) =>
    a.name === b.name ? ((a.version ?? '') < (b.version ?? '') ? -1 : 1) : a.name < b.name ? -1 : 1,
  );
}

/** @param {Lock} lock */
export function licencesText(lock) {
  const packages = packagesOf(lock);
  const isDev = (/** @type {Locked} */ one) => one.dev === true || one.devOptional === true;
  const rows = (/** @type {typeof packages} */ some) =>
    some.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`).join('\n');
  const head = '| package | version | licence |\n|---|---|---|';
  return `# Licences

iomodels is under the licence in LICENSE. Below is every package of package-lock.json, as its own metadata names its
licence; \`node scripts/licences.mjs\` writes this page, and a test keeps it current. None of them is copied into this
repository. One other work is: \`native/vendor/hdr_histogram\` has files of HdrHistogram_c 0.11.10 as its authors published them, with its
licence (BSD-2-Clause or CC0-1.0). The Go server has no dependency beyond Go's own library.

## To measure

${head}
${rows(packages.filter((one) => !isDev(one)))}

## To develop

${head}
${rows(packages.filter(isDev))}
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(path.join(ROOT, FILE), licencesText(readLock()));
}
