import { expect, test } from 'vitest';
import type { Calibration } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { ConditionTable } from './condition-table.js';
import { serverShare } from './limit.js';

/** As older files have it: a rate that the client reached once, for 300 ms. */
function withCeiling(condition: string, requestsPerS: number): Calibration {
  const name = `generator_ceiling ${condition}`;
  const source = 'the null server on the CPUs of the server';
  const value = { name, unit: 'requests/s', value: requestsPerS, source };
  return { durationMs: 1, values: [value], selfTests: [] };
}

test('no throughput of a saturated server is refused, whatever an old calibration says', () => {
  const { header, trials } = makeRun({ connections: [64], blocks: 4 });
  const condition = header.plan.conditions[0] ?? expect.fail('no condition');
  const old = { ...header, calibration: withCeiling(condition.id, 1) };
  const table = new ConditionTable(old, condition, trials);
  const cells = trials.map(({ subject, block }) => table.okCell(subject, block));
  expect(cells.length).toBeGreaterThan(0);
  for (const cell of cells) {
    if (cell === null) expect.fail('a trial is missing');
    expect(serverShare(cell.trial, 1)).toBeGreaterThanOrEqual(0.95);
    expect(cell.metrics.get('requests_per_s')).not.toHaveProperty('bound');
    expect(cell.metrics.get('latency_us_p50')?.why ?? '').not.toContain('client');
  }
});
