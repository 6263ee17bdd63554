import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { readTrials } from '../results/file.js';
import { makeRun } from '../results/testing.js';
import { Journal } from './journal.js';
import { run } from './run.js';
import { fixtureVariant, planOf, runInput, temporaryFolder } from './testing.js';

const removals: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const remove of removals.splice(0)) await remove();
});

async function someFolder(): Promise<string> {
  const { folder, remove } = await temporaryFolder();
  removals.push(remove);
  return folder;
}

test('every line is readable as soon as append has resolved', async () => {
  const { header, trials } = makeRun({ blocks: 1, connections: [1] });
  const journal = await Journal.create(await someFolder());
  await journal.append(header);
  for (const [index, trial] of trials.entries()) {
    await journal.append(trial);
    const file = await readTrials(journal.file);
    expect(file).toEqual({ header, trials: trials.slice(0, index + 1), truncated: false });
  }
  await journal.close();
});

/** Calls of write on any file handle meanwhile. */
async function writesDuring(body: () => Promise<void>): Promise<number> {
  const any = await open('/dev/null');
  const write = vi.spyOn(Object.getPrototypeOf(any), 'write');
  await body();
  const { length } = write.mock.calls;
  write.mockRestore();
  await any.close();
  return length;
}

test('the trials of a block are one write: a crash has all of them or none that is whole', async () => {
  const { header, trials } = makeRun({ blocks: 1, connections: [1] });
  const journal = await Journal.create(await someFolder());
  await journal.append(header);
  const writes = await writesDuring(() => journal.append(...trials.slice(0, 3)));
  expect(writes).toBe(1);
  expect((await readTrials(journal.file)).trials).toEqual(trials.slice(0, 3));
  await journal.close();
});

test('the last lines can be taken back, and others written in their place', async () => {
  const { header, trials } = makeRun({ blocks: 1, connections: [1] });
  const journal = await Journal.create(await someFolder());
  const [first, second, third, fourth] = trials;
  if (!first || !second || !third || !fourth) throw new Error('too few trials');
  await journal.append(header);
  await journal.append(first, second, third);
  await journal.dropLast(0);
  expect((await readTrials(journal.file)).trials).toEqual([first, second, third]);
  await journal.dropLast(2);
  expect((await readTrials(journal.file)).trials).toEqual([first]);
  await journal.append(fourth);
  expect(await readTrials(journal.file)).toEqual({
    header,
    trials: [first, fourth],
    truncated: false,
  });
  await journal.close();
});

test('a folder that cannot be made names the file and the way out', async () => {
  const folder = await someFolder();
  await writeFile(folder, 'a file, not a folder');
  await expect(Journal.create(folder)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(`Cannot write ${path.join(folder, 'trials.ndjson')}`),
    remedy: expect.stringContaining('--out'),
  });
});

test('discard leaves a folder that was there before', async () => {
  const folder = await someFolder();
  await mkdir(folder);
  const journal = await Journal.create(folder);
  await journal.discard();
  expect(await readdir(folder)).toEqual([]);
});

/** A real file system of 32 KiB, or null where mounting is not permitted. */
function tinyFileSystem(): string | null {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'iomodels-full-'));
  removals.push(() => rm(folder, { recursive: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'none', folder], { stdio: 'pipe' });
  } catch (error) {
    process.stderr.write(`full disk is not tested: mount is not permitted here (${error})\n`);
    return null;
  }
  removals.unshift(async () => void execFileSync('umount', [folder]));
  return folder;
}

test('a full disk ends the run, names the file and keeps the trials measured before', async ({
  skip,
}) => {
  const disk = tinyFileSystem();
  if (disk === null) return skip('mount is not permitted here');
  const folder = path.join(disk, 'run');
  const plan = planOf(['good'], { blocks: 200, windowMs: 10, warmupMs: 0 });
  const { input, events } = runInput(folder, [fixtureVariant('good')], { plan });
  const file = path.join(folder, 'trials.ndjson');
  await expect(run(input)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(`Cannot write ${file}: ENOSPC`),
    remedy: expect.stringContaining('make room on that disk'),
  });
  const { trials, truncated } = await readTrials(file);
  expect(truncated).toBe(false);
  expect(trials.length).toBeGreaterThan(0);
  expect(trials).toHaveLength(events.filter(({ kind }) => kind === 'trial-end').length);
});
