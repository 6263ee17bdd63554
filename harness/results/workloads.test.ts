import { describe, expect, it } from 'vitest';
import { conditionOf, defaultsOf } from '../plan/workloads.js';
import { conditionSchema } from './condition.js';
import {
  asksOf,
  parameterKeys,
  TARGETS,
  WORKLOAD_NAMES,
  WORKLOADS,
  workloadId,
  workloadText,
} from './workloads.js';

const CLOSED = { kind: 'closed', pipeline: 1 } as const;
const all = WORKLOAD_NAMES.flatMap(defaultsOf);

it('sizes are in words that one reads', () => {
  const bulk = (replyBytes: number) =>
    workloadText({ workload: 'bulk', parameters: { replyBytes, readBytesPerS: 1 } });
  expect(bulk(2 * 2 ** 20)).toBe('bulk 2 MiB');
  expect(bulk(1000)).toBe('bulk 1000 bytes');
});

describe('every workload', () => {
  it('makes conditions that the schema takes, with the parameters that it has', () => {
    for (const workload of all) {
      const condition = conditionOf(workload, 8, CLOSED);
      expect(conditionSchema.parse(condition)).toEqual(condition);
      expect(Object.keys(condition.parameters ?? {})).toEqual(parameterKeys(workload.workload));
    }
  });

  it('has a name of its own in words and in ids', () => {
    expect(new Set(all.map(workloadId)).size).toBe(all.length);
    expect(new Set(all.map(workloadText)).size).toBe(all.length);
    expect(all.map(workloadText)).toContain('idle, 1000 silent');
  });

  it('asks for its own target, or for none', () => {
    for (const workload of all) {
      const path = asksOf(workload).path ?? null;
      expect(path?.split('?')[0] ?? null).toBe(WORKLOADS[workload.workload].target);
    }
  });
});

it('servers can serve what the workloads ask for, each target once', () => {
  expect(new Set(TARGETS).size).toBe(TARGETS.length);
  for (const { target } of Object.values(WORKLOADS)) {
    if (target !== null) expect(TARGETS).toContain(target);
  }
});
