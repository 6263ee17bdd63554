import { describe, expect, it } from 'vitest';
import { RATIOS, ROWS } from './rows.js';
import { switchesFileSchema } from './schema.js';
import {
  foreignShareOf,
  isVoid,
  nsPerOperation,
  ratiosOf,
  rowsOf,
  switchesHold,
} from './switches.js';
import { cost, makeSamples, makeSwitchesFile } from './testing.js';

const ROUNDS = 20;

describe('nsPerOperation', () => {
  it('takes away what the same calls cost without a switch', () => {
    expect(nsPerOperation({ cost: cost(2500), sameCalls: cost(400, 50) }, 'cpu')).toBe(2100);
    expect(nsPerOperation({ cost: cost(30) }, 'cpu')).toBe(30);
  });

  it('knows both clocks', () => {
    const line = { cost: { operations: 10, cpuNs: 100, wallNs: 1000 } };
    expect([nsPerOperation(line, 'cpu'), nsPerOperation(line, 'wall')]).toEqual([10, 100]);
  });
});

describe('switchesHold', () => {
  it.each([
    [10_000, 10_000, true],
    [10_000, 9990, true],
    [10_000, 10_010, true],
    [10_000, 9989, false],
    [10_000, 10_011, false],
    [100, 99, true],
    [100, 98, false],
  ])('%i expected, %i counted: %s', (expected, voluntary, holds) => {
    const switches = { expected, voluntary, involuntary: 0 };
    expect(switchesHold(switches)).toBe(holds);
    expect(isVoid({ cost: cost(1), switches })).toBe(!holds);
  });
});

describe('rowsOf', () => {
  it('gives medians with intervals to every row', () => {
    const rows = rowsOf(makeSamples(ROUNDS));
    expect(rows.map(({ id }) => id)).toEqual(ROWS.map(({ id }) => id));
    for (const { id, status, ns } of rows) {
      expect([id, status, ns.n]).toEqual([id, 'ok', ROUNDS]);
      expect(ns.lo).toBeLessThanOrEqual(ns.estimate ?? Number.NaN);
      expect(ns.hi).toBeGreaterThanOrEqual(ns.estimate ?? Number.NaN);
    }
  });

  const spoilt = (many: number) =>
    makeSamples(ROUNDS, (line, row, round) =>
      row === 'thread-pipe-0' && round < many
        ? { ...line, switches: { expected: 1000, voluntary: 900, involuntary: 99 } }
        : line,
    );

  it('leaves void samples out while half of the rounds have a valid one', () => {
    const row = rowsOf(spoilt(10)).find(({ id }) => id === 'thread-pipe-0');
    expect(row).toMatchObject({ status: 'ok', voidSamples: 10 });
    expect(row?.ns.n).toBe(10);
  });

  it('voids the row beyond that, and says why', () => {
    const samples = spoilt(11);
    const row = rowsOf(samples).find(({ id }) => id === 'thread-pipe-0');
    expect(row).toMatchObject({ status: 'void', voidSamples: 11 });
    expect(row?.ns.estimate).toBeNull();
    expect(row?.why).toContain('11 of 20 rounds');
    expect(row?.why).toContain(
      '5.5 % fewer voluntary switches than expected, and 1116 involuntary',
    );
    const ratio = ratiosOf(samples, rowsOf(samples)).find((one) => one.versus === 'thread-pipe-0');
    expect(ratio).toMatchObject({ met: 'open', ratio: { estimate: null } });
    expect(ratio?.ratio.why).toBe('thread-pipe-0 has no value');
  });

  it('takes the second attempt of a round for the void first one', () => {
    const again = makeSamples(1).filter(({ row }) => row === 'thread-pipe-0');
    const row = rowsOf([...spoilt(1), ...again.map((one) => ({ ...one, attempt: 1 }))]);
    expect(row.find(({ id }) => id === 'thread-pipe-0')).toMatchObject({
      voidSamples: 1,
      ns: { n: ROUNDS },
    });
  });

  it('names why a row could not be measured', () => {
    const samples = makeSamples(ROUNDS, (line, row) => (row === 'gosched' ? null : line));
    const row = rowsOf(samples).find(({ id }) => id === 'gosched');
    expect(row).toMatchObject({ status: 'unavailable', why: 'it would not start' });
  });
});

describe('foreignShareOf', () => {
  const crowd = (share: number) =>
    makeSamples(ROUNDS, (line) => {
      const { cost: all } = line;
      return { ...line, cost: { ...all, wallNs: Math.round(all.cpuNs / (1 - share)) } };
    });

  it('is what the busy rows did not get', () => {
    expect(foreignShareOf(crowd(0.25))).toBeCloseTo(0.25, 3);
    expect(foreignShareOf(makeSamples(3))).toBe(0);
    expect(foreignShareOf([])).toBeNull();
  });

  it.each([
    [0.05, 'ok'],
    [0.25, 'void'],
  ])('%f makes the wake-up between CPUs %s', (share, status) => {
    const row = rowsOf(crowd(share)).find(({ id }) => id === 'cross-core');
    expect(row?.status).toBe(status);
    if (status === 'void') expect(row?.why).toContain('took 25 % of the CPU');
  });
});

describe('ratiosOf', () => {
  it('pairs by round and holds the interval against the target', () => {
    const file = makeSwitchesFile(makeSamples(ROUNDS));
    expect(file.ratios.map(({ row, versus }) => [row, versus])).toEqual(
      RATIOS.map(({ row, versus }) => [row, versus]),
    );
    const [raw, yielded] = file.ratios;
    expect(raw).toMatchObject({ target: 0.1, met: 'yes' });
    expect(raw?.ratio.estimate).toBeCloseTo(2 / 80, 3);
    expect(yielded).toMatchObject({ target: 0.25, met: 'no' });
    expect(switchesFileSchema.parse(file)).toEqual(file);
  });

  it('leaves a target open without an interval', () => {
    const [raw] = makeSwitchesFile(makeSamples(3)).ratios;
    expect(raw?.ratio.estimate).not.toBeNull();
    expect(raw?.met).toBe('open');
  });
});
