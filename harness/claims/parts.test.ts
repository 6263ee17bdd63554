/** What is invalid silences the claims that rest on it, and no others. */
import { describe, expect, test } from 'vitest';
import { CLAIMS, judgeClaims } from './index.js';
import { madeResults, THREAD, usualCpu, withInvalid } from './testing.js';
import { CASES } from './testing-cases.js';
import { memorySlopes, switchTable } from './testing-evidence.js';

const EVIDENCE = {
  ...switchTable(),
  ...memorySlopes({
    [THREAD]: [13_000, 20_000],
    'coroutine-epoll': [9000, 2000],
    'go-net': [6500, 2000],
  }),
};
const good = madeResults({ evidence: EVIDENCE, connections: [1, 8, 64, 512] });

function verdicts(results = good): Record<string, string> {
  return Object.fromEntries(
    judgeClaims(results).flatMap(({ claim, decision }) =>
      decision.verdict === null ? [] : [[claim.id, decision.because ?? decision.verdict]],
    ),
  );
}

const before = verdicts();

function changedBy(id: string): string[] {
  const after = verdicts(withInvalid(good, id));
  return Object.keys(before).filter((claim) => before[claim] !== after[claim]);
}

describe('an invalid part', () => {
  test('switch costs', () => {
    expect(changedBy('switchCosts')).toEqual([
      'switch-cost',
      'threads-slow-because-switches',
      'coroutine-switch-cheap',
    ]);
  });

  test('idle memory', () => {
    expect(changedBy('memory')).toEqual(['memory']);
  });

  test('conditions: nothing else that was measured', () => {
    const all = good.header.plan.conditions.map(({ id }) => id);
    const parts = all.flatMap((id) => withInvalid(good, id).quality.parts ?? []);
    const invalid = { ...good, quality: { ...withInvalid(good, '').quality, parts } };
    const after = verdicts(invalid);
    for (const id of ['switch-cost', 'coroutine-switch-cheap', 'memory']) {
      expect(after[id], id).toBe(before[id]);
    }
    for (const id of ['threads-slow', 'epoll-better', 'coroutines-as-fast']) {
      expect(after[id], id).toBe('invalid-part');
    }
  });

  test('one condition of many: the others decide where the claim allows it', () => {
    expect(before['threads-slow']).toBe('supported');
    expect(changedBy('keepalive-c1')).not.toContain('threads-slow');
    expect(changedBy('keepalive-c512')).toContain('threads-slow');
    expect(changedBy('keepalive-c64')).toContain('coroutines-avoid-switches');
    expect(changedBy('keepalive-c8')).not.toContain('coroutines-avoid-switches');
  });

  test('what is said of an invalid condition is its estimate and why, never a difference', () => {
    const [one] = judgeClaims(withInvalid(good, 'keepalive-c512')).filter(
      ({ claim }) => claim.id === 'threads-slow',
    );
    const found = one?.decision ?? expect.fail('not decided');
    expect(found.sentence).toMatch(/^Undecided: keepalive-c512 is invalid and decides nothing\./);
    expect(found.sentence).toMatch(/99 % more at 512 connections; .*; keepalive-c512 is invalid\./);
    expect(found.flips.join()).not.toContain('512');
  });

  test('that there is nothing to explain is undecided where it could not be seen', () => {
    const same = madeResults({
      evidence: switchTable(),
      cpuUs: (subject, n) => usualCpu(subject === THREAD ? 'callback-epoll' : subject, n),
    });
    const id = 'threads-slow-because-switches';
    expect(verdicts(same)[id]).toBe('no-object');
    expect(verdicts(withInvalid(same, 'keepalive-c512'))[id]).toBe('invalid-part');
  });
});

const decided = CLAIMS.filter(({ part }) => part !== 'reading');
test.each(decided)('$id names parts that the run has', (claim) => {
  for (const made of Object.values(CASES[claim.id] ?? {})) {
    const results = made();
    const { verdict, restsOn } = claim.decide(results);
    const conditions = results.header.plan.conditions.map(({ id }) => id);
    const known = [...conditions, ...Object.keys(results.evidence ?? {})];
    if (verdict !== 'not-measurable') expect(restsOn).not.toEqual([]);
    expect(restsOn.filter((id) => !known.includes(id))).toEqual([]);
  }
});
