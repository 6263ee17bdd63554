import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { holdings } from './holdings.js';

test('descriptors, threads and memory of a process; one that is gone is an error', () => {
  const before = holdings(process.pid);
  const opened = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'));
  const after = holdings(process.pid);
  for (const fd of opened) closeSync(fd);
  expect(after.fds - before.fds).toBeGreaterThan(10);
  expect(before.threads).toBeGreaterThan(1);
  expect(before.rssBytes).toBeGreaterThan(2 ** 20);
  // Above the kernel's largest pid, 2^22.
  expect(() => holdings(2 ** 23)).toThrow('ENOENT');
});
