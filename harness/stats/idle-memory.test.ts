import { describe, expect, test } from 'vitest';
import type { Evidence, MemorySlope } from '../results/evidence.js';
import { idleMemory } from './idle-memory.js';

const none = { items: null, why: 'not asked for' };
const evidenceOf = (memory: Evidence['memory']): Evidence => ({
  switchCosts: none,
  traces: none,
  wakeups: none,
  sources: none,
  memory,
});

function slope(subject: string, kind: 'user' | 'kernel', bytes: number | null): MemorySlope {
  const interval = bytes === null ? { lo: null, hi: null } : { lo: bytes - 100, hi: bytes + 100 };
  const fit = { connections: [0, 1000, 5000], n: 3, source: 'made up' };
  return { subject, kind, bytesPerConnection: bytes, ...interval, ...fit };
}

const slopes = [
  slope('a', 'user', 1000),
  slope('a', 'kernel', 3000),
  slope('b', 'user', 6000),
  slope('b', 'kernel', 2000),
  { ...slope('c', 'user', null), why: 'it died at 5000' },
  slope('c', 'kernel', 2000),
];

describe('idleMemory', () => {
  const [a, b, c, d] = idleMemory(evidenceOf({ items: slopes, why: null }), [...'abcd'], 'a');

  test('adds user and kernel memory, bounds too', () => {
    expect(a).toEqual({
      subject: 'a',
      ratio: null,
      n: 3,
      why: null,
      total: { value: 4000, lo: 3800, hi: 4200 },
    });
  });

  test('takes the far ends for the ratio', () => {
    expect(b?.ratio).toEqual({ value: 2, lo: 7800 / 4200, hi: 8200 / 3800 });
  });

  test('says why there is none', () => {
    expect(c).toMatchObject({ total: null, ratio: null, why: 'user memory: it died at 5000' });
    expect(d).toMatchObject({ total: null, why: 'its memory was not measured' });
    expect(idleMemory(null, ['a'], 'a')[0]?.why).toBe('this run measured no idle connections');
    expect(idleMemory(evidenceOf(none), ['a'], 'a')[0]?.why).toBe('not asked for');
  });
});
