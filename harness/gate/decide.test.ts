import { describe, expect, it } from 'vitest';
import type { Baseline } from './baseline.js';
import { type Asked, decide, type Found, modeOf } from './decide.js';
import { CONFIG, rowOf, samplesOf } from './testing.js';

const asked = (overrides: Partial<Asked> = {}): Asked => ({
  config: CONFIG,
  entries: [],
  stored: null,
  lanes: ['counts'],
  strict: false,
  qualification: { qualified: true, text: 'qualified' },
  ...overrides,
});
const five = (value: number) => [value, value, value, value, value];
const found = (overrides: Partial<Found> = {}): Found => ({
  variants: ['demo'],
  faults: [],
  samples: samplesOf(five(3), five(3)),
  timing: null,
  ...overrides,
});
const timing = (verdict: 'pass' | 'fail'): Found['timing'] => ({
  rows: [rowOf({ verdict })],
  plainRows: [rowOf({ verdict })],
  batches: [],
  faults: [],
  trials: new Map([['demo', 13]]),
  raw: [],
});
const BASE = samplesOf(five(3), []);
const BROKEN = samplesOf([], [null], { why: 'died', failed: true });
const stored = (runs: Baseline['runs']) => ({
  file: '/x/demo.json',
  baseline: { schemaVersion: 1 as const, machineClass: 'demo', runs },
});

describe('what a gate run comes to', () => {
  it('is a row for correctness of all trials, and one per count', () => {
    const { rows, verdict, exitCode } = decide(asked(), found({ timing: timing('pass') }));
    expect(rows.map(({ lane, n }) => [lane, n])).toEqual([
      ['correctness', 18],
      ['counts', 5],
      ['timing', 10],
    ]);
    expect([verdict, exitCode]).toEqual(['pass', 0]);
  });

  it('is a warning where the timing lane is not qualified, and a failure where it is', () => {
    const slow = found({ timing: timing('fail') });
    expect(decide(asked(), slow).exitCode).toBe(1);
    const qualification = { qualified: false, text: 'unqualified' };
    expect(decide(asked({ qualification }), slow)).toMatchObject({
      verdict: 'inconclusive',
      exitCode: 0,
    });
    expect(decide(asked({ qualification, strict: true }), slow).exitCode).toBe(2);
  });

  it('is open where the base breaks too, or nothing ran', () => {
    const fault = (side: 'base' | 'candidate') => ({ variant: 'demo', side, text: `${side} died` });
    const correctness = (overrides: Partial<Found>) => decide(asked(), found(overrides)).rows[0];
    const both = correctness({ faults: [fault('candidate'), fault('base')] });
    expect(both).toMatchObject({ verdict: 'inconclusive', why: 'both sides: candidate died' });
    const base = correctness({ faults: [fault('base')] });
    expect(base).toMatchObject({ verdict: 'inconclusive', why: 'the base: base died' });
    const none = correctness({ samples: [] });
    expect(none).toMatchObject({ verdict: 'inconclusive', n: 0 });
    expect(correctness({ faults: [fault('candidate')] })?.verdict).toBe('fail');
    expect(correctness({})?.why).toBe('5 trials without a fault');
  });

  it('is a failure where the candidate broke while it was counted', () => {
    const { rows, verdict } = decide(asked(), found({ samples: [...BASE, ...BROKEN] }));
    expect(rows[0]).toMatchObject({ lane: 'correctness', verdict: 'fail', why: 'died' });
    expect(verdict).toBe('fail');
  });

  it('takes an accepted loss, and fails one that is not needed', () => {
    const entry = {
      variant: 'demo',
      condition: 'keepalive-c1',
      metric: 'syscalls_per_request',
      size: 0.4,
      reason: 'reads the time',
      expires: '2999-12-31',
    };
    const accepting = asked({ entries: [entry] });
    const loss = found({ samples: samplesOf(five(3), five(4)) });
    expect(decide(asked(), loss).verdict).toBe('fail');
    expect(decide(accepting, loss)).toMatchObject({ verdict: 'pass', unused: [] });
    const unneeded = decide(accepting, found());
    expect([unneeded.verdict, unneeded.unused.length]).toEqual(['fail', 1]);
  });

  it('of the first run of a baseline is whether the servers work', () => {
    const first = asked({ stored: { file: 'x.json', baseline: null } });
    expect(decide(first, found())).toMatchObject({ verdict: 'pass', exitCode: 0 });
    const faults = [{ variant: 'demo', side: 'candidate' as const, text: 'died' }];
    expect(decide(first, found({ faults }))).toMatchObject({ verdict: 'fail', exitCode: 1 });
  });

  it('against a young baseline is a warning at most', () => {
    const row = { lane: 'counts' as const, condition: 'keepalive-c1', variant: 'demo' };
    const rows = [{ ...row, metric: 'syscalls_per_request', value: 2 }];
    const run = { runId: 'x', at: '2026-11-26T10:00:00.000Z', commit: null, rows };
    const samples = samplesOf([], five(3));
    const young = decide(asked({ stored: stored([run]) }), found({ samples }));
    expect(young.verdict).toBe('inconclusive');
    const old = decide(asked({ stored: stored(Array(10).fill(run)) }), found({ samples }));
    expect(old.verdict).toBe('fail');
  });
});

it('names what was compared with what', () => {
  const side = { ref: 'main', commit: 'a', tree: 'b' };
  expect(modeOf({ base: side, candidate: side }, null).kind).toBe('base');
  const none = { base: null, candidate: null };
  expect(modeOf(none, { file: 'x', baseline: null })).toEqual({ kind: 'first' });
  expect(modeOf(none, stored([]))).toEqual({ kind: 'baseline', file: 'demo.json', runs: 0 });
});
