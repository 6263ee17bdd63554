import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { parseParent, processTree } from './process-tree.js';
import { known, sumKnown, unknown } from './reading.js';

test('a process tree is the process and all below it', async () => {
  // The shell starts another one, which says when it is there.
  const shell = spawn('sh', ['-c', 'sh -c "echo up; exec sleep 60" & wait'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(shell.stdout, 'data');
  const pids = processTree(shell.pid ?? 0);
  expect(pids[0]).toBe(shell.pid);
  expect(pids.length).toBeGreaterThanOrEqual(2);
  expect(processTree(process.pid)).toEqual(expect.arrayContaining(pids));
  for (const pid of pids.reverse()) process.kill(pid, 'SIGKILL');
  await once(shell, 'close');
});

test('the parent is read whatever the name contains', () => {
  expect(parseParent('12 (a) b (c)) S 7 12 12 0 -1')).toBe(7);
  expect(parseParent('nonsense')).toBeNull();
});

test('a sum is known as soon as one part is, and says why when none is', () => {
  expect(sumKnown([known(1), unknown('gone'), known(2)])).toEqual(known(3));
  expect(sumKnown([unknown('gone')])).toEqual(unknown('gone'));
  expect(sumKnown([])).toEqual(unknown('no process'));
});
