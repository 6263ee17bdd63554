import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pack, unpack } from './fuzz-seeds.mjs';

const CORPUS = path.resolve(import.meta.dirname, '../native/fuzz/corpus');

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'iomodels-seeds-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const at = (name: string) => path.join(home, name);

it('keeps every byte, in printable ASCII, and each seed once', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  unpackOf('["b", "a"]');
  writeFileSync(at('seeds/0'), bytes);
  writeFileSync(at('seeds/more'), bytes);
  pack(at('seeds'), at('c.json'));
  const text = readFileSync(at('c.json'), 'utf8');
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  unpack(at('c.json'), at('seeds'));
  const seeds = readdirSync(at('seeds')).map((name) => readFileSync(at(`seeds/${name}`)));
  expect(seeds).toHaveLength(2);
  expect(seeds.some((seed) => seed.equals(bytes))).toBe(true);
  expect(seeds.some((seed) => seed.equals(Buffer.from('a')))).toBe(true);
});

it('leaves nothing of an earlier corpus', () => {
  unpackOf('["a", "b"]');
  unpackOf('["c"]');
  expect(readdirSync(at('seeds'))).toEqual(['0']);
});

function unpackOf(text: string): void {
  writeFileSync(at('c.json'), text);
  unpack(at('c.json'), at('seeds'));
}

it.each(readdirSync(CORPUS))('%s is as it is written here', (name) => {
  unpack(path.join(CORPUS, name), at('seeds'));
  pack(at('seeds'), at(name));
  expect(readFileSync(at(name), 'utf8')).toBe(readFileSync(path.join(CORPUS, name), 'utf8'));
});
