#!/usr/bin/env node
/**
 * A fuzzer's corpus as one file that a person can read and review, and as the folder of files that
 * libFuzzer wants:
 *
 *   fuzz-seeds.mjs unpack corpus/framing.json <folder>     empties the folder first
 *   fuzz-seeds.mjs pack <folder> corpus/framing.json
 *
 * The file is a JSON array of strings; a character is a byte (U+0000 to U+00FF).
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @param {string} file
 * @param {string} folder
 */
export function unpack(file, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  /** @type {string[]} */
  const seeds = JSON.parse(readFileSync(file, 'utf8'));
  for (const [index, seed] of seeds.entries()) {
    writeFileSync(path.join(folder, String(index)), Buffer.from(seed, 'latin1'));
  }
}

/**
 * Sorted, so that a seed which is added is one line of a diff.
 * @param {string} folder
 * @param {string} file
 */
export function pack(folder, file) {
  const seeds = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'latin1'));
  const text = JSON.stringify([...new Set(seeds)].sort(), null, 2);
  // What is no printable ASCII would be invisible, or another byte in an editor.
  const visible = text.replace(/[\x7f-\xff]/g, (byte) => {
    return `\\u${byte.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  writeFileSync(file, `${visible}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [command, from = '', to = ''] = process.argv.slice(2);
  if (command === 'unpack') unpack(from, to);
  else pack(from, to);
}
