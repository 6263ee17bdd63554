import { describe, expect, it } from 'vitest';
import { slicingOf } from '../results/schema.js';
import { makePlan } from './compare-plan.js';
import {
  gateSubjects,
  legsOf,
  onlyConditions,
  sidesOf,
  sliced,
  withSubjects,
} from './gate-plan.js';
import { FOUR, makeMachine, makeVariant } from './testing.js';

const subjectOf = (name: string, _: string, id: string) => ({
  id,
  variant: makeVariant(name),
  args: [],
});
const ids = (variants: readonly string[], hasBase: boolean) =>
  gateSubjects(variants, hasBase, subjectOf).map(({ id }) => id);

describe('the subjects of a gate', () => {
  it('are the reference and its twin, and both sides of every variant', () => {
    expect(ids(['callback-epoll'], true)).toEqual([
      ...['go-net', 'go-net-twin', 'callback-epoll@base', 'callback-epoll@candidate'],
    ]);
  });

  it('take the reference for its own base', () => {
    expect(ids(['go-net'], true)).toEqual(['go-net', 'go-net-twin', 'go-net@candidate']);
    expect(sidesOf(['go-net'], true)).toEqual([
      { variant: 'go-net', base: 'go-net', candidate: 'go-net@candidate' },
    ]);
  });

  it('have the reference as base where a stored baseline is compared with', () => {
    expect(ids(['go-net', 'callback-epoll'], false)).toEqual([
      ...['go-net', 'go-net-twin', 'callback-epoll@candidate'],
    ]);
    expect(sidesOf(['callback-epoll'], false)[0]).toMatchObject({ base: 'go-net' });
  });

  it('mark the twin as a copy', () => {
    const [, twin] = gateSubjects(['callback-epoll'], true, subjectOf);
    expect(twin).toMatchObject({ id: 'go-net-twin', aaOf: 'go-net' });
  });
});

const { plan } = makePlan(
  {
    ...{
      profile: 'default',
      workloads: [{ workload: 'keepalive' }],
      connections: [1, 64],
      blocks: 4,
    },
    pipeline: 1,
    seed: 'x',
    client: 'native',
  },
  FOUR,
  makeMachine(),
);

describe('the plan of a batch', () => {
  it('has its subjects in every block, mirrored, in another order than other batches', () => {
    const subjects = ['a', 'b', 'c', 'd', 'e'].map((id) => subjectOf('go-net', '', id));
    const first = withSubjects(plan, subjects, '1');
    const second = withSubjects(plan, subjects, '2');
    for (const blocks of first.order) {
      expect(blocks).toHaveLength(4);
      for (const block of blocks) expect([...block].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(blocks[1]).toEqual([...(blocks[0] ?? [])].reverse());
    }
    expect(second.order).not.toEqual(first.order);
  });

  it('has under a condition only those whose variants take part in it', () => {
    const subjects = [subjectOf('go-net', '', 'a'), subjectOf('elsewhere', '', 'b')];
    expect(withSubjects(plan, subjects, '1').order.flat(2)).toEqual(Array(8).fill('a'));
  });

  it('can be narrowed to some conditions', () => {
    const narrow = onlyConditions(plan, new Set(['keepalive-c64']));
    expect(narrow.conditions.map(({ id }) => id)).toEqual(['keepalive-c64']);
    expect(narrow.order).toEqual([plan.order[1]]);
  });
});

describe('subjects that are measured in turn', () => {
  const subjects = gateSubjects(['go-net', 'callback-epoll'], true, subjectOf);
  const legs = legsOf(subjects, true);
  const slices = { rounds: 4, warmupMs: 10, windowMs: 25 };

  it('stand next to each other: the sides of a variant, and the twin with its original', () => {
    expect(legs).toEqual([
      ['go-net', 'go-net-twin', 'go-net@candidate'],
      ['callback-epoll@base', 'callback-epoll@candidate'],
    ]);
  });

  it('are all of them where each is held against the reference', () => {
    const all = gateSubjects(['callback-epoll'], false, subjectOf);
    expect(legsOf(all, false)).toEqual([['go-net', 'go-net-twin', 'callback-epoll@candidate']]);
  });

  it('keep the order of their blocks, and have as much measured time as their slices', () => {
    const before = withSubjects(plan, subjects, '1');
    const after = sliced(before, slices, legs);
    expect(after.order).toEqual(before.order);
    expect(after.windowMs).toBe(100);
    expect(Object.keys(after.slicing ?? {})).toEqual(plan.conditions.map(({ id }) => id));
    for (const { id } of plan.conditions) {
      expect(slicingOf(after, id)).toEqual({ ...slices, firstWarmupMs: plan.warmupMs, legs });
    }
  });

  it('stand in no leg of a condition that they take no part in', () => {
    const before = withSubjects(plan, subjects, '1');
    const [first = [], ...rest] = before.order;
    const only = { ...before, order: [first.map(() => ['go-net', 'go-net@candidate']), ...rest] };
    const [one, other] = plan.conditions.map(({ id }) => slicingOf(sliced(only, slices, legs), id));
    expect(one?.legs).toEqual([['go-net', 'go-net@candidate']]);
    expect(other?.legs).toEqual(legs);
  });
});
