import { describe, expect, test } from 'vitest';
import { defineClaim, leftOpen, NO_FINDINGS, refuted, supported } from './claim.js';
import { madeResults, withInvalid } from './testing.js';

const findings = { ...NO_FINDINGS, basedOn: ['x'], restsOn: ['keepalive-c64', 'switchCosts'] };

const STATED = {
  id: 'x',
  shownBy: { part: 'traces' },
  text: 'X.',
  experiment: 'X.',
  thresholds: [],
} as const;

function claim(judge: Parameters<typeof defineClaim>[0]['judge']) {
  return defineClaim({ ...STATED, part: 'cost', judge });
}

describe('the quality of the run', () => {
  const yes = claim(() => supported('It is 2 us.', findings));

  test('clean: the decision as it is, and what it rests on', () => {
    const decision = yes.decide(madeResults());
    const sentence = 'It is 2 us. It rests on keepalive-c64 and switch costs.';
    expect(decision).toEqual(supported(sentence, findings));
  });

  test('noisy: the verdict stands, and the sentence says so', () => {
    const decision = yes.decide(madeResults({ quality: 'noisy' }));
    expect(decision.verdict).toBe('supported');
    expect(decision.sentence).toBe(
      'It is 2 us. It rests on keepalive-c64 (noisy) and switch costs (noisy).',
    );
  });

  test('invalid: nothing is decided, what was measured is still given', () => {
    for (const judge of [supported, refuted]) {
      const one = claim(() => judge('It is 2 us.', findings));
      const decision = one.decide(madeResults({ quality: 'invalid' }));
      expect(decision).toMatchObject({ verdict: 'inconclusive', because: 'invalid-part' });
      expect(decision.sentence).toContain('decide nothing. Measured: It is 2 us. It rests on');
      expect(decision.basedOn).toEqual(['x']);
    }
  });

  test('a part that it does not rest on leaves it as it is', () => {
    for (const [id, verdict] of [
      ['keepalive-c1', 'supported'],
      ['memory', 'supported'],
      ['keepalive-c64', 'inconclusive'],
      ['switchCosts', 'inconclusive'],
    ] as const) {
      expect(yes.decide(withInvalid(madeResults(), id)), id).toMatchObject({ verdict });
    }
  });

  test('what happens, and in which order, is the same in any run', () => {
    const seenIn = { ...findings, restsOn: ['traces'] };
    const judge = () => refuted('EPOLL first.', seenIn);
    const seen = defineClaim({ ...STATED, part: 'mechanism', judge });
    expect(seen.decide(madeResults({ quality: 'invalid' }))).toEqual(
      refuted('EPOLL first. It rests on traces.', seenIn),
    );
  });

  test('what has no data is left open whatever the run is worth', () => {
    const open = claim(() => leftOpen('no trial'));
    expect(open.decide(madeResults({ quality: 'invalid' }))).toEqual(leftOpen('no trial'));
  });
});
