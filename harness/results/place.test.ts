import { expect, test } from 'vitest';
import { conditionAt, loadText, placeOf } from './place.js';
import type { Condition } from './schema.js';
import { makeRun } from './testing.js';

const base = { id: 'x', workload: 'keepalive', connections: 4 } as const;
const condition: Condition = { ...base, load: { kind: 'closed', pipeline: 1 } };

test('the load of a row', () => {
  expect(loadText(condition)).toBe('closed');
  expect(loadText({ ...base, load: { kind: 'closed', pipeline: 8 } })).toBe('closed, pipeline 8');
  const open = { kind: 'open', ratePerS: 20000 } as const;
  expect(loadText({ ...base, load: { ...open, arrivals: 'poisson' } })).toBe('open 20000/s');
  const fixed = loadText({ ...base, load: { ...open, arrivals: 'fixed' } });
  expect(fixed).toBe('open 20000/s, fixed interval');
});

test('a row names its condition, and parameters where there are any', () => {
  expect(placeOf(condition)).toEqual({ workload: 'keepalive', connections: 4, load: 'closed' });
  const work = { ...condition, workload: 'work', parameters: { workUs: 10 } } as const;
  expect(placeOf(work)).toMatchObject({ workload: 'work', parameters: { workUs: 10 } });
});

test('the condition of a row is found again, and no other is', () => {
  const { plan } = makeRun({ connections: [4, 64], blocks: 1 }).header;
  const [first = expect.fail('none'), second = expect.fail('none')] = plan.conditions;
  expect(conditionAt(plan, placeOf(second))).toBe(second);
  expect(() => conditionAt({ ...plan, conditions: [first] }, placeOf(second))).toThrow(
    'no condition of closed, 64',
  );
});
