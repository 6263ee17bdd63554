import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { KERNEL_EVENTS, type PerfEvent } from './native.js';
import { openCounters, type PerfCount, type PerfReadings, perfDelta, perfTrouble } from './perf.js';
import { type Rights, readRights } from './rights.js';

const user: Rights = { root: false, perfmon: false, paranoid: 2, seccompFilter: false };
const root: Rights = { root: true, perfmon: true, paranoid: 2, seccompFilter: false };
const { perfmon, paranoid } = readRights();
const testCounters = test.skipIf(!perfmon && (paranoid ?? 2) > 1);

test.each<[string, string, Rights, RegExp, readonly string[]]>([
  [
    'perf_event_open',
    'EACCES',
    user,
    /paranoid is 2 and CAP_PERFMON is missing/,
    ['sudo sysctl kernel.perf_event_paranoid=1'],
  ],
  [
    'perf_event_open',
    'EPERM',
    { ...root, seccompFilter: true },
    /a seccomp filter/,
    [expect.stringContaining('--cap-add PERFMON')],
  ],
  ['perf_event_open', 'ENOSYS', root, /this kernel does not count it/, []],
  ['perf_event_open', 'ESRCH', root, /^perf_event_open: ESRCH$/, []],
  ['tracefs', 'ENOENT', root, /may not be mounted/, [expect.stringMatching(/^sudo mount -t/)]],
  [
    'tracefs',
    'ENOENT',
    user,
    /only root may mount it/,
    [
      expect.stringMatching(/mount -t tracefs/),
      expect.stringMatching(/remount,mode=755/),
      expect.stringMatching(/paranoid=1/),
    ],
  ],
  [
    'tracefs',
    'EACCES',
    user,
    /only root may read/,
    [expect.stringMatching(/remount/), expect.stringMatching(/paranoid=1/)],
  ],
])('%s %s: why, and what helps', (call, code, rights, why, remedy) => {
  const trouble = perfTrouble(call, code, rights);
  expect(trouble.why).toMatch(why);
  expect(trouble.remedy).toEqual(remedy);
});

const readings = (count: PerfCount): PerfReadings =>
  new Map([['context_switches', { ok: true, value: count }]]);

test('a difference is exact, scaled when the counter ran part of the time, or unavailable', () => {
  const delta = (last: PerfCount, unit?: number) =>
    perfDelta(
      'context_switches',
      readings({ value: 10, enabledNs: 100, runningNs: 100 }),
      readings(last),
      unit,
    );
  expect(delta({ value: 30, enabledNs: 200, runningNs: 200 })).toEqual({
    value: 20,
    source: 'perf context_switches',
    quality: 'exact',
  });
  expect(delta({ value: 30, enabledNs: 200, runningNs: 200 }, 0.5).value).toBe(10);
  expect(delta({ value: 30, enabledNs: 300, runningNs: 200 })).toMatchObject({
    value: 40,
    quality: 'sampled',
    why: expect.stringContaining('50.0 %'),
  });
  expect(delta({ value: 10, enabledNs: 300, runningNs: 100 })).toMatchObject({
    value: null,
    quality: 'unavailable',
  });
});

test('a hardware counter that is not there: the machine lacks it, not the kernel', () => {
  for (const code of ['ENOENT', 'EOPNOTSUPP']) {
    const { why, remedy } = perfTrouble('perf_event_open', code, root, true);
    expect(why).toContain('this machine has no such hardware counter');
    expect(remedy).toEqual([]);
  }
  expect(perfTrouble('perf_event_open', 'EACCES', user, true).why).toMatch(/paranoid is 2/);
});

