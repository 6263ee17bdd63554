import { expect, test } from 'vitest';
import { cpuUse } from './cpu-share.js';
import type { CpuTicks } from './proc.js';
import { known, unknown } from './reading.js';

const ticks = (values: Partial<CpuTicks>): CpuTicks => ({
  user: 0,
  nice: 0,
  system: 0,
  idle: 0,
  iowait: 0,
  irq: 0,
  softirq: 0,
  steal: 0,
  ...values,
});

test('busy, stolen and all time over the CPUs that were asked for', () => {
  const before = known(
    new Map([
      [0, ticks({ user: 100, idle: 50 })],
      [1, ticks({ user: 10 })],
      [2, ticks({})],
    ]),
  );
  const after = known(
    new Map([
      [0, ticks({ user: 110, system: 5, softirq: 1, idle: 130, steal: 4 })],
      [1, ticks({ user: 40, nice: 10, irq: 10, iowait: 50 })],
      [2, ticks({ user: 999 })],
    ]),
  );
  expect(cpuUse(before, after, [0, 1])).toEqual(
    known({ busyUs: 660_000, stealUs: 40_000, totalUs: 2_000_000 }),
  );
});

test('what could not be read stays unknown', () => {
  const some = known(new Map([[0, ticks({})]]));
  const none = unknown('/proc/stat: EACCES');
  expect(cpuUse(none, some, [0])).toEqual(none);
  expect(cpuUse(some, none, [0])).toEqual(none);
  expect(cpuUse(some, some, [3])).toEqual(unknown('/proc/stat has no cpu3'));
});
