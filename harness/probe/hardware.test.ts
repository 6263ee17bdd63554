import { expect, test } from 'vitest';
import { hardwareIn, hardwareText, tryHardware } from './hardware.js';
import { HARDWARE_EVENTS, type PerfEvent } from './native.js';
import type { PerfReading, PerfReadings } from './perf.js';

/** Made up, of the size that such work gives. */
const RECORDED: Readonly<Record<string, number>> = {
  instructions: 42_118_233,
  user_instructions: 30_250_871,
  cycles: 28_417_502,
  user_cycles: 14_020_118,
  llc_misses: 61_442,
  dtlb_misses: 8_317,
};

function readings(edit: Readonly<Record<string, PerfReading>> = {}): PerfReadings {
  const count = (value: number): PerfReading => ({
    ok: true,
    value: { value, enabledNs: 9_000_000, runningNs: 9_000_000 },
  });
  const all = Object.entries(RECORDED).map(([name, value]) => [name, count(value)] as const);
  return new Map([...all, ...Object.entries(edit)] as [PerfEvent, PerfReading][]);
}

const NONE: PerfReading = { ok: false, why: 'perf_event_open: ENOENT: no such', remedy: [] };
const ZERO: PerfReading = { ok: true, value: { value: 0, enabledNs: 9e6, runningNs: 9e6 } };

test('a machine with all of them', () => {
  const found = hardwareIn(readings());
  expect(found.events).toEqual(HARDWARE_EVENTS);
  expect(hardwareText(found)).toBe('all');
});

test('what does not open, or counts 0 while there was work, is not there', () => {
  const found = hardwareIn(readings({ llc_misses: NONE, dtlb_misses: ZERO }));
  expect(found.events).toEqual(['instructions', 'user_instructions', 'cycles', 'user_cycles']);
  expect(hardwareText(found)).toBe(
    'instructions, user_instructions, cycles, user_cycles; not llc_misses, dtlb_misses: ' +
      'perf_event_open: ENOENT: no such; it opens, but counts 0 where there is something',
  );
});

test('a machine with none says why, once', () => {
  const edit = Object.fromEntries(HARDWARE_EVENTS.map((event) => [event, NONE]));
  const found = hardwareIn(readings(edit));
  expect(found.events).toEqual([]);
  expect(hardwareText(found)).toBe('none: perf_event_open: ENOENT: no such');
});

test('on this machine: each is there or has its reason', () => {
  const { events, missing } = tryHardware();
  expect([...events, ...missing.keys()].sort()).toEqual([...HARDWARE_EVENTS].sort());
  for (const { why } of missing.values()) expect(why).toMatch(/./);
});
