import { expect, test } from 'vitest';
import type { Results, SummaryRow } from '../results/schema.js';
import { failTrial, makeResults } from '../results/testing.js';
import { buildModel } from './model.js';

const results = makeResults({ connections: [64, 1], blocks: 6 });
const place = {
  subject: 'callback-epoll',
  workload: 'keepalive',
  load: 'closed',
  connections: 64,
  metric: 'cpu_us_per_request',
} as const;

function withoutRows(from: Results, gone: (row: SummaryRow) => boolean): Results {
  return { ...from, summary: from.summary.filter((row) => !gone(row)) };
}

test('a value is the row of the summary, untouched', () => {
  const row = results.summary.find(
    (r) =>
      r.kind === 'value' &&
      r.subject === place.subject &&
      r.connections === 64 &&
      r.metric === place.metric,
  );
  expect(buildModel(results).value(place)).toMatchObject({
    kind: 'value',
    median: row?.kind === 'value' ? row.median : undefined,
    interval: { lo: row?.lo, hi: row?.hi },
    n: 6,
  });
});

test('connections rise, whatever the order of the plan', () => {
  expect(buildModel(results).scenarios).toEqual([
    { workload: 'keepalive', load: 'closed', counts: [1, 64] },
  ]);
});

test('roles: reference, twin, contender', () => {
  const roles = buildModel(results).subjects.map(({ id, role }) => `${id} ${role}`);
  expect(roles).toContain('go-net reference');
  expect(roles).toContain('go-net-twin twin');
  expect(roles).toContain('callback-epoll contender');
});

test('a missing row is a gap whose reason comes from the trials', () => {
  const gone = (row: SummaryRow) => row.subject === place.subject;
  const failed = makeResults({
    connections: [64],
    edit: (trial) => (trial.subject === place.subject ? failTrial(trial, 'it fell over') : trial),
  });
  const reason = (from: Results) => buildModel(withoutRows(from, gone)).value(place);
  expect(reason(failed)).toEqual({ kind: 'gap', why: 'no trial succeeded: it fell over' });
  expect(reason({ ...results, trials: [] })).toEqual({ kind: 'gap', why: 'no trial was run' });
  expect(reason(results)).toEqual({ kind: 'gap', why: 'the results file has no such row' });
});

test('without bounds there is no interval, and a reason why', () => {
  const few = buildModel(makeResults({ connections: [64], blocks: 3 }));
  const value = few.value(place);
  expect(value).toMatchObject({ kind: 'value', interval: null, n: 3 });
  expect(value.why).toMatch(/interval/);
  expect(few.ratio(place)).toMatchObject({ kind: 'ratio', interval: null, n: 3 });
});

test('no reference, no ratios', () => {
  const alone = buildModel(makeResults({ subjects: ['callback-epoll'], connections: [64] }));
  expect(alone.reference).toBeNull();
  expect(alone.ratio(place)).toEqual({ kind: 'gap', why: 'go-net did not take part' });
});

test('a lower bound is marked', () => {
  const bound = buildModel(makeResults({ connections: [64], clientCpuUsPerRequest: 6.2 }));
  expect(bound.value({ ...place, metric: 'requests_per_s' })).toMatchObject({ lowerBound: true });
});

test('conditions that differ in a parameter alone are scenarios of their own', () => {
  const made = makeResults({ subjects: ['go-net'], connections: [64], blocks: 1 });
  const [condition] = made.header.plan.conditions;
  const work = (workUs: number) => ({ workload: 'work', parameters: { workUs } }) as const;
  const conditions = [1, 2].map((us) => ({ ...condition, id: `w${us}`, ...work(us) }));
  const summary = [1, 2].flatMap((us) =>
    made.summary.map((row) => (row.kind === 'value' ? { ...row, ...work(us), median: us } : row)),
  );
  const plan = {
    ...made.header.plan,
    conditions: conditions as typeof made.header.plan.conditions,
  };
  const model = buildModel({ ...made, header: { ...made.header, plan }, summary });
  expect(model.scenarios.map(({ parameters }) => parameters)).toEqual([
    { workUs: 1 },
    { workUs: 2 },
  ]);
  const medians = model.scenarios.map((scenario) => {
    const cell = model.value({ ...place, ...scenario, subject: 'go-net' });
    return cell.kind === 'value' ? cell.median : null;
  });
  expect(medians).toEqual([1, 2]);
});

test('a subject that the plan has not in a condition is no gap there', () => {
  const made = makeResults({ connections: [1, 64], blocks: 1 });
  const order = made.header.plan.order.map((blocks, c) =>
    blocks.map((ids) => ids.filter((id) => c === 0 || id !== place.subject)),
  );
  const plan = { ...made.header.plan, order };
  const model = buildModel({ ...made, header: { ...made.header, plan } });
  expect(model.takesPart(place.subject, { ...place, connections: 1 })).toBe(true);
  expect(model.takesPart(place.subject, place)).toBe(false);
});
