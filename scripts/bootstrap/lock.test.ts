import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identity, withLock } from './lock.mjs';
import { type Scratch, scratch } from './testing.js';

let home: Scratch;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

const neverWaits = (pid: number) => {
  throw new Error(`waits for ${pid}`);
};

/** A process that holds the lock until the test stops it. */
async function holder() {
  const code = `
    import { withLock } from ${JSON.stringify(new URL('./lock.mjs', import.meta.url).href)};
    const work = async () => {
      console.log('held');
      await new Promise((resolve) => process.stdin.once('end', resolve).resume());
      console.log('leaving');
    };
    await withLock(process.argv[1], work, () => console.log('waiting'));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, home.folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, line: String(line).trim() };
}

it('is free again after the work, and after work that failed', async () => {
  expect(await withLock(home.folder, async () => 1, neverWaits)).toBe(1);
  const bad = withLock(home.folder, () => Promise.reject(new Error('bad')), neverWaits);
  await expect(bad).rejects.toThrow('bad');
  expect(await withLock(home.folder, async () => 3, neverWaits)).toBe(3);
});

it('keeps one file, however often it was taken', async () => {
  for (let i = 0; i < 5; i += 1) await withLock(home.folder, async () => i, neverWaits);
  expect(readdirSync(home.folder)).toEqual(['5']);
});

it('waits for a live holder, says once for whom, and then goes on', async () => {
  const { child, line } = await holder();
  expect(line).toBe('held');
  const waitedFor: number[] = [];
  const mine = withLock(
    home.folder,
    async () => 'mine',
    (pid) => {
      waitedFor.push(pid);
      child.stdin.end();
    },
  );
  expect(await mine).toBe('mine');
  expect(waitedFor).toEqual([child.pid]);
});

it('takes over from a holder that was killed', async () => {
  const { child } = await holder();
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  expect(await withLock(home.folder, async () => 'mine', neverWaits)).toBe('mine');
});

it('is not fooled by a pid that another process has now', async () => {
  const stale = identity(process.pid)?.replace(/\d+$/, '1') ?? '';
  home.write('7', stale);
  expect(await withLock(home.folder, async () => 'mine', neverWaits)).toBe('mine');
  expect(readFileSync(path.join(home.folder, '8'), 'utf8')).toBe('released');
});

it('lets one in at a time when many come over a stale lock', async () => {
  home.write('1', '4194304 gone 1');
  let inside = 0;
  const most: number[] = [];
  const work = async () => {
    inside += 1;
    most.push(inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  const ignore = () => {};
  await Promise.all(Array.from({ length: 8 }, () => withLock(home.folder, work, ignore)));
  expect(most).toEqual(Array(8).fill(1));
});
