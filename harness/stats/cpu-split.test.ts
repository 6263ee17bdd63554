import { describe, expect, test } from 'vitest';
import type { Trial } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { cpuSplit } from './cpu-split.js';

const { trials } = makeRun({
  subjects: ['thread-per-connection'],
  connections: [64],
  blocks: 5,
  noise: 0,
});

/** Counters of a trial as if one request had cost this. */
function costing(trial: Trial, user: number, system: number, switches: number): Trial {
  const requests = trial.client?.requestsBetweenStats.value ?? 0;
  const exact = (value: number) => ({ value, source: 'made up', quality: 'exact' as const });
  return {
    ...trial,
    server: {
      user_cpu_us: exact(user * requests),
      system_cpu_us: exact(system * requests),
      voluntary_switches: exact(switches * requests),
      involuntary_switches: exact(0),
    },
  };
}

describe('cpuSplit', () => {
  const made = trials.map((trial) => costing(trial, 2, 6, 1.5));

  test('takes switches x cost out of system time', () => {
    expect(cpuSplit(made, 2)).toEqual({ user: 2, system: 6, switches: 3, exceeds: false, n: 5 });
  });

  test('without a measured cost there is nothing to take out', () => {
    expect(cpuSplit(made, null)).toMatchObject({ system: 6, switches: null });
  });

  test('never takes out more than there is, and says so', () => {
    expect(cpuSplit(made, 100)).toMatchObject({ system: 6, switches: 6, exceeds: true });
  });

  test('null when a trial lacks the counters, or there is none', () => {
    const [first, ...rest] = made as [Trial, ...Trial[]];
    expect(cpuSplit([{ ...first, server: {} }, ...rest], 2)).toBeNull();
    expect(cpuSplit([], 2)).toBeNull();
  });
});
