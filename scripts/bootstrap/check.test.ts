import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { analysisStep } from './analysis.mjs';
import { type Check, runChecks } from './check.mjs';
import { pretend, type Scratch, scratch, smallRepository } from './testing.js';

let home: Scratch;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

describe('runChecks', () => {
  const check = (name: string, status: number, log: string[], needs?: string): Check => ({
    name,
    ...(needs === undefined ? {} : { needs }),
    run: async () => {
      log.push(name);
      return { status, output: '' };
    },
  });

  it('runs all, and fails when one fails', async () => {
    const log: string[] = [];
    const system = pretend(home.folder);
    const list = [check('a', 0, log), check('b', 1, log), check('c', 0, log)];
    expect(await runChecks(system, list)).toBe(1);
    expect(log).toEqual(['a', 'b', 'c']);
    expect(await runChecks(system, [check('a', 0, log)])).toBe(0);
  });

  it('passes over a tool that is not installed, except in CI', async () => {
    const list = [check('a', 1, [], 'no-such-tool')];
    expect(await runChecks(pretend(home.folder, { env: {} }), list)).toBe(0);
    expect(await runChecks(pretend(home.folder, { env: { IOMODELS_CI: '1' } }), list)).toBe(1);
  });
});

it('writes compile_commands.json, and is then fresh', async () => {
  smallRepository(home);
  const step = analysisStep(pretend(home.folder));
  expect(step.isFresh()).toBe(false);
  await step.run();
  expect(existsSync(path.join(home.folder, 'build/Release/compile_commands.json'))).toBe(true);
  expect(step.isFresh()).toBe(true);
});
