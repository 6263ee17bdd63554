import { describe, expect, test } from 'vitest';
import { answerOf } from '../findings/answer.js';
import type { RatioRow } from '../results/schema.js';
import { makeResults, makeRun, voidTrial } from '../results/testing.js';
import { carriedLogs } from './ratio-rows.js';
import { summarise } from './summary.js';

const SUBJECTS = ['thread-per-connection', 'go-net', 'go-net-twin'];
const precision = { target: 0.03, looks: [12, 16] };

const whole = makeRun({ subjects: SUBJECTS, connections: [64], blocks: 16, windowMs: 100 });

/** Of one condition, 16 blocks planned, after the first `blocks` of them. */
function stoppedAfter(
  blocks: number,
  { isPlain = false, voidBlock = -1, looks = precision.looks, change = {} } = {},
) {
  const stopping = isPlain ? {} : { precision: { ...precision, looks } };
  const plan = { ...whole.header.plan, ...stopping, ...change };
  const header = { ...whole.header, plan };
  const trials = whole.trials
    .slice(0, SUBJECTS.length * blocks)
    .map((trial) => (trial.block === voidBlock ? voidTrial(trial) : trial));
  const summary = summarise(header, trials);
  const row = summary.find(
    (one): one is RatioRow =>
      one.kind === 'ratio' && one.metric === 'cpu_us_per_request' && one.subject === SUBJECTS[0],
  );
  const results = makeResults({}, { header, trials, summary });
  return { results, header, trials, summary, row: row ?? expect.fail('no ratio row') };
}

describe('a condition that may stop early', () => {
  test('has the wider intervals of its look, and says their confidence', () => {
    const early = stoppedAfter(12);
    const plain = stoppedAfter(12, { isPlain: true });
    expect(early.row.confidence).toBeGreaterThanOrEqual(0.995);
    expect(plain.row.confidence).toBeLessThan(0.995);
    expect(early.row.lo).toBeLessThan(plain.row.lo as number);
    expect(early.row.hi).toBeGreaterThan(plain.row.hi as number);
    expect(early.row.ratio).toBe(plain.row.ratio);
    const last = stoppedAfter(16).row.confidence as number;
    expect(last).toBeGreaterThanOrEqual(0.955);
    expect(last).toBeLessThan(0.995);
  });

  test('went to its last look although blocks of it are void', () => {
    const { row } = stoppedAfter(16, { voidBlock: 3 });
    expect(row.n).toBe(15);
    expect(row.confidence).toBeGreaterThanOrEqual(0.955);
    expect(row.confidence).toBeLessThan(0.995);
    expect(row.why).toContain('15 of 16 planned blocks');
  });

  test('lacks no block that it did not need', () => {
    const { results, row } = stoppedAfter(12);
    expect(row.why).toBeUndefined();
    expect(answerOf(results).caveats.join()).not.toContain('Fewer trials');
  });

  test('lacks those of a run that was cut off between two looks', () => {
    const { results, row } = stoppedAfter(13);
    expect(row.why).toContain('13 of 16 planned blocks');
    expect(answerOf(results).caveats.join()).toContain('Fewer trials');
  });

  test('has its last look where the budget of the run ends it after the first', () => {
    const { results, row } = stoppedAfter(14, { change: { blocksMsMax: 60_000 } });
    expect(row.confidence).toBeGreaterThanOrEqual(0.955);
    expect(row.confidence).toBeLessThan(0.995);
    expect(row.why).toBeUndefined();
    expect(answerOf(results).caveats.join()).not.toContain('Fewer trials');
  });

  test('decides at the level that its looks leave', () => {
    expect(stoppedAfter(12).row.decision).toBe('worse');
    // Eight pairs decide one of six at 5 %, not at 0.5 %.
    expect(stoppedAfter(8, { isPlain: true }).row.decision).toBe('worse');
    expect(stoppedAfter(8, { looks: [8, 16] }).row.decision).not.toBe('worse');
    // Cut off before the first look: nobody has looked, so the plain level holds.
    expect(stoppedAfter(8).row.decision).toBe('worse');
  });
});

test('the ratios that must be precise: CPU per request of everyone but the reference', () => {
  const { header, trials, row } = stoppedAfter(10);
  const [condition] = header.plan.conditions;
  if (!condition) return expect.fail('no condition');
  const [threads, twin, ...others] = carriedLogs(header, condition, trials).sort(
    (a, b) => Math.max(...b) - Math.max(...a),
  );
  expect(others).toEqual([]);
  expect(threads).toHaveLength(10);
  expect(twin).toHaveLength(10);
  const middle = [...(threads ?? [])].sort((a, b) => a - b)[5] as number;
  expect(Math.exp(middle)).toBeCloseTo(row.ratio as number, 1);
});
