import { expect, test } from 'vitest';
import {
  kernelThreadsUs,
  parseIsKernelThread,
  parseRunTime,
  readKernelThreads,
} from './kernel-threads.js';
import { known, unknown } from './reading.js';

test('a kernel thread is known by its flags, whatever its name', () => {
  const stat = (flags: number, name: string) => `15 (${name}) S 2 0 0 0 -1 ${flags} 0 0 0 0 12 34`;
  expect(parseIsKernelThread(stat(69_238_880, 'ksoftirqd/0'))).toBe(true);
  expect(parseIsKernelThread(stat(4_194_560, 'a) S 2 0 0 0 -1 69238880 (b'))).toBe(false);
  expect(parseIsKernelThread('15 (x)')).toBeNull();
});

test('time on a CPU is the first field', () => {
  expect(parseRunTime('123456789 42 7\n')).toBe(123_456_789);
  expect(parseRunTime('')).toBeNull();
});

test('growth counts new threads whole, and is unknown without one of the readings', () => {
  const first = known(
    new Map([
      [2, 1000],
      [3, 5000],
    ]),
  );
  const last = known(
    new Map([
      [3, 9000],
      [9, 2000],
    ]),
  );
  expect(kernelThreadsUs(first, last)).toMatchObject({ value: 6, quality: 'partial' });
  const blind = unknown('no kernel thread is to be seen in /proc');
  expect(kernelThreadsUs(blind, last)).toMatchObject({ value: null, quality: 'unavailable' });
});

test('this machine shows its kernel threads, or says that it does not', () => {
  const now = readKernelThreads();
  if (now.ok) expect(now.value.get(2)).toBeGreaterThanOrEqual(0);
  else expect(now.why).toContain('no kernel thread');
});
