import { describe, expect, it } from 'vitest';
import type { Sides } from '../plan/gate-plan.js';
import { makeRun, voidTrial } from '../results/testing.js';
import type { Measured } from './pairs.js';
import {
  countRatesOf,
  decisive,
  parseQualification,
  type Qualification,
  qualificationOf,
  type Rate,
  ratesOf,
  shortcomings,
} from './qualification.js';
import { CONFIG, samplesOf } from './testing.js';

const TWIN: Sides = { variant: 'go-net', base: 'go-net', candidate: 'go-net-twin' };
const SLOW: Sides = { variant: 'slow', base: 'callback-epoll', candidate: 'thread-per-connection' };
/** A decision may take twice as many blocks. */
const TIMING = { ...CONFIG.timing, blocks: 10 };
const SELF_TESTED = { durationMs: 1, values: [], selfTests: [] };
const run = (blocks: number, edit?: Parameters<typeof makeRun>[0]) =>
  makeRun({
    subjects: ['go-net', 'go-net-twin', SLOW.base, SLOW.candidate],
    connections: [64],
    blocks,
    noise: 0.01,
    header: { calibration: SELF_TESTED },
    ...edit,
  });

function rate(measured: Measured, sides: Sides, kind: Rate['kind'], decisions = 20): Rate {
  const request = { measured, config: TIMING, seed: 'x', decisions };
  const [found] = ratesOf([{ what: kind, kind, sides, aim: null }], request);
  if (found === undefined) throw new Error('no rate');
  return found;
}

describe('decisions drawn from blocks', { timeout: 60_000 }, () => {
  const measured = run(40);

  it('never fail what is the same, and tell how many of them share no block', () => {
    const same = rate(measured, TWIN, 'same');
    expect(same).toMatchObject({ decisions: 20, fail: 0, independent: 2, resampled: true });
    expect(same.pass).toBeGreaterThan(15);
    expect(same.failRate?.hi).toBeCloseTo(0.168, 3);
    expect(Math.abs(same.effect?.change ?? 1)).toBeLessThan(0.02);
  });

  it('fail what is much slower, and give its size over all blocks', () => {
    const slow = rate(measured, SLOW, 'slower');
    expect(slow.fail).toBeGreaterThanOrEqual(18);
    expect(slow.pass).toBe(0);
    expect(slow.effect).toMatchObject({ n: 40 });
    expect(slow.effect?.change).toBeGreaterThan(0.2);
  });

  it('are the same for the same seed', () => {
    expect(rate(measured, TWIN, 'same')).toEqual(rate(measured, TWIN, 'same'));
  });
});

it('makes no decision from too few blocks, but one for a machine that was disturbed', () => {
  const few = run(12);
  expect(rate(few, TWIN, 'same')).toMatchObject({ decisions: 0, failRate: null });
  const spoilt = run(12, { edit: (trial) => (trial.block % 2 === 0 ? voidTrial(trial) : trial) });
  const disturbed = rate(spoilt, SLOW, 'disturbed');
  expect(disturbed).toMatchObject({ decisions: 1, fail: 0, inconclusive: 1 });
});

it('fails nothing when so many blocks were void that the run is invalid', () => {
  const every = (n: number) =>
    run(40, { edit: (trial) => (trial.block % n === 0 ? voidTrial(trial) : trial) });
  expect(rate(every(5), SLOW, 'slower')).toMatchObject({ decisions: 20, fail: 20 });
  const invalid = rate(every(2), SLOW, 'slower');
  expect(invalid).toMatchObject({ decisions: 20, fail: 0, inconclusive: 20 });
});

it('draws its decisions about counts from the pairs that were measured', () => {
  const seven = (value: number) => Array(7).fill(value);
  const about = { what: 'x', kind: 'slower' as const, variant: 'demo' };
  const of = (candidate: number[]) =>
    countRatesOf(samplesOf(seven(3), candidate), about, CONFIG.counts, 'x')[0];
  expect(of(seven(3))).toMatchObject({ lane: 'counts', decisions: 100, pass: 100, fail: 0 });
  expect(of(seven(4))).toMatchObject({ condition: 'keepalive-c1', fail: 100 });
  // Whether a decision is open depends on the pairs that it takes.
  const scattered = of([4, 4, 4, 4, 4, 3, 3]);
  expect(scattered?.fail).toBeGreaterThan(0);
  expect(scattered?.inconclusive).toBeGreaterThan(50);
});

const RATE: Rate = {
  lane: 'timing',
  what: 'A/A',
  kind: 'same',
  variant: 'demo',
  condition: 'keepalive-c64',
  aim: null,
  effect: null,
  decisions: 100,
  resampled: true,
  independent: 2,
  fail: 0,
  pass: 100,
  inconclusive: 0,
  failRate: { lo: 0, hi: 0.04 },
};
const CAUGHT: Rate = { ...RATE, kind: 'slower', what: '--inject-us 1', fail: 90, pass: 0 };

describe('a machine class', () => {
  it('is qualified by A/A decisions without a failure and a slowdown that was caught', () => {
    expect(shortcomings([RATE, CAUGHT])).toEqual([]);
  });

  it.each([
    [[{ ...RATE, decisions: 39 }, CAUGHT], '39 of the 40 A/A decisions'],
    [[{ ...RATE, fail: 1 }, CAUGHT], 'false failures: 1 of 100 (A/A'],
    [[RATE, CAUGHT, { ...RATE, kind: 'disturbed' as const, fail: 2 }], 'false failures: 2 of 100'],
    [[RATE, { ...CAUGHT, fail: 0 }], 'no slowdown was ever caught'],
  ])('is not, with the reason', (rates, reason) => {
    expect(shortcomings(rates as Rate[])[0]).toContain(reason);
  });

  const found: Qualification = {
    schemaVersion: 1,
    machineClass: 'demo',
    runId: 'x',
    at: '2026-11-26T10:00:00.000Z',
    commit: null,
    durationMs: 1,
    blocks: 40,
    seed: 'x',
    timing: decisive(CONFIG.timing),
    environment: {},
    rates: [RATE],
    qualified: true,
    reasons: [],
  };

  it('is unqualified without a file, with another configuration, or by its own words', () => {
    const text = (file: Qualification | null, timing = CONFIG.timing) => {
      const { qualified, text: said } = qualificationOf(file, 'demo', timing);
      return `${qualified} ${said}`;
    };
    expect(text(null)).toContain('false unqualified machine class demo');
    expect(text(found)).toBe('true qualified on demo, 2026-11-26');
    expect(text(found, { ...CONFIG.timing, blocks: 12 })).toContain('another gate.config.json');
    const failed = { ...found, qualified: false, reasons: ['false failures'] };
    expect(text(failed)).toContain('false unqualified on 2026-11-26: false failures');
  });

  it('does not change with the conditions that are asked for', () => {
    const timing = { ...CONFIG.timing, connections: [64] };
    expect(qualificationOf(found, 'demo', timing).qualified).toBe(true);
  });

  it('is read back as it was written', () => {
    expect(parseQualification(JSON.stringify(found), 'x.json')).toEqual(found);
  });
});
