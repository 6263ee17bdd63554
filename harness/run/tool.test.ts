import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processesWith, temporaryFolder } from './testing.js';
import { runTool } from './tool.js';

let folder: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ folder, remove } = await temporaryFolder());
  await mkdir(folder);
});
afterEach(() => remove());

/** Runs a script of the shell and interrupts it once it has made the file `begun`. */
async function interrupted(script: string): Promise<unknown> {
  const abort = new AbortController();
  const command = ['/bin/sh', '-c', script, path.basename(path.dirname(folder))];
  const end = runTool({ command, workdir: folder, signal: abort.signal }).catch((e: unknown) => e);
  await expect.poll(() => existsSync(path.join(folder, 'begun'))).toBe(true);
  abort.abort();
  return end;
}

test('an interrupted program may remove what it has made', async () => {
  const end = await interrupted("trap 'rm work; exit 1' INT; touch work begun; sleep 60 & wait");
  expect(end).toMatchObject({ name: 'Interrupted' });
  expect(existsSync(path.join(folder, 'work'))).toBe(false);
});

test('one that does not end by itself is killed, with what it has started', async () => {
  const end = await interrupted("trap '' INT; touch begun; sleep 60 & wait; sleep 60");
  expect(end).toMatchObject({ name: 'Interrupted' });
  expect(await processesWith(path.basename(path.dirname(folder)))).toEqual([]);
});
