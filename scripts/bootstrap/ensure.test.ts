import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensure } from './ensure.mjs';
import { type Scratch, scratch } from './testing.js';

let home: Scratch;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

/** A step that says when it ran. */
function step(name: string, log: string[], fresh = false) {
  let isFresh = fresh;
  return {
    isFresh: () => isFresh,
    run: async () => {
      log.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      isFresh = true;
    },
  };
}

it('runs the stale steps in order, and takes no lock when there is none', async () => {
  const log: string[] = [];
  const steps = [step('a', log), step('b', log, true), step('c', log)];
  const locked = () => existsSync(path.join(home.folder, 'build'));
  await ensure({ root: home.folder, steps: [step('b', log, true)] });
  expect(locked()).toBe(false);
  await ensure({ root: home.folder, steps });
  expect(log).toEqual(['a', 'c']);
  expect(locked()).toBe(true);
});

it('does not do again what another bootstrap did while this one waited', async () => {
  const log: string[] = [];
  const plan = { root: home.folder, steps: [step('a', log), step('b', log)] };
  await Promise.all([ensure(plan), ensure(plan)]);
  expect(log).toEqual(['a', 'b']);
});

it('stops at the first step that fails', async () => {
  const log: string[] = [];
  const bad = { isFresh: () => false, run: () => Promise.reject(new Error('bad')) };
  const plan = { root: home.folder, steps: [step('a', log), bad, step('c', log)] };
  await expect(ensure(plan)).rejects.toThrow('bad');
  expect(log).toEqual(['a']);
});
