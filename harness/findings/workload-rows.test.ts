/** Rows of conditions that differ in their parameters, their blocks or who takes part. */
import { describe, expect, test } from 'vitest';
import {
  type Condition,
  type Plan,
  placeKey,
  type RunHeader,
  type Trial,
} from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { pairedLogs } from '../stats/ratio-rows.js';
import { summarise } from '../stats/summary.js';
import { type AnswerInput, answerOf } from './answer.js';
import { conclude } from './quality.js';

const SUBJECTS = ['callback-epoll', 'go-net', 'go-net-twin'];
const base = makeRun({ subjects: SUBJECTS, connections: [64], blocks: 8, noise: 0.006 });
const plain = base.header.plan.conditions[0] ?? expect.fail('no condition');

const work = (workUs: number): Condition => ({
  ...plain,
  id: `work-${workUs}us-c64`,
  workload: 'work',
  parameters: { workUs },
});

/** keepalive in 8 blocks, work of 10 and 100 us in 6, the latter without callback-epoll. */
function madeRun(edit: (trial: Trial) => Trial = (trial) => trial) {
  const conditions = [plain, work(10), work(100)];
  const order = base.header.plan.order[0] ?? [];
  const fewer = order.slice(0, 6);
  const without = fewer.map((ids) => ids.filter((id) => id !== 'callback-epoll'));
  const plan: Plan = { ...base.header.plan, conditions, order: [order, fewer, without] };
  const trials = conditions.flatMap(({ id }, index) =>
    base.trials
      .filter(({ subject, block }) => plan.order[index]?.[block]?.includes(subject))
      .map((trial) => edit(slower({ ...trial, condition: id, id: `${id} ${trial.id}` }, index))),
  );
  return { header: { ...base.header, plan }, trials };
}

/** Each condition's CPU time is twice the time of the one before. */
function slower(trial: Trial, index: number): Trial {
  const server = { ...trial.server };
  for (const key of ['user_cpu_us', 'system_cpu_us']) {
    const counter = server[key] ?? expect.fail(key);
    server[key] = { ...counter, value: (counter.value ?? 0) * 2 ** index };
  }
  return { ...trial, server };
}

const { header, trials } = madeRun();
const rows = summarise(header, trials);

describe('rows', () => {
  test('are unique by place, subject and metric', () => {
    const keys = rows.map((row) => [placeKey(row), row.kind, row.subject, row.metric].join(' '));
    expect(new Set(keys).size).toBe(keys.length);
    expect(rows.some(({ parameters }) => parameters?.workUs === 10)).toBe(true);
    expect(
      rows.filter(({ workload }) => workload === 'keepalive').every((r) => !r.parameters),
    ).toBe(true);
  });

  test('are there for those who take part, and for no others', () => {
    const subjects = (workUs: number) =>
      new Set(rows.flatMap((r) => (r.parameters?.workUs === workUs ? [r.subject] : [])));
    expect(subjects(10)).toEqual(new Set(SUBJECTS));
    expect(subjects(100)).toEqual(new Set(['go-net', 'go-net-twin']));
  });

  test('lead back to their own trials', () => {
    const twin = (workUs: number) =>
      rows.find(
        (row) =>
          row.kind === 'ratio' &&
          row.subject === 'go-net-twin' &&
          row.metric === 'cpu_us_per_request' &&
          row.parameters?.workUs === workUs,
      );
    const row = twin(100);
    if (row?.kind !== 'ratio') return expect.fail('no row');
    expect(pairedLogs(header, trials, row)).toHaveLength(6);
    expect(row.n).toBe(6);
  });

  test('know how many blocks their condition was to have', () => {
    const lost = madeRun((trial) =>
      trial.condition === 'work-10us-c64' && trial.block === 5
        ? { ...trial, status: 'failed', reason: 'it died' }
        : trial,
    );
    const found = summarise(lost.header, lost.trials).flatMap(({ workload, why }) => {
      const blocks = /\d+ of \d+ planned blocks/.exec(why ?? '')?.[0];
      return blocks === undefined ? [] : [`${workload}: ${blocks}`];
    });
    expect(new Set(found)).toEqual(new Set(['work: 5 of 6 planned blocks']));
    expect(rows.some(({ why }) => why?.includes('planned blocks'))).toBe(false);
  });
});

function runWith(changed: RunHeader): AnswerInput {
  const quality = { level: 'clean' as const, reasons: [], excluded: [] };
  return { header: changed, trials, summary: rows, quality };
}

test('the answer is that of the plain workload, and names the others where it speaks of them', () => {
  const { headline, sentences, caveats } = answerOf(runWith(header));
  expect(headline).toMatch(/^At 64 connections, keepalive, one request cost/);
  expect(sentences.some((text) => text.includes('at 64 connections, work 10 us'))).toBe(true);
  expect(caveats.join()).not.toContain('Fewer trials were good');
});

test('what a variant is left out of is said, and that it was not left out of the rest', () => {
  const why = 'left out of relay: it does not serve /relay in http mode (variant.json)';
  const skipped = [{ variant: 'mine', why, workloads: ['relay' as const] }];
  const { caveats } = answerOf(runWith({ ...header, skipped }));
  expect(caveats).toContain(`mine was ${why}.`);
});

test('a void block counts against the blocks of its own condition', () => {
  const spoilt = madeRun((trial) =>
    trial.condition === 'work-100us-c64' && trial.block === 0
      ? { ...trial, status: 'void', reason: 'steal' }
      : trial,
  );
  const { quality } = conclude(spoilt.header, spoilt.trials, null);
  const lost = '1 of 6 planned blocks was void and was not repeated';
  expect(quality.reasons).toContain(`work-100us-c64: ${lost}`);
  const with1 = quality.parts?.filter(({ reasons }) => reasons.includes(lost)) ?? [];
  expect(with1.map(({ id }) => id)).toEqual(['work-100us-c64']);
});
