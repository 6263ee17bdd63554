import { describe, expect, test } from 'vitest';
import { known, unknown } from '../probe/reading.js';
import { THRESHOLDS, withoutVoid } from '../results/thresholds.js';
import {
  accountingCheck,
  errorsCheck,
  foreignCpuCheck,
  harnessCheck,
  machineChecks,
  noPortCheck,
  requestCountsCheck,
  statsUncertaintyCheck,
  stealCheck,
  warmupCheck,
} from './checks.js';

const counts = {
  completed: 90,
  sent: 100,
  ok: 90,
  errors: { reset: 3 },
  timeouts: 0,
  unfinished: 7,
  offered: null,
  starved: null,
};

test('accounting: a request without a fate voids the trial', () => {
  const check = (sent: number) => accountingCheck(THRESHOLDS, { ...counts, bytesRead: 0, sent });
  expect(check(100)).toMatchObject({ value: 0, level: 'ok' });
  expect(check(101)).toEqual({
    name: 'accounting',
    value: 1,
    level: 'void',
    text: 'sent 101, ok 90 + errors 3 + timeouts 0 + unfinished 7',
  });
  expect(check(99)).toMatchObject({ value: -1, level: 'void' });
});

test.each([
  [10_000, 10_000, 0, 'ok'],
  [10_050, 10_000, 0, 'ok'],
  [10_051, 10_000, 0, 'warn'],
  [9_900, 10_000, 100, 'ok'],
  [9_899, 10_000, 100, 'warn'],
])('request counts: %i and %i with %i in flight are %s', (server, client, slack, level) => {
  expect(requestCountsCheck(THRESHOLDS, server, client, slack).level).toBe(level);
});

test('request counts of a server that counts none are null, not 0', () => {
  const check = requestCountsCheck(THRESHOLDS, null, 100, 0);
  expect(check).toMatchObject({ value: null, level: 'ok' });
});

const uncertainty = (uncertain: number, serverCounts: boolean) =>
  statsUncertaintyCheck(THRESHOLDS, uncertain, 1000, serverCounts);

test.each([
  ['errors', errorsCheck(0), errorsCheck(1)],
  ['uncertainty', uncertainty(1, false), uncertainty(1.1, false)],
  ['uncertainty where only the client counts', uncertainty(9, true), uncertainty(9, false)],
  ['warm-up', warmupCheck(4, 4), warmupCheck(3, 4)],
])('%s: fine up to its limit, a warning beyond', (_, fine, beyond) => {
  expect(fine.level).toBe('ok');
  expect(beyond.level).toBe('warn');
});

describe('what the environment did', () => {
  const use = (stealUs: number, totalUs = 10_000_000) =>
    known({ busyUs: 0.8 * totalUs, stealUs, totalUs });

  // The cases are about how a limit is applied, not about which limit the data gave.
  const LIMITS = { ...THRESHOLDS, steal_percent: { warn: 0.5, void: 3, unit: '%' } };

  test('steal is a share of the time of the CPUs', () => {
    expect(stealCheck(LIMITS, use(60_000))).toEqual({
      name: 'steal_percent',
      value: 0.6,
      level: 'warn',
      text: '0.6 % of the CPU time was stolen (limit 0.5 %)',
    });
    expect(stealCheck(LIMITS, use(40_000)).level).toBe('ok');
    expect(stealCheck(LIMITS, use(320_000))).toMatchObject({
      level: 'void',
      text: '3.2 % of the CPU time was stolen (limit 3 %)',
    });
  });

  test('a single tick voids no short window', () => {
    const ticks = (n: number) => stealCheck(LIMITS, use(n * 10_000, 200_000)).level;
    expect(ticks(1)).toBe('warn');
    expect(ticks(2)).toBe('void');
  });

  test('foreign CPU time is what neither server nor harness used', () => {
    const check = (oursUs: number) => foreignCpuCheck(THRESHOLDS, use(0), oursUs);
    expect(check(7_900_000)).toMatchObject({ value: 1, level: 'ok' });
    expect(check(7_700_000)).toMatchObject({ value: 3, level: 'warn' });
    expect(check(6_900_000)).toMatchObject({ value: 11, level: 'warn' });
    expect(check(1_900_000)).toMatchObject({ value: 61, level: 'void' });
    expect(check(9_000_000)).toMatchObject({ value: 0, level: 'ok' });
  });

  test('what could not be read is null and a warning, and voids nothing', () => {
    const none = unknown('/proc/stat: EACCES');
    expect(stealCheck(THRESHOLDS, none)).toMatchObject({ value: null, level: 'warn' });
    expect(foreignCpuCheck(THRESHOLDS, none, 0)).toMatchObject({ value: null, level: 'warn' });
    expect(foreignCpuCheck(THRESHOLDS, use(0), null)).toMatchObject({ value: null, level: 'warn' });
  });

  test('throttling voids; dropped connections may be the server and only warn', () => {
    const counter = (value: number) => ({ value, source: 'test', quality: 'exact' }) as const;
    const levels = (machine: Parameters<typeof machineChecks>[1]) =>
      machineChecks(THRESHOLDS, machine).map(({ name, level }) => [name, level]);
    expect(levels({ cgroup_throttled: counter(0), listen_drops: counter(0) })).toEqual([
      ['cgroup_throttled', 'ok'],
      ['listen_drops', 'ok'],
    ]);
    expect(levels({ cgroup_throttled: counter(1), listen_drops: counter(5) })).toEqual([
      ['cgroup_throttled', 'void'],
      ['listen_drops', 'warn'],
    ]);
    expect(levels({})).toEqual([]);
  });

  test('requests that the client had no port for void the trial', () => {
    expect(noPortCheck(THRESHOLDS, {})).toEqual([]);
    expect(noPortCheck(THRESHOLDS, { no_port: 2 })).toMatchObject([{ value: 2, level: 'void' }]);
  });

  test('limits without void keep everything, with a warning', () => {
    expect(stealCheck(withoutVoid(THRESHOLDS), use(5_000_000)).level).toBe('warn');
  });
});

test('the harness sleeps while it measures: what it uses outside its load threads is a warning', () => {
  const check = (harnessUs: number, clientUs: number | null) =>
    harnessCheck(THRESHOLDS, harnessUs, clientUs, 1_000_000);
  expect(check(640_000, 600_000)).toMatchObject([{ value: 4, level: 'ok' }]);
  expect(check(660_000, 600_000)).toMatchObject([{ value: 6, level: 'warn' }]);
  expect(check(660_000, null)).toEqual([]);
});

test('without limits in the plan nothing is ever wrong', () => {
  const use = known({ busyUs: 1, stealUs: 1, totalUs: 1 });
  expect(stealCheck({}, use)).toMatchObject({ level: 'ok', value: 100 });
});
