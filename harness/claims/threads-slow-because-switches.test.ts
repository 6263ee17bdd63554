import { describe, expect, test } from 'vitest';
import { doseResponse, dosesOf } from './shared/dose.js';
import { secondEstimates } from './shared/second-estimate.js';
import { CALLBACK, doseId, type Made, madeResults, THREAD, usualCpu } from './testing.js';
import { switchTable } from './testing-evidence.js';
import { threadsSlowBecauseSwitches } from './threads-slow-because-switches.js';

const DOSES = [1, 2, 4];

function run(threadUs: number, usPerSwitch: number, made: Made = {}) {
  const handoffs = (subject: string) => DOSES.find((k) => doseId(k) === subject) ?? 0;
  return madeResults({
    doses: DOSES,
    noise: 0.003,
    cpuUs: (subject, n) =>
      usualCpu(CALLBACK, n) + (subject === THREAD ? threadUs : 2 * usPerSwitch * handoffs(subject)),
    switches: (subject) => (subject === THREAD ? 1.05 : 0.05) + 2 * handoffs(subject),
    evidence: switchTable(),
    ...made,
  });
}

describe('the share', () => {
  test('switches times their cost over the difference in CPU', () => {
    const { numbers } = threadsSlowBecauseSwitches.decide(run(3.8, 1.9));
    const shares = numbers.filter(({ label }) => label.startsWith('share'));
    expect(shares).toHaveLength(4);
    // One switch more at 1.9 us explains half of 3.8 us.
    for (const { value } of shares) expect(value).toBeCloseTo(50, -1);
  });

  test('between a quarter and a half it is a part, and no verdict', () => {
    const decision = threadsSlowBecauseSwitches.decide(run(5.4, 1.9));
    expect(decision).toMatchObject({ verdict: 'inconclusive', because: 'depends' });
    expect(decision.sentence).toContain('switches are a part of it');
  });

  test('where threads cost no more there is nothing to explain', () => {
    const decision = threadsSlowBecauseSwitches.decide(run(-1, 1.9));
    expect(decision).toMatchObject({ verdict: 'not-measurable', because: 'no-object' });
  });
});

test('where nothing could be compared it is undecided whether there is something to explain', () => {
  const few = threadsSlowBecauseSwitches.decide(run(2.6, 1.9, { blocks: 4 }));
  expect(few).toMatchObject({ verdict: 'inconclusive', because: 'unresolved' });
  expect(few.sentence).toContain('is undecided');
});

test('with the verdict the CPU of both servers is split, where it is decided', () => {
  const { sentence, numbers } = threadsSlowBecauseSwitches.decide(
    run(2.6, 1.9, { calls: () => 2 }),
  );
  expect(sentence).toMatch(
    /Of the CPU per request there, thread-per-connection .*: system calls 4\.50 us, switches .*; callback-epoll .*the rest/,
  );
  const parts = numbers.filter(({ label }) => label.includes('512') && label.endsWith(': rest'));
  expect(parts).toHaveLength(2);
});

describe('the dose-response', () => {
  test('its slope is the cost of a switch', () => {
    const response = doseResponse(run(2.6, 1.9)) ?? expect.fail('no response');
    expect(response.slope.estimate).toBeCloseTo(1.9, 1);
    expect(response.condition.connections).toBe(512);
    expect(dosesOf(run(2.6, 1.9)).map(({ handoffs }) => handoffs)).toEqual([0, 1, 2, 4]);
  });

  test('a slope far from the measured cost speaks against a share that agrees', () => {
    const decision = threadsSlowBecauseSwitches.decide(run(2.6, 6));
    expect(decision).toMatchObject({ verdict: 'inconclusive', because: 'depends' });
    expect(decision.sentence).toContain('do not cost what a bare switch does');
  });

  test('two doses are no response', () => {
    expect(doseResponse(run(2.6, 1.9, { doses: [4] }))).toBeNull();
  });
});

describe('the second estimate', () => {
  test('is the slope across subjects, without those that have flags', () => {
    const estimates = secondEstimates(run(2.6, 9));
    expect(estimates.map(({ label }) => label)).toEqual([
      'slope from 64 connections on',
      'slope over all connection counts',
    ]);
    expect(estimates[0]?.slope.estimate).toBeCloseTo(2.6, 0);
    expect(estimates[0]?.slope).toMatchObject({ n: 12, confidence: 0.95 });
  });

  test('has no interval from few blocks', () => {
    const [estimate] = secondEstimates(run(2.6, 1.9, { blocks: 8 }));
    expect(estimate?.slope).toMatchObject({ lo: null, hi: null });
    expect(estimate?.slope.why).toContain('10 are needed');
  });
});
