import { expect, it } from 'vitest';
import { faultsOf } from './validate-results.mjs';

const good = {
  outcome: 'complete',
  problems: [],
  header: {
    subjects: [{ id: 'a-twin', variant: 'a' }],
    skipped: [],
    plan: { conditions: [{ id: 'c1' }] },
  },
  trials: [
    {
      id: 'c1-b0-p0',
      subject: 'a-twin',
      condition: 'c1',
      status: 'ok',
      counts: { completed: 10 },
      checks: [
        { name: 'accounting', value: 0, level: 'ok' },
        { name: 'errors', value: 0, level: 'ok' },
        { name: 'request_counts_percent', value: 3, level: 'warn' },
      ],
    },
  ],
  summary: [{}],
};

const withCheck = (name: string, value: number) => ({
  trials: good.trials.map((trial) => ({
    ...trial,
    checks: [...trial.checks.filter((one) => one.name !== name), { name, value, level: 'ok' }],
  })),
});

it('finds nothing wrong with a complete run', () => {
  expect(faultsOf(good, ['a'])).toEqual([]);
});

it.each([
  [{ outcome: 'partial', problems: ['x died'] }, 'outcome is partial: x died'],
  [{ trials: [{ ...good.trials[0], status: 'void' }] }, 'a-twin has no good trial of c1'],
  [{ summary: [] }, 'the summary is empty'],
  [withCheck('accounting', 2), 'c1-b0-p0 (a-twin): accounting is 2, not 0'],
  [withCheck('errors', 1), 'c1-b0-p0 (a-twin): errors is 1, not 0'],
  [withCheck('request_counts_percent', 30), 'c1-b0-p0 (a-twin): both sides counted 30 % apart'],
  [
    { trials: [{ ...good.trials[0], counts: { completed: 0 } }] },
    'c1-b0-p0 (a-twin) completed no request',
  ],
  [
    { header: { ...good.header, skipped: [{ variant: 'b', why: 'no Go' }] } },
    'b was skipped: no Go',
  ],
])('names %j', (change, fault) => {
  expect(faultsOf({ ...good, ...change } as typeof good, ['a'])).toEqual([fault]);
});

it('names a variant that took no part', () => {
  expect(faultsOf(good, ['a', 'b'])).toEqual(['b took no part']);
});
