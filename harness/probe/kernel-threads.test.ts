import { expect, test } from 'vitest';
import {
  kernelThreadsUs,
  parseKernelThreadCpu,
  parseRunTime,
  readKernelThreads,
} from './kernel-threads.js';
import { known, unknown } from './reading.js';

test('a kernel thread is known by its flags, whatever its name, and has the CPU it ran on', () => {
  const stat = (flags: number, name: string) =>
    `15 (${name}) S 2 0 0 0 -1 ${flags} ${'0 '.repeat(29)}3 0 0 0`;
  expect(parseKernelThreadCpu(stat(69_238_880, 'ksoftirqd/0'))).toBe(3);
  expect(parseKernelThreadCpu(stat(4_194_560, 'a) S 2 0 0 0 -1 69238880 (b'))).toBe(-1);
  expect(parseKernelThreadCpu('15 (x)')).toBeNull();
});

test('time on a CPU is the first field', () => {
  expect(parseRunTime('123456789 42 7\n')).toBe(123_456_789);
  expect(parseRunTime('')).toBeNull();
});

test('growth counts new threads whole, and only those on the CPUs in use', () => {
  const at = (ns: number, cpu: number) => ({ ns, cpu });
  const first = known(new Map([2, 3, 4].map((pid) => [pid, at(5000, pid)])));
  const last = known(
    new Map([
      [3, at(9000, 0)],
      [4, at(800_000, 7)],
      [9, at(2000, 1)],
    ]),
  );
  expect(kernelThreadsUs(first, last, [0, 1])).toMatchObject({ value: 6, quality: 'partial' });
  const blind = unknown('no kernel thread is to be seen in /proc');
  const none = { value: null, quality: 'unavailable' };
  expect(kernelThreadsUs(blind, last, [0, 1])).toMatchObject(none);
});

test('this machine shows its kernel threads, or says that it does not', () => {
  const now = readKernelThreads();
  if (now.ok) expect(now.value.get(2)?.cpu).toBeGreaterThanOrEqual(0);
  else expect(now.why).toContain('no kernel thread');
});
