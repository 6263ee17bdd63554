import { describe, expect, test } from 'vitest';
import { defineClaim, leftOpen, NO_FINDINGS, refuted, supported } from './claim.js';
import { madeResults } from './testing.js';

const findings = { ...NO_FINDINGS, basedOn: ['x'] };

function claim(judge: Parameters<typeof defineClaim>[0]['judge']) {
  const stated = { id: 'x', part: 'cost', text: 'X.', experiment: 'X.', thresholds: [] } as const;
  return defineClaim({ ...stated, judge });
}

describe('the quality of the run', () => {
  const yes = claim(() => supported('It is 2 us.', findings));

  test('clean: the decision as it is', () => {
    const decision = yes.decide(madeResults());
    expect(decision).toEqual(supported('It is 2 us.', findings));
  });

  test('noisy: the verdict stands, and the sentence says so', () => {
    const decision = yes.decide(madeResults({ quality: 'noisy' }));
    expect(decision.verdict).toBe('supported');
    expect(decision.sentence).toBe('It is 2 us. The run was noisy.');
  });

  test('invalid: nothing is decided, what was measured is still told', () => {
    for (const judge of [supported, refuted]) {
      const one = claim(() => judge('It is 2 us.', findings));
      const decision = one.decide(madeResults({ quality: 'invalid' }));
      expect(decision).toMatchObject({ verdict: 'inconclusive', because: 'invalid-run' });
      expect(decision.sentence).toContain('decides nothing. It measured: It is 2 us.');
      expect(decision.basedOn).toEqual(['x']);
    }
  });

  test('what happens, and in which order, is the same in any run', () => {
    const stated = { id: 'x', text: 'X.', experiment: 'X.', thresholds: [] };
    const judge = () => refuted('EPOLL first.', findings);
    const seen = defineClaim({ ...stated, part: 'mechanism', judge });
    expect(seen.decide(madeResults({ quality: 'invalid' }))).toEqual(judge());
  });

  test('what has no data is left open whatever the run is worth', () => {
    const open = claim(() => leftOpen('no trial'));
    expect(open.decide(madeResults({ quality: 'invalid' }))).toEqual(leftOpen('no trial'));
  });
});
