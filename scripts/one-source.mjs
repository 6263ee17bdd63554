// Writes build/sources/<library>.cc, which includes the sources of native/<library>, and prints its
// path: most of the time of a compilation goes to headers, and so they are read once. Sources that
// are named after the library stay by themselves: their paths follow. For binding.gyp.
//
//   node scripts/one-source.mjs <library> [<file>...]
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [library = '', ...others] = process.argv.slice(2);
const sources = readdirSync(path.join(root, 'native', library))
  .filter((name) => name.endsWith('.cc') && !others.includes(name))
  .sort();
const text = sources.map((name) => `#include "${library}/${name}"\n`).join('');
const file = `build/sources/${library}.cc`;
const full = path.join(root, file);

mkdirSync(path.dirname(full), { recursive: true });
// make compiles again what has changed, so the same text is not written.
if (before() !== text) writeFileSync(full, text);
console.log([file, ...others.map((name) => `native/${library}/${name}`)].join('\n'));

function before() {
  try {
    return readFileSync(full, 'utf8');
  } catch {
    return null;
  }
}