test('hardware counters that took turns are scaled, and say so', () => {
  // Six events on four counters: each had a place for two thirds of the time.
  const at = (value: number, runningNs: number): PerfReadings =>
    new Map([['dtlb_misses', { ok: true, value: { value, enabledNs: 540_000_000, runningNs } }]]);
  const start: PerfReadings = new Map([
    ['dtlb_misses', { ok: true, value: { value: 0, enabledNs: 0, runningNs: 0 } }],
  ]);
  expect(perfDelta('dtlb_misses', start, at(200_000, 360_000_000))).toMatchObject({
    source: 'perf dtlb_misses',
    quality: 'sampled',
    why: 'counted for 66.7 % of the time and scaled to all of it',
  });
  expect(perfDelta('dtlb_misses', start, at(200_000, 360_000_000)).value).toBeCloseTo(300_000, 6);
  expect(perfDelta('dtlb_misses', start, at(0, 0)).why).toMatch(/never had a place/);
});

test('what was not opened has the reason of its opening', () => {
  const failed: PerfReadings = new Map([
    ['context_switches', { ok: false, why: 'forbidden', remedy: [] }],
  ]);
  expect(perfDelta('context_switches', failed, failed)).toEqual({
    value: null,
    source: 'perf context_switches',
    quality: 'unavailable',
    why: 'forbidden',
  });
});

test('an event of another name is refused', () => {
  const names = ['bus_cycles'] as unknown as PerfEvent[];
  const options = { inherit: false, enableOnExec: false };
  expect(() => openCounters(process.pid, options, names)).toThrow('there is no event bus_cycles');
});

/** Everything that a shell which waits for a line did after it. */
async function countScript(script: string): Promise<PerfReadings> {
  const gate = ['-c', 'read -r _ && exec "$0" "$@"', 'sh', '-c', script];
  const child = spawn('sh', gate, { stdio: ['pipe', 'ignore', 'inherit'] });
  if (child.pid === undefined) throw new Error('sh could not be started');
  const options = { inherit: true, enableOnExec: true };
  const counters = openCounters(child.pid, options, KERNEL_EVENTS);
  for (const reading of counters.read().values()) {
    if (reading.ok) expect(reading.value).toEqual({ value: 0, enabledNs: 0, runningNs: 0 });
  }
  child.stdin.end('\n');
  await once(child, 'exit');
  const last = counters.read();
  counters.close();
  const closed = counters.read().get('page_faults');
  expect(closed).toMatchObject({ ok: false, why: expect.stringContaining('close') });
  return last;
}

function counted(readings: PerfReadings, event: PerfEvent): number {
  const reading = readings.get(event);
  if (reading?.ok) return reading.value.value;
  throw new Error(`${event}: ${reading?.why ?? 'not there'}`);
}

testCounters('nothing before exec, and the children that have ended are in', async () => {
  // Each sleep is a process of its own that switches at least once, and ends.
  const one = await countScript('sleep 0.01');
  const ten = await countScript('for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.01; done');
  const grown = counted(ten, 'context_switches') - counted(one, 'context_switches');
  expect(grown).toBeGreaterThanOrEqual(9);
  expect(counted(ten, 'task_clock')).toBeGreaterThan(0);
  expect(counted(ten, 'page_faults')).toBeGreaterThan(counted(one, 'page_faults'));
});

const strace = isThere('strace') && canTrace();
if (!strace) console.warn('SKIPPED system calls against strace: it takes strace and tracefs');

function canTrace(): boolean {
  const options = { inherit: false, enableOnExec: false };
  const counters = openCounters(process.pid, options, ['syscall_entries']);
  const reading = counters.read().get('syscall_entries');
  counters.close();
  return reading?.ok === true;
}

function isThere(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!strace)('as many system calls as strace saw', async () => {
  const script = 'i=0; while [ $i -lt 200 ]; do echo x >/dev/null; i=$((i+1)); done';
  const summary = execFileSync('sh', ['-c', `strace -f -c sh -c '${script}' 2>&1`]).toString();
  const total = summary.split('\n').find((line) => line.endsWith(' total'));
  // % time, seconds, usecs/call, calls, errors (if any), total
  const calls = Number(total?.trim().split(/\s+/)[3]);
  const traced = counted(await countScript(script), 'syscall_entries');
  // strace begins to look before the exec, perf at it: a handful of calls lies between.
  expect(calls).toBeGreaterThan(1000);
  expect(Math.abs(traced - calls), `${traced} and ${calls}`).toBeLessThanOrEqual(5);
});
