import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { killRestOfGroup, signalGroup } from './groups.js';

const groups: number[] = [];
afterEach(() => {
  for (const pid of groups.splice(0)) killRestOfGroup(pid);
});

/** A shell that leads a group of its own until its stdin ends. */
function leader(script: string) {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const { pid } = child;
  if (pid === undefined) throw new Error('sh could not be started');
  groups.push(pid);
  return { child, pid };
}

test('what is left of a group is killed once its leader has ended', async () => {
  const { child, pid } = leader('sleep 600 & read line');
  const closed = once(child.stdout.resume(), 'close');
  child.stdin.end('\n');
  await once(child, 'exit');
  expect(signalGroup(pid, 0)).toBe(true);
  killRestOfGroup(pid);
  // The other one held it, too.
  await closed;
});

test('a group whose number names a process is left alone: it is another one', async () => {
  const { child, pid } = leader('read line');
  killRestOfGroup(pid);
  child.stdin.end('\n');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
