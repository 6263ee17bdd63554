import { expect, test } from 'vitest';
import type { Subject } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { identities } from './identity.js';

const [base] = makeRun({ subjects: ['callback-epoll'], connections: [1], blocks: 1 }).header
  .subjects as [Subject];
const many = Array.from({ length: 40 }, (_, i): Subject => ({ ...base, id: `s${i}` }));

test('forty subjects have forty different looks', () => {
  const looks = [...identities(many, 'none').values()].map((look) => JSON.stringify(look));
  expect(new Set(looks).size).toBe(40);
});

test('the first five differ in colour, in shape and in dash', () => {
  const looks = [...identities(many.slice(0, 5), 'none').values()];
  for (const part of ['colour', 'shape', 'dash'] as const) {
    expect(new Set(looks.map((look) => String(look[part]))).size).toBe(5);
  }
});

test('reference and twin have looks of their own and take none from the others', () => {
  const twin: Subject = { ...base, id: 'twin', aaOf: 'ref' };
  const alone = identities([many[0] as Subject], 'ref');
  const together = identities([{ ...base, id: 'ref' }, twin, many[0] as Subject], 'ref');
  expect(together.get('s0')).toEqual(alone.get('s0'));
  expect(together.get('ref')).toMatchObject({ colour: 'var(--c0)', dash: [] });
  expect(together.get('twin')?.colour).toBe('var(--caa)');
});
