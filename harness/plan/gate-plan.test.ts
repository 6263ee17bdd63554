import { describe, expect, it } from 'vitest';
import { makePlan } from './compare-plan.js';
import {
  gateSubjects,
  groupsOf,
  interleaved,
  onlyConditions,
  sidesOf,
  withSubjects,
} from './gate-plan.js';
import { FOUR, makeMachine, makeVariant } from './testing.js';

const subjectOf = (name: string, _: string, id: string) => ({
  ...{ id, variant: makeVariant(name), args: [] },
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
    ...{ pipeline: 1, seed: 'x', client: 'native' },
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

describe('interleaved subjects', () => {
  const subjects = gateSubjects(['go-net', 'callback-epoll'], true, subjectOf);
  const groups = groupsOf(subjects, true);

  it('are the sides of a variant, and the twin with its original', () => {
    expect(groups).toEqual([
      ['go-net', 'go-net-twin', 'go-net@candidate'],
      ['callback-epoll@base', 'callback-epoll@candidate'],
    ]);
  });

  it('are all of them where each is held against the reference', () => {
    const all = gateSubjects(['callback-epoll'], false, subjectOf);
    expect(groupsOf(all, false)).toEqual([['go-net', 'go-net-twin', 'callback-epoll@candidate']]);
  });

  it('stand together in every block, in the order that they had', () => {
    const before = withSubjects(plan, subjects, '1');
    const after = interleaved(before, { slices: 4, warmupMs: 10 }, groups);
    expect(after.interleave).toEqual({ slices: 4, warmupMs: 10, groups });
    for (const [c, blocks] of after.order.entries()) {
      for (const [b, block] of blocks.entries()) {
        const drawn = before.order[c]?.[b] ?? [];
        expect([...block].sort()).toEqual([...drawn].sort());
        expect(block[0]).toBe(drawn[0]);
        for (const group of groups) {
          const places = group.map((id) => block.indexOf(id)).sort((x, y) => x - y);
          expect((places.at(-1) ?? 0) - (places[0] ?? 0)).toBe(group.length - 1);
          const mine = (list: readonly string[]) => list.filter((id) => group.includes(id));
          expect(mine(block)).toEqual(mine(drawn));
        }
      }
    }
  });
});
