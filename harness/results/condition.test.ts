import { describe, expect, it } from 'vitest';
import { conditionSchema, connectionsHeld, placeKey } from './condition.js';

const CLOSED = { kind: 'closed', pipeline: 1 } as const;
const condition = { id: 'x', workload: 'keepalive', connections: 64, load: CLOSED };

describe('conditionSchema', () => {
  it('takes a condition of earlier results, which has no parameters', () => {
    expect(conditionSchema.parse(condition)).toEqual(condition);
  });

  it.each([
    ['parameters of another workload', { parameters: { workUs: 10 } }],
    ['no parameters where there must be some', { workload: 'work' }],
    ['one of two', { workload: 'bulk', parameters: { replyBytes: 10 } }],
    ['a parameter of nothing', { workload: 'work', parameters: { workUs: 0 } }],
    ['an unknown one', { workload: 'work', parameters: { workUs: 1, workMs: 1 } }],
  ])('refuses %s', (_, change) => {
    expect(conditionSchema.safeParse({ ...condition, ...change }).success).toBe(false);
  });
});

describe('placeKey', () => {
  const at = { connections: 64, load: 'closed' };

  it('tells parameters apart, whatever their order', () => {
    const work = (workUs: number) => placeKey({ workload: 'work', parameters: { workUs }, ...at });
    expect(work(10)).not.toBe(work(100));
    const one = { replyBytes: 1, readBytesPerS: 2 };
    const other = { readBytesPerS: 2, replyBytes: 1 };
    expect(placeKey({ workload: 'bulk', parameters: one, ...at })).toBe(
      placeKey({ workload: 'bulk', parameters: other, ...at }),
    );
  });

  it('is the same with empty parameters and without', () => {
    expect(placeKey({ workload: 'keepalive', parameters: {}, ...at })).toBe(
      placeKey({ workload: 'keepalive', ...at }),
    );
  });
});

it('a server of idle holds the silent connections too', () => {
  const parameters = { silentConnections: 1000 };
  expect(connectionsHeld({ workload: 'idle', connections: 64, parameters })).toBe(1064);
  expect(connectionsHeld({ workload: 'keepalive', connections: 64 })).toBe(64);
});
