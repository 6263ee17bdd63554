import { expect, test } from 'vitest';
import { makeSamples } from '../micro/testing.js';
import { SWITCH_ROWS } from '../results/evidence.js';
import { costsOf, EVIDENCE_ROWS } from './switch-costs.js';

test('every row that a claim reads is measured, at every working set', () => {
  const ids = EVIDENCE_ROWS.map(({ id }) => id);
  for (const name of SWITCH_ROWS.thread) {
    for (const bytes of [0, 16_384, 131_072, 1_048_576, 4_194_304]) {
      expect(ids).toContain(`${name}-${bytes}`);
    }
  }
  const { crossCore, coroutine, goroutine } = SWITCH_ROWS;
  expect(ids).toEqual(expect.arrayContaining([...crossCore, ...coroutine, ...goroutine]));
  expect(ids).toEqual(expect.arrayContaining(['floor-64', 'floor-512', 'clock-thread-cpu']));
});

test('rows have name and working set apart, and say whether the kernel saw the switches', () => {
  const samples = makeSamples(6);
  const costs = costsOf(samples);
  expect(costs.find(({ name }) => name === 'gosched')).toMatchObject({
    workingSetBytes: 0,
    n: 6,
    verified: null,
    ns: expect.closeTo(80, -1),
  });
  const touched = costs.find((one) => one.name === 'thread-futex' && one.workingSetBytes > 2e6);
  expect(touched).toMatchObject({ workingSetBytes: 4_194_304, verified: true });
});

test('rows of threads tell what their system calls cost by themselves', () => {
  const costs = costsOf(makeSamples(6));
  const callsOf = (row: string) => costs.find(({ name }) => name === row)?.callsNs;
  // 1000 operations of the made-up calls take 500 us.
  for (const name of SWITCH_ROWS.thread) expect(callsOf(name)).toBe(500);
  expect(callsOf('yield')).toBeNull();
});

test('a row whose switches were not those expected is not verified, and says why', () => {
  const samples = makeSamples(6, (line, row) =>
    row === 'thread-pipe-0'
      ? { ...line, switches: { expected: 1000, voluntary: 900, involuntary: 0 } }
      : line,
  );
  const pipe = costsOf(samples).find((one) => one.name === 'thread-pipe');
  expect(pipe).toMatchObject({ workingSetBytes: 0, ns: null, lo: null, verified: false });
  expect(pipe?.why).toContain('other work came between');
});

test('rows that were not measured are left out', () => {
  const samples = makeSamples(6).filter(({ row }) => row === 'yield');
  expect(costsOf(samples).map(({ name }) => name)).toEqual(['yield']);
});
