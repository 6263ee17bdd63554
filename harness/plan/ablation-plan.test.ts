import { describe, expect, it } from 'vitest';
import { type AblationRequest, makeAblationPlan } from './ablation-plan.js';
import { FOUR, makeMachine, makeVariant } from './testing.js';
import { variantFileSchema } from './variant.js';

const REQUEST: AblationRequest = {
  connections: [64, 512],
  blocks: 8,
  warmupMs: 300,
  windowMs: 700,
  seed: 'test',
};

const TUNED = makeVariant('tuned', {
  ablation: [
    { label: 'none', args: ['--tune', 'none'] },
    { label: 'fifo', args: ['--tune', 'fifo'] },
    { label: 'as shipped', args: [] },
  ],
});
const TRIGGER = makeVariant('trigger', {
  ablation: [
    { label: 'edge', args: ['--trigger', 'edge'] },
    { label: 'level', args: ['--trigger', 'level'] },
  ],
});

describe('makeAblationPlan', () => {
  const made = makeAblationPlan(REQUEST, [...FOUR, TUNED, TRIGGER], makeMachine());

  it('has every variant as it is, the twin, and a subject per set of flags', () => {
    expect(made.subjects.map(({ id, args }) => [id, ...args].join(' '))).toEqual([
      'thread-per-connection',
      'go-net',
      'go-net-twin',
      'coroutine-epoll',
      'callback-epoll',
      'tuned',
      'tuned:none --tune none',
      'tuned:fifo --tune fifo',
      'trigger',
      'trigger:edge --trigger edge',
      'trigger:level --trigger level',
    ]);
  });

  it('compares the sets of a variant with its first, and names the one without flags', () => {
    expect(made.sets.map(({ label, subject, base }) => `${label} ${subject} / ${base}`)).toEqual([
      'none tuned:none / tuned:none',
      'fifo tuned:fifo / tuned:none',
      'as shipped tuned / tuned:none',
      'edge trigger:edge / trigger:edge',
      'level trigger:level / trigger:edge',
      'default trigger / trigger:edge',
    ]);
  });

  it('puts all subjects into every block of every condition', () => {
    const ids = made.subjects.map(({ id }) => id).sort();
    expect(made.plan.order.map((blocks) => blocks.length)).toEqual([8, 8]);
    for (const order of made.plan.order.flat()) expect([...order].sort()).toEqual(ids);
  });

  it.each([
    [{ variants: ['tund'] }, {}, 'there is no variant tund'],
    [{ connections: [50_000] }, {}, '50000 connections need'],
    [{}, { threadLimits: [{ name: 'limit', value: 100, remedy: 'N' }] }, 'limit allows 100'],
  ])('refuses %j', (request, machine, message) => {
    const ask = { ...REQUEST, ...request };
    expect(() => makeAblationPlan(ask, [...FOUR, TUNED], makeMachine(machine))).toThrow(message);
  });
});

describe('ablation in variant.json', () => {
  const file = {
    name: 'x',
    title: 'x',
    model: 'x',
    summary: 'x',
    launch: { native: 'x' },
    serves: { modes: ['http'], targets: ['/'] },
    threadsPerCpu: 1,
  };
  it('is optional, and its labels differ', () => {
    const set = { label: 'a', args: ['--a'] };
    expect(variantFileSchema.safeParse(file).success).toBe(true);
    expect(variantFileSchema.safeParse({ ...file, ablation: [set] }).success).toBe(true);
    expect(variantFileSchema.safeParse({ ...file, ablation: [] }).success).toBe(false);
    expect(variantFileSchema.safeParse({ ...file, ablation: [set, set] }).success).toBe(false);
  });
});
