import { expect, test } from 'vitest';
import { makeResults } from '../results/testing.js';
import { buildModel } from './model.js';
import { workloadText } from './workload.js';

test('a workload is told with its parameters, in an order of their own', () => {
  expect(workloadText({ workload: 'keepalive' })).toBe('keepalive');
  const idle = { workload: 'bulk', parameters: { replyBytes: 1000, readBytesPerS: 9 } };
  expect(workloadText(idle)).toBe('bulk, read bytes per s 9, reply bytes 1000');
});

test('conditions that differ in a parameter alone are scenarios of their own', () => {
  const made = makeResults({ subjects: ['go-net'], connections: [64], blocks: 1 });
  const [condition] = made.header.plan.conditions;
  const of = (workUs: number) => ({ ...condition, id: `w${workUs}`, parameters: { workUs } });
  const rows = [1, 2].flatMap((workUs) =>
    made.summary.map((row) =>
      row.kind === 'value' ? { ...row, parameters: { workUs }, median: workUs } : row,
    ),
  );
  const plan = { ...made.header.plan, conditions: [of(1), of(2)] as never };
  const results = { ...made, header: { ...made.header, plan }, summary: rows };
  const model = buildModel(results);
  expect(model.scenarios.map(({ parameters }) => parameters)).toEqual([
    { workUs: 1 },
    { workUs: 2 },
  ]);
  const medians = model.scenarios.map((scenario) => {
    const place = { ...scenario, connections: 64, subject: 'go-net' };
    const cell = model.value({ ...place, metric: 'cpu_us_per_request' });
    return cell.kind === 'value' ? cell.median : null;
  });
  expect(medians).toEqual([1, 2]);
});
