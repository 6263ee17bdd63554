import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Scratch, scratch } from '../bootstrap/testing.js';
import { readTree } from './tree.js';

let home: Scratch;
beforeEach(() => {
  home = scratch();
  home.write('a.ts', 'text');
  home.write('.gitignore', 'made/\nnode_modules/\n');
  home.write('sub/b.ts', '');
  home.write('native/vendor/x/e.ts', '');
  home.write('made/c.ts', '');
  home.write('node_modules/d.ts', '');
});
afterEach(() => home.remove());

const paths = () =>
  readTree(home.folder)
    .map((file) => file.path)
    .sort();

it('reads what git tracks or would track', () => {
  execFileSync('git', ['init', '-q', home.folder]);
  execFileSync('git', ['-C', home.folder, 'add', path.join(home.folder, 'a.ts')]);
  expect(paths()).toEqual(['.gitignore', 'a.ts', 'sub/b.ts']);
  expect(readTree(home.folder).find((file) => file.path === 'a.ts')?.text).toBe('text');
});

it('reads all but what tools make where there is no git', () => {
  expect(paths()).toEqual(['.gitignore', 'a.ts', 'made/c.ts', 'sub/b.ts']);
});
