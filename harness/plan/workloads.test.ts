import { describe, expect, it } from 'vitest';
import { WORKLOADS, type WorkloadName } from '../results/workloads.js';
import { conditionOf, needOf, needText, parseWorkload } from './workloads.js';

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
    ['upload', ['upload-65536b-c64']],
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
  it('says what a server must serve for it', () => {
    const textOf = (workload: WorkloadName) => needText(needOf({ workload }));
    expect(textOf('idle')).toBe('/ in http mode');
    expect(textOf('bulk')).toBe('/bytes in http mode');
    expect(textOf('greeting')).toBe('greeting mode');
  });

  it('stays within the protocol’s ranges', () => {
    expect(WORKLOADS.work.parameter?.max).toBeLessThanOrEqual(1_000_000);
    expect(WORKLOADS.sleep.parameter?.max).toBeLessThanOrEqual(10_000);
    expect(WORKLOADS.bulk.parameter?.max).toBe(16_777_216);
    expect(WORKLOADS.upload.parameter?.max).toBe(1_048_576);
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
