import { describe, expect, test } from 'vitest';
import { loadClient } from '../load/clients.js';
import { LatencyRecorder } from '../load/histogram.js';
import { spinSentinel } from '../probe/native.js';
import { calibrate, perOperation } from './calibrate.js';
import { judgeDelay, judgeStalls } from './self-tests.js';
import { benchOf, keepalive, planOf } from './testing.js';

function histogram(values: Readonly<Record<number, number>>) {
  const recorder = new LatencyRecorder();
  for (const [us, count] of Object.entries(values)) recorder.record(1000 * Number(us), count);
  return recorder.summary();
}

describe('self-tests', () => {
  test('the delay of 5 ms is reported to within 5 %', () => {
    const ok = (us: number) => judgeDelay({ service: histogram({ [us]: 100 }) }).ok;
    expect([4740, 4760, 5000, 5240, 5260].map(ok)).toEqual([false, true, true, true, false]);
    expect(judgeDelay({ service: histogram({}) }).ok).toBe(false);
  });

  test('stalls must show in the response time and must not in the median service time', () => {
    const stalled = histogram({ 100: 9_100, 150000: 900 });
    const calm = histogram({ 100: 9_950, 150000: 50 });
    const stuck = histogram({ 100: 4_000, 150000: 6_000 });
    expect(judgeStalls({ response: stalled, service: calm }).ok).toBe(true);
    // A generator that waits with its server reports no stall.
    expect(judgeStalls({ response: calm, service: calm }).ok).toBe(false);
    expect(judgeStalls({ response: stalled, service: stuck }).ok).toBe(false);
    expect(judgeStalls({ service: calm }).ok).toBe(false);
  });
});

describe('a line of the probe', () => {
  const cost = { operations: 100, cpuNs: 5000, wallNs: 9000 };

  test('time per operation, less the same calls without a switch', () => {
    expect(perOperation(JSON.stringify({ cost }), 'cpu')).toBe(50);
    expect(perOperation(JSON.stringify({ cost }), 'wall')).toBe(90);
    const sameCalls = { operations: 10, cpuNs: 100, wallNs: 100 };
    expect(perOperation(JSON.stringify({ cost, sameCalls }), 'cpu')).toBe(40);
  });

  test.each(['', 'probe: no', '{}', '{"cost":{"operations":0,"cpuNs":0,"wallNs":0}}'])(
    'what is none is unknown: %s',
    (line) => {
      expect(perOperation(line, 'cpu')).toBeNull();
    },
  );
});

test('on this machine: every value or its reason, in bounded time', async () => {
  const plan = planOf(['good'], { conditions: [keepalive(16)] });
  const client = loadClient('native');
  const found = await calibrate(benchOf('good', { plan, client }), 'full', spinSentinel);
  expect(found.values.map(({ name }) => name)).toEqual([
    'timer_lateness',
    'clock_read',
    'loopback_floor',
    'same_core_switch',
    'cross_core_wakeup',
    'smt_slowdown',
  ]);
  for (const { name, value, why } of found.values) {
    expect(value !== null || why !== undefined, `${name}: ${value} ${why}`).toBe(true);
  }
  expect(found.selfTests.map(({ name }) => name)).toEqual(['known delay', 'known stalls']);
  // How the tests end depends on what else runs here; that they could be made does not.
  for (const { text } of found.selfTests)
    expect(text).toMatch(/^(median of \d+ us|stalls of 200 ms)/);
  expect(found.durationMs).toBeLessThan(15_000);
}, 30_000);
