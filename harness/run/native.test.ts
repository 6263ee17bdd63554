/**
 * The whole path with what ships: every variant found, its own build, the native client. No figure
 * is judged here.
 */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nativeClient } from '../load/native.js';
import { discoverVariants } from '../plan/discover.js';
import type { Results } from '../results/schema.js';
import { repositoryRoot } from '../root.js';
import { run } from './run.js';
import { groupIsAlive, keepalive, pidsOf, planOf, runInput, temporaryFolder } from './testing.js';

let results: Results;
let remove: () => Promise<void>;

beforeAll(async () => {
  const variants = await discoverVariants([path.join(repositoryRoot(), 'servers')]);
  const temporary = await temporaryFolder();
  remove = temporary.remove;
  const plan = planOf(
    variants.map(({ name }) => name),
    { conditions: [keepalive(1), keepalive(64)], blocks: 1, windowMs: 300 },
  );
  const { input } = runInput(temporary.folder, variants, { plan, client: nativeClient() });
  ({ results } = await run(input));
}, 120_000);

afterAll(() => remove());

test('every variant that this machine can build is measured in every condition', () => {
  expect(results.problems).toEqual([]);
  const { subjects, plan } = results.header;
  expect(subjects.length).toBeGreaterThan(0);
  expect(results.trials.map(({ status, reason }) => reason ?? status)).toEqual(
    Array.from({ length: subjects.length * plan.conditions.length }, () => 'ok'),
  );
});

test('every request has one fate, and both sides counted about the same', () => {
  for (const { id, checks, counts } of results.trials) {
    const check = (name: string) => checks.find((one) => one.name === name);
    expect(counts?.completed, id).toBeGreaterThan(0);
    expect(check('accounting'), id).toMatchObject({ value: 0, level: 'ok' });
    expect(check('errors'), id).toMatchObject({ value: 0, level: 'ok' });
    // Wide, because tests run on busy machines: a stats line that is held up covers more than its
    // snapshots.
    expect(check('request_counts_percent')?.value ?? 0, id).toBeLessThan(25);
  }
});

test('nothing is left', async () => {
  for (const pid of pidsOf(results.trials)) expect(await groupIsAlive(pid)).toBe(false);
});
