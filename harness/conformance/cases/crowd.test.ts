import { expect, test } from 'vitest';
import { entries } from './crowd.js';

test('what a process holds is counted; of one that has ended it is nothing', () => {
  expect(entries('/proc/self/fd')).toBeGreaterThan(2);
  // Above the kernel's largest pid, 2^22.
  expect(entries('/proc/99999999/fd')).toBe(0);
});

test('what cannot be counted is no zero', () => {
  expect(() => entries('/proc/self/status')).toThrow('ENOTDIR');
});
