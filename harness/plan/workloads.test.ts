import { describe, expect, it } from 'vitest';
import { conditionSchema, PARAMETERS, workloadName, workloadText } from '../results/schema.js';
import { conditionOf, defaultsOf, FORMS, needOf, needText, parseWorkload } from './workloads.js';

const CLOSED = { kind: 'closed', pipeline: 1 } as const;
const idOf = (text: string, connections = 64) =>
  parseWorkload(text).map((workload) => conditionOf(workload, connections, CLOSED).id);

describe('parseWorkload', () => {
  it.each([
    ['keepalive', ['keepalive-c64']],
    ['greeting', ['greeting-c64']],
    ['relay', ['relay-c64']],
    ['idle', ['idle-1000-c64']],
    ['idle:5000', ['idle-5000-c64']],
    ['work', ['work-10us-c64', 'work-100us-c64', 'work-1000us-c64']],
    ['work:50', ['work-50us-c64']],
    ['sleep', ['sleep-1ms-c64']],
    ['bulk', ['bulk-1mib-c64']],
    ['bulk:1000', ['bulk-1000b-c64']],
  ])('%s makes %j', (text, ids) => {
    expect(idOf(text)).toEqual(ids);
  });

  it.each([
    ['works', 'there is no workload works', 'did you mean work?'],
    ['relay:3', '--workloads cannot have "relay:3"', 'it has no parameter'],
    ['work:', '--workloads cannot have "work:"', 'give work:N, N us from 1 to 100000'],
    ['work:0', '--workloads cannot have "work:0"', 'from 1 to 100000'],
    ['work:10us', '--workloads cannot have "work:10us"', 'from 1 to 100000'],
    ['idle:1:2', '--workloads cannot have "idle:1:2"', 'N silent connections from 1 to 60000'],
    ['bulk:16777217', '--workloads cannot have "bulk:16777217"', 'from 1 to 16777216'],
  ])('refuses %s', (text, message, remedy) => {
    const refusal = expect.objectContaining({ message, exitCode: 2 });
    expect(() => parseWorkload(text)).toThrow(refusal);
    expect(() => parseWorkload(text)).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining(remedy) }),
    );
  });
});

describe('every workload', () => {
  const all = workloadName.options.flatMap(defaultsOf);

  it('makes conditions that the schema takes, with the parameters that it has', () => {
    for (const workload of all) {
      const condition = conditionOf(workload, 8, CLOSED);
      expect(conditionSchema.parse(condition)).toEqual(condition);
      expect(Object.keys(condition.parameters ?? {}).sort()).toEqual(
        [...PARAMETERS[workload.workload]].sort(),
      );
    }
  });

  it('has a name of its own in words and in ids', () => {
    const ids = all.map((workload) => conditionOf(workload, 8, CLOSED).id);
    expect(new Set(ids).size).toBe(all.length);
    expect(new Set(all.map(workloadText)).size).toBe(all.length);
    expect(all.map(workloadText)).toContain('idle, 1000 silent');
  });

  it('says what a server must serve for it', () => {
    const texts = workloadName.options.map((workload) => needText(needOf({ workload })));
    expect(texts).toEqual([
      '/ in http mode',
      'greeting mode',
      '/ in http mode',
      '/relay in http mode',
      '/bytes in http mode',
      '/work in http mode',
      '/sleep in http mode',
    ]);
  });

  it('stays within the protocol’s ranges', () => {
    expect(FORMS.work.parameter?.max).toBeLessThanOrEqual(1_000_000);
    expect(FORMS.sleep.parameter?.max).toBeLessThanOrEqual(10_000);
    expect(FORMS.bulk.parameter?.max).toBe(16_777_216);
  });
});

it('the load is part of the id where it is not the usual one', () => {
  const id = (load: Parameters<typeof conditionOf>[2]) =>
    conditionOf({ workload: 'keepalive' }, 64, load).id;
  expect(id({ kind: 'closed', pipeline: 4 })).toBe('keepalive-c64-p4');
  expect(id({ kind: 'open', ratePerS: 2000, arrivals: 'poisson' })).toBe('keepalive-c64-open-2000');
  expect(id({ kind: 'open', ratePerS: 2000, arrivals: 'fixed' })).toBe(
    'keepalive-c64-open-2000-fixed',
  );
});
