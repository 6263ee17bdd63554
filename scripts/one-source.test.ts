import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const SCRIPT = path.join(import.meta.dirname, 'one-source.mjs');

function sourcesOf(...args: string[]): string[] {
  const output = execFileSync(process.execPath, [SCRIPT, ...args], { cwd: '/', encoding: 'utf8' });
  return output.trim().split('\n');
}

it('has every source of the library once: as a part, or by itself', () => {
  const [whole = '', ...others] = sourcesOf('core', 'main.cc', 'server.cc');
  expect(others).toEqual(['native/core/main.cc', 'native/core/server.cc']);
  const text = readFileSync(path.join(ROOT, whole), 'utf8');
  const parts = [...text.matchAll(/^#include "(.*)"$/gm)].map(([, part]) => `native/${part}`);
  const all = readdirSync(path.join(ROOT, 'native/core')).filter((name) => name.endsWith('.cc'));
  expect([...parts, ...others].sort()).toEqual(all.map((name) => `native/core/${name}`).sort());
});

it('does not write again what is the same, so make compiles nothing', () => {
  const [whole = ''] = sourcesOf('gonet');
  const { mtimeMs } = statSync(path.join(ROOT, whole));
  sourcesOf('gonet');
  expect(statSync(path.join(ROOT, whole)).mtimeMs).toBe(mtimeMs);
});
