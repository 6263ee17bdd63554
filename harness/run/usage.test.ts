import { expect, test } from 'vitest';
import type { Reading } from '../probe/reading.js';
import type { Stats } from '../server/control.js';
import { usageFault } from './usage.js';

const known = (value: number): Reading<number> => ({ ok: true, value });

function instant(ownMs: number, tree: Reading<number>) {
  const stats: Stats = {
    event: 'stats',
    monotonic_ns: 1,
    user_cpu_us: ownMs * 750,
    system_cpu_us: ownMs * 250,
  };
  return { stats, treeCpuUs: tree };
}

/** Of a server that reports so much, where the kernel counts so much, ms. */
function fault(ownMs: number, treeMs: number): string | null {
  return usageFault(
    instant(100, known(700_000)),
    instant(100 + ownMs, known(700_000 + treeMs * 1000)),
  );
}

test('what agrees to a tick at either end, and a tenth, is no fault', () => {
  expect(fault(1000, 1000)).toBeNull();
  expect(fault(0, 0)).toBeNull();
  expect(fault(0, 50)).toBeNull();
  expect(fault(1000, 1160)).toBeNull();
  expect(fault(1000, 860)).toBeNull();
});

test('a server whose processes use more than it reports is one, with a hint', () => {
  expect(fault(1000, 1400)).toBe(
    'reports 1000 ms of CPU time where the kernel counts 1400 ms; processes that it starts count too',
  );
  expect(fault(0, 60)).toMatch(/^reports 0 ms of CPU time where the kernel counts 60 ms/);
});

test('so is one that reports what nobody used, without that hint', () => {
  expect(fault(1000, 400)).toBe('reports 1000 ms of CPU time where the kernel counts 400 ms');
});

test('where the kernel does not tell, nobody knows', () => {
  const untold: Reading<number> = { ok: false, why: 'gone' };
  expect(usageFault(instant(0, untold), instant(1000, known(0)))).toBeNull();
  expect(usageFault(instant(0, known(0)), instant(1000, untold))).toBeNull();
});
