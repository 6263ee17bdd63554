import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withScratch } from './scratch.js';
import { temporaryFolder } from './testing.js';

let folder: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ folder, remove } = await temporaryFolder());
});
afterEach(() => remove());

/** The pid of a process that has ended. */
function deadPid(): number {
  return spawnSync('true').pid;
}

test('what is made in it is gone afterwards, also after a failure', async () => {
  const fill = (scratch: string) => writeFile(path.join(scratch, 'work'), 'x');
  await withScratch(folder, fill);
  expect(await readdir(folder)).toEqual([]);
  const failing = withScratch(folder, async (scratch) => {
    await fill(scratch);
    throw new Error('killed');
  });
  await expect(failing).rejects.toThrow('killed');
  expect(await readdir(folder)).toEqual([]);
});

test('the leftovers of a process that is gone are removed, nothing else is', async () => {
  const kept = ['server', `tmp-${process.pid}-other`];
  for (const name of [...kept, `tmp-${deadPid()}-abc`]) {
    await mkdir(path.join(folder, name, 'inside'), { recursive: true });
  }
  await withScratch(folder, async () => {});
  expect((await readdir(folder)).sort()).toEqual(kept);
});
