import { expect, test } from 'vitest';
import { known, unknown } from '../probe/reading.js';
import { requireCpus, requireOpenFiles } from './preflight.js';

test('CPUs outside of the allowed ones are named, with three ways out', () => {
  const placement = { serverCpus: [0, 5], clientCpus: [1] };
  requireCpus(placement, known([0, 1, 5]));
  requireCpus(placement, unknown('/proc is not mounted'));
  let error: unknown;
  try {
    requireCpus(placement, known([0, 1]));
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({
    name: 'UserError',
    message: 'CPU 5 may not be used: this process is confined to CPUs 0,1',
    remedy: expect.stringMatching(/--cpus.*taskset -apc.*cpuset/),
  });
});

test('open files: the condition with most connections decides, an unknown limit does not', () => {
  const condition = (connections: number) => ({
    id: `keepalive-c${connections}`,
    workload: 'keepalive' as const,
    connections,
    load: { kind: 'closed' as const, pipeline: 1 },
  });
  const plan = { conditions: [condition(1), condition(512)] };
  requireOpenFiles(plan, known(576));
  requireOpenFiles(plan, unknown('/proc is not mounted'));
  expect(() => requireOpenFiles(plan, known(575))).toThrow('512 connections need 576 open files');
});
