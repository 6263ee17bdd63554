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
  trials: [{ subject: 'a-twin', condition: 'c1', status: 'ok' }],
  summary: [{}],
};

it('finds nothing wrong with a complete run', () => {
  expect(faultsOf(good, ['a'])).toEqual([]);
});

it.each([
  [{ outcome: 'partial', problems: ['x died'] }, 'outcome is partial: x died'],
  [{ trials: [{ ...good.trials[0], status: 'void' }] }, 'a-twin has no good trial of c1'],
  [{ summary: [] }, 'the summary is empty'],
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
