import { describe, expect, it } from 'vitest';
import type { WorkloadName } from '../results/schema.js';
import { makePlan } from './compare-plan.js';
import type { PlanRequest } from './profiles.js';
import { splitByAbility } from './subjects.js';
import { FULL_SERVES, makeMachine, makeVariant } from './testing.js';
import { parseWorkload } from './workloads.js';

const all = makeVariant('go-net', { serves: FULL_SERVES });
const plain = makeVariant('plain');
const greeter = makeVariant('greeter', { serves: { modes: ['greeting'], targets: ['/'] } });
const workloads = (...names: WorkloadName[]) => names.map((workload) => ({ workload }));
const names = (variants: readonly { name: string }[]) => variants.map(({ name }) => name);

describe('splitByAbility', () => {
  it('keeps a variant for what it serves, and says what it is left out of', () => {
    const { able, skipped } = splitByAbility(
      [all, plain, greeter],
      workloads('keepalive', 'relay', 'work', 'greeting'),
    );
    expect(names(able)).toEqual(['go-net', 'plain', 'greeter']);
    expect(skipped).toEqual([
      {
        variant: 'plain',
        why:
          'left out of relay, work and greeting: it does not serve ' +
          '/relay in http mode, /work in http mode and greeting mode (variant.json)',
        workloads: ['relay', 'work', 'greeting'],
      },
      expect.objectContaining({ variant: 'greeter', workloads: ['keepalive', 'relay', 'work'] }),
    ]);
  });

  it('skips one that serves nothing of it', () => {
    const { able, skipped } = splitByAbility([all, greeter], workloads('keepalive'));
    expect(names(able)).toEqual(['go-net']);
    expect(skipped).toEqual([
      { variant: 'greeter', why: 'it does not serve / in http mode (variant.json)' },
    ]);
  });

  it('refuses a workload that nobody serves', () => {
    expect(() => splitByAbility([plain], workloads('keepalive', 'sleep'))).toThrow(
      'no chosen variant serves /sleep in http mode',
    );
  });
});

it('a condition has the subjects that serve it, the others have the rest', () => {
  const request: PlanRequest = {
    profile: 'smoke',
    workloads: ['keepalive', 'relay'].flatMap(parseWorkload),
    connections: [8],
    pipeline: 1,
    seed: 's',
    client: 'native',
  };
  const { plan, skipped } = makePlan(request, [all, plain], makeMachine());
  const taking = plan.order.map((blocks) => [...(blocks[0] ?? [])].sort());
  expect(taking).toEqual([
    ['go-net', 'go-net-twin', 'plain'],
    ['go-net', 'go-net-twin'],
  ]);
  expect(skipped).toMatchObject([{ variant: 'plain', workloads: ['relay'] }]);
});
