import { expect, test } from 'vitest';
import { madeResults, THREAD } from '../testing.js';
import { switchTable } from '../testing-evidence.js';
import { cpuSplits, pricesAt, splitFigures, splitText } from './cpu-split.js';

const evidence = switchTable({ pipe: 2000 });
const results = madeResults({
  evidence,
  noise: 0,
  cpuUs: () => 9,
  switches: () => 1,
  calls: (_, connections) => (connections < 100 ? 5 : 2),
});

function splitOf(subject: string, connections: number) {
  return (
    cpuSplits(results).find(
      (one) => one.subject === subject && one.condition.connections === connections,
    ) ?? expect.fail('no split')
  );
}

test('calls, switches and the rest are all of it', () => {
  // 4 us of floor and three more calls at 0.2 us; a switch of 2 us.
  const few = splitOf(THREAD, 64);
  expect(few.total.estimate).toBeCloseTo(9, 2);
  expect(few.calls.estimate).toBeCloseTo(4.6, 2);
  expect(few.switches.estimate).toBeCloseTo(2, 1);
  expect(few.rest.estimate).toBeCloseTo(2.4, 1);
  for (const { lo, hi } of [few.total, few.calls, few.switches, few.rest]) {
    expect(lo).not.toBeNull();
    expect(hi).not.toBeNull();
  }
  expect(splitOf(THREAD, 512).calls.estimate).toBeCloseTo(4.5, 2);
});

test('the residual has its interval, also below 0', () => {
  const text = splitText(splitOf(THREAD, 64));
  expect(text).toMatch(
    /^thread-per-connection 9\.00 us: system calls 4\.60 us, switches 2\.\d+ us, the rest 2\.\d+ us \(2\.\d+ to 2\.\d+ us\)$/,
  );
  const cheap = madeResults({ evidence, cpuUs: () => 3, calls: () => 2 });
  const rests = splitFigures(cpuSplits(cheap)).filter(({ label }) => label.endsWith(': rest'));
  expect(rests.length).toBeGreaterThan(0);
  expect(rests.every(({ value }) => value < 0)).toBe(true);
});

test('an A/A copy is not split; without prices nothing is', () => {
  expect(cpuSplits(results).map(({ subject }) => subject)).not.toContain('go-net-twin');
  expect(cpuSplits(madeResults())).toEqual([]);
  const costs = evidence.switchCosts.items ?? [];
  const without = costs.filter(({ name }) => name !== 'clock-thread-cpu');
  const lacking = { switchCosts: { items: without, why: null } };
  expect(cpuSplits(madeResults({ evidence: lacking }))).toEqual([]);
});

test('the floor of the nearest number of connections', () => {
  const row = (name: string, ns: number) => ({
    name,
    ns,
    lo: ns,
    hi: ns,
    workingSetBytes: 0,
  });
  const rows = [
    ...[row('floor-64', 4000), row('floor-512', 5000)],
    ...[row('clock-thread-cpu', 200), row('thread-futex', 1500)],
  ];
  expect(pricesAt(rows, 1)).toEqual({ floor: 4, call: 0.2, switch: 1.5 });
  expect(pricesAt(rows, 10_000)).toMatchObject({ floor: 5 });
  expect(pricesAt(rows.slice(1), 1)).toMatchObject({ floor: 5 });
  expect(pricesAt([], 1)).toBeNull();
});
