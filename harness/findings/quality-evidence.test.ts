import { describe, expect, test } from 'vitest';
import {
  memorySlopes,
  switchTable,
  traces,
  WAKEUPS_BY_ALL,
  wakeups,
} from '../claims/testing-evidence.js';
import { type Evidence, evidenceOf } from '../results/evidence.js';
import { evidenceReasons } from './quality-evidence.js';

function reasonsOf(found: Partial<Evidence>) {
  return Object.fromEntries(
    evidenceReasons(evidenceOf(found)).map(({ id, reasons }) => [id, reasons]),
  );
}

const SLOPES = { a: [13_000, 20_000] } as const;

test('only the pieces that are there; of a calm machine without a reason', () => {
  expect(evidenceReasons(null)).toEqual([]);
  expect(reasonsOf({ ...switchTable(), ...memorySlopes(SLOPES) })).toEqual({
    switchCosts: [],
    memory: [],
  });
});

describe('switch costs', () => {
  const spoilt = (names: readonly string[]) => {
    const { switchCosts } = switchTable();
    const items = (switchCosts.items ?? []).map((row) =>
      names.includes(row.name) ? { ...row, verified: false } : row,
    );
    return reasonsOf({ switchCosts: { items, why: null } }).switchCosts;
  };

  test('rows of threads between which other work came: noisy, from 30 % on invalid', () => {
    const text = (n: number) => `in ${n} of 4 rows of threads other work came between the two`;
    expect(spoilt(['thread-futex'])).toEqual([{ level: 'noisy', text: text(1) }]);
    expect(spoilt(['thread-futex', 'thread-eventfd'])).toEqual([
      { level: 'invalid', text: text(2) },
    ]);
  });

  test('an interval wider than a quarter to a side: noisy', () => {
    const [first] = reasonsOf(switchTable({ width: 0.3 })).switchCosts ?? [];
    expect(first?.level).toBe('noisy');
    expect(first?.text).toMatch(
      /^intervals wider than 25 % to a side: thread-pipe, thread-eventfd, /,
    );
  });
});

test('memory: what scatters is named, and without any interval there is nothing', () => {
  const { memory } = memorySlopes(SLOPES);
  const items = memory.items ?? [];
  const wide = items.map((one) => (one.kind === 'kernel' ? { ...one, lo: 9000 } : one));
  expect(reasonsOf({ memory: { items: wide, why: null } }).memory).toEqual([
    { level: 'noisy', text: 'intervals wider than 25 % to a side: a (kernel)' },
  ]);
  const none = items.map((one) => ({ ...one, lo: null, hi: null }));
  expect(reasonsOf({ memory: { items: none, why: null } }).memory?.[0]?.level).toBe('invalid');
});

test('wake-ups: a load that nobody answered', () => {
  const { wakeups: counted } = wakeups('a', WAKEUPS_BY_ALL);
  const items = (counted.items ?? []).map((one) =>
    one.load === 'idle' ? { ...one, requests: 0 } : one,
  );
  expect(reasonsOf({ wakeups: { items, why: null } }).wakeups).toEqual([
    { level: 'invalid', text: 'no request was answered by a under idle load' },
  ]);
});

test('what the hypervisor took meanwhile counts beyond 6 %', () => {
  const taken = (stealPercent: number | null) => {
    const { items = null } = wakeups('a', WAKEUPS_BY_ALL).wakeups;
    return reasonsOf({ wakeups: { items: items ?? [], why: null, stealPercent } }).wakeups;
  };
  expect([taken(null), taken(5.9)]).toEqual([[], []]);
  expect(taken(9)).toEqual([
    { level: 'noisy', text: 'the hypervisor took 9 % of the CPUs meanwhile' },
  ]);
});

test('what happens, and in which order, nothing disturbs', () => {
  expect(reasonsOf(traces(['a'], '', '')).traces).toEqual([]);
});
