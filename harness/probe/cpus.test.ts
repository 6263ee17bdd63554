import { expect, test } from 'vitest';
import { formatCpuList, parseCpuList } from './cpus.js';

test.each([
  ['0', [0]],
  ['0,2', [0, 2]],
  ['1-3', [1, 2, 3]],
  ['0-1,5,1', [0, 1, 5]],
])('%s', (text, cpus) => {
  expect(parseCpuList(text)).toEqual(cpus);
});

test.each(['', 'a', '3-1', '1,', '-1', '1-', '0 1'])('%j is no list', (text) => {
  expect(parseCpuList(text)).toBeNull();
});

test('a list is written one by one', () => {
  expect(formatCpuList([0, 1, 2, 7])).toBe('0,1,2,7');
});
