import { expect, test } from 'vitest';
import { faultsOf, marked, table } from './kill-harness.js';
import { randomOf } from './random.js';

const plan = {
  conditions: [{ id: 'c' }],
  order: [
    [
      ['a', 'b'],
      ['b', 'a'],
    ],
  ],
};
const trials = [
  { id: 'c-b0-p0', subject: 'a', startedAt: '1' },
  { id: 'c-b0-p1', subject: 'b', startedAt: '2' },
  { id: 'c-b1-p0', subject: 'b', startedAt: '3' },
  { id: 'c-b1-p1', subject: 'a', startedAt: '4' },
];
const after = { outcome: 'complete', problems: [], header: { plan }, trials };

test('a run that was finished is the plan, and has what was there before', () => {
  expect(faultsOf({ trials: trials.slice(0, 2) }, after)).toEqual([]);
});

test.each([
  ['is partial', { trials: [] }, { ...after, outcome: 'partial' }, 'outcome partial: '],
  [
    'lacks a trial',
    { trials: [] },
    { ...after, trials: trials.slice(1) },
    'not the trials of the plan',
  ],
  [
    'measured a trial again',
    { trials: [{ id: 'c-b0-p0', startedAt: '0' }] },
    after,
    'a trial of before is not there',
  ],
])('one that %s is found', (_, before, finished, fault) => {
  expect(faultsOf(before, finished)).toContain(fault);
});

test('processes are found by the mark in their environment, and only those', () => {
  expect(marked('IOMODELS_MARK=nobody-has-this')).toEqual([]);
  expect(marked('PATH=').map(Number)).toContain(process.pid);
});

test('a seed repeats the moments', () => {
  const [a, b] = [randomOf(7), randomOf(7)];
  const drawn = Array.from({ length: 1000 }, () => a());
  expect(drawn).toEqual(Array.from({ length: 1000 }, () => b()));
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...drawn)).toBeLessThan(1);
});

test('the table counts by signal', () => {
  const text = table([
    { signal: 'SIGKILL', trials: 3, faults: [] },
    { signal: 'SIGKILL', trials: null, faults: [] },
    { signal: 'SIGINT', trials: 1, faults: ['x'] },
  ]);
  expect(text).toContain('SIGKILL      2 ended, 1 with a journal, 1 finished');
  expect(text).toMatch(/SIGINT +1 ended, .* 1 bad/);
});
