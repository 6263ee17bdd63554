import { existsSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pretend, repository, type Scratch, scratch } from './testing.js';
import { typescriptStep } from './typescript.mjs';

let home: Scratch;
beforeEach(() => {
  home = scratch();
  symlinkSync(path.join(repository, 'node_modules'), path.join(home.folder, 'node_modules'));
  const compilerOptions = {
    rootDir: '.',
    outDir: 'dist',
    module: 'nodenext',
    types: [],
    incremental: true,
    tsBuildInfoFile: 'dist/.tsbuildinfo',
  };
  const include = ['harness/**/*.ts'];
  home.write('tsconfig.json', JSON.stringify({ compilerOptions, include }));
  home.write('package.json', '{"type":"module"}');
  home.write('harness/cli/main.ts', 'export const answer: number = 42;\n');
  home.write('harness/old.ts', 'export const old = true;\n');
});
afterEach(() => home.remove());

const at = (file: string) => path.join(home.folder, file);

it('compiles, is fresh, and takes away what has lost its source', async () => {
  const step = typescriptStep(pretend(home.folder));
  expect(step.isFresh()).toBe(false);
  await step.run();
  expect(step.isFresh()).toBe(true);
  rmSync(at('harness/old.ts'));
  expect(step.isFresh()).toBe(false);
  await step.run();
  expect(existsSync(at('dist/harness/old.js'))).toBe(false);
  expect(existsSync(at('dist/harness/cli/main.js'))).toBe(true);
});

it('heals a lost output although tsc thinks it wrote it', async () => {
  const step = typescriptStep(pretend(home.folder));
  await step.run();
  rmSync(at('dist/harness/cli/main.js'));
  expect(step.isFresh()).toBe(false);
  await step.run();
  expect(existsSync(at('dist/harness/cli/main.js'))).toBe(true);
});

it('is not fresh after a type error, and shows it', async () => {
  home.write('harness/cli/main.ts', 'export const answer: number = "text";\n');
  const step = typescriptStep(pretend(home.folder));
  await expect(step.run()).rejects.toMatchObject({
    output: expect.stringContaining('harness/cli/main.ts(1,14)'),
  });
  expect(step.isFresh()).toBe(false);
});
