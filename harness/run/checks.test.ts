import { expect, test } from 'vitest';
import { known, unknown } from '../probe/reading.js';
import {
  accountingCheck,
  clientCpuCheck,
  errorsCheck,
  foreignCpuCheck,
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
  expect(accountingCheck({ ...counts, bytesRead: 0 })).toMatchObject({ value: 0, level: 'ok' });
  expect(accountingCheck({ ...counts, bytesRead: 0, sent: 101 })).toEqual({
    name: 'accounting',
    value: 1,
    level: 'void',
    text: 'sent 101, ok 90 + errors 3 + timeouts 0 + unfinished 7',
  });
});

test.each([
  [10_000, 10_000, 0, 'ok'],
  [10_050, 10_000, 0, 'ok'],
  [10_051, 10_000, 0, 'warn'],
  [9_900, 10_000, 100, 'ok'],
  [9_899, 10_000, 100, 'warn'],
])('request counts: %i and %i with %i in flight are %s', (server, client, slack, level) => {
  expect(requestCountsCheck(server, client, slack).level).toBe(level);
});

test('request counts of a server that counts none are null, not 0', () => {
  expect(requestCountsCheck(null, 100, 0)).toMatchObject({ value: null, level: 'ok' });
});

test.each([
  ['errors', errorsCheck(0), errorsCheck(1)],
  ['uncertainty', statsUncertaintyCheck(1, 1000, false), statsUncertaintyCheck(1.1, 1000, false)],
  [
    'uncertainty where only the client counts',
    statsUncertaintyCheck(9, 1000, true),
    statsUncertaintyCheck(9, 1000, false),
  ],
  ['warm-up', warmupCheck(4, 4), warmupCheck(3, 4)],
  ['client CPU', clientCpuCheck(850, 1000), clientCpuCheck(851, 1000)],
])('%s: fine up to its limit, a warning beyond', (_, fine, beyond) => {
  expect(fine.level).toBe('ok');
  expect(beyond.level).toBe('warn');
});

test('steal and foreign CPU are shares of the time of the CPUs', () => {
  const use = known({ busyUs: 800_000, stealUs: 6_000, totalUs: 1_000_000 });
  expect(stealCheck(use)).toEqual({
    name: 'steal_percent',
    value: 0.6,
    level: 'warn',
    text: '0.6 % of the CPU time was stolen (limit 0.5 %)',
  });
  expect(foreignCpuCheck(use, 790_000)).toMatchObject({ value: 1, level: 'ok' });
  expect(foreignCpuCheck(use, 770_000)).toMatchObject({ value: 3, level: 'warn' });
  expect(foreignCpuCheck(use, 900_000)).toMatchObject({ value: 0, level: 'ok' });
});

test('what could not be read is null and a warning', () => {
  const none = unknown('/proc/stat: EACCES');
  expect(stealCheck(none)).toMatchObject({ value: null, level: 'warn' });
  expect(foreignCpuCheck(none, 0)).toMatchObject({ value: null, level: 'warn' });
  const use = { ok: true, value: { busyUs: 800_000, totalUs: 1_000_000, stealUs: 0 } } as const;
  expect(foreignCpuCheck(use, null)).toMatchObject({ value: null, level: 'warn' });
  expect(clientCpuCheck(null, 1)).toMatchObject({ value: null, level: 'warn' });
});
