import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CountSample } from './counts.js';
import { allowedRise, decideCounts, openCounts } from './counts.js';
import { CONFIG, samplesOf } from './testing.js';

const decide = (samples: readonly CountSample[]) => {
  const [row] = decideCounts(samples, CONFIG.counts);
  if (row === undefined) throw new Error('no row');
  return row;
};
const five = (value: number) => [value, value, value, value, value];

describe('the verdict of a count', () => {
  it('fails one system call more per request, and says by how much', () => {
    const row = decide(samplesOf(five(3), five(4)));
    expect(row).toMatchObject({ verdict: 'fail', base: 3, candidate: 4, n: 5, lane: 'counts' });
    expect(row.change).toBeCloseTo(1 / 3);
  });

  it.each([
    ['equal', 3],
    ['fewer', 2],
    ['within 1 %', 3.02],
  ])('passes %s', (_, value) => {
    expect(decide(samplesOf(five(3), five(value))).verdict).toBe('pass');
  });

  it('is inconclusive when the pairs do not agree, and says what would have been seen', () => {
    const row = decide(samplesOf(five(3), [3, 3, 4, 3, 4]));
    expect(row.verdict).toBe('inconclusive');
    expect(row.why).toContain('2 of 5 pairs');
    expect(row.detectable).toBeGreaterThan(0);
  });

  it('takes the absolute margin where the base is near 0', () => {
    expect(decide(samplesOf(five(0.001), five(0.015))).verdict).toBe('pass');
    expect(decide(samplesOf(five(0), five(0.03))).verdict).toBe('fail');
  });

  it('skips what the base does not count, with the reason', () => {
    const none = [null, null, null, null, null];
    expect(decide(samplesOf(none, none))).toMatchObject({ verdict: 'skipped', why: 'not counted' });
  });

  it('does not skip a candidate that stopped counting', () => {
    const none = [null, null, null, null, null];
    expect(decide(samplesOf(five(3), none)).verdict).toBe('inconclusive');
  });

  it('is inconclusive with too few pairs, never a pass', () => {
    expect(decide(samplesOf([3, 3, 3], [3, 3, 3]))).toMatchObject({
      verdict: 'inconclusive',
      n: 3,
    });
  });

  it('has no row for a metric without a margin', () => {
    const metric = 'voluntary_switches_per_request' as const;
    const samples = samplesOf(five(1), five(9), { condition: 'greeting-c1', metric });
    expect(decideCounts(samples, CONFIG.counts)).toEqual([]);
  });

  it('widens the margin by an accepted loss', () => {
    const rows = (size: number) =>
      decideCounts(samplesOf(five(3), five(4)), CONFIG.counts, () => size);
    expect(rows(0.4)[0]?.verdict).toBe('pass');
    expect(rows(0.3)[0]?.verdict).toBe('fail');
  });
});

describe('more pairs', () => {
  const scattered = [3, 3, 3.2, 3, 3.2];
  const twelve = (candidate: readonly number[]) => samplesOf(Array(12).fill(3), candidate);

  it('follow what the first leave open, and nothing else', () => {
    const open = (base: number[], candidate: number[]) => [
      ...openCounts(samplesOf(base, candidate), CONFIG.counts),
    ];
    expect(open(five(3), scattered)).toEqual(['demo keepalive-c1']);
    expect(open(five(3), five(3))).toEqual([]);
    expect(open(five(3), five(4))).toEqual([]);
    // Lost trials are no scatter.
    expect(open([3, 3, 3], [3, 3, 3])).toEqual([]);
  });

  it('pass a count that scatters about its base, with the interval of the median', () => {
    const row = decide(twelve([...scattered, 3, 3, 3, 3, 2.9, 3, 3]));
    expect(row).toMatchObject({ verdict: 'pass', n: 12, lo: 0, detectable: null });
    expect(row.hi).toBeLessThan(0.01);
    expect(row.why).toContain('the median of 12 pairs lies within the margin');
  });

  it('leave open what may have risen, however clear the later pairs are', () => {
    const row = decide(twelve([...scattered, 4, 4, 4, 4, 4, 4, 4]));
    expect(row).toMatchObject({ verdict: 'inconclusive', n: 12 });
    expect(row.detectable).toBeGreaterThan(0);
  });

  it('do not change what the first decided', () => {
    const failed = decide(twelve([4, 4, 4, 4, 4, 3, 3, 3, 3, 3, 3, 3]));
    expect(failed).toMatchObject({ verdict: 'fail', n: 5 });
    const passed = decide(twelve([3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4]));
    expect(passed).toMatchObject({ verdict: 'pass', n: 5 });
  });

  it('are too few for an interval: open', () => {
    const short = { ...CONFIG.counts, trials: 3 };
    const [few] = decideCounts(samplesOf(five(3), [3, 3.2, 3, 3, 3]), short);
    expect(few).toMatchObject({ verdict: 'inconclusive', n: 5 });
    expect(few?.why).toContain('no interval');
  });
});

const values = fc.array(fc.double({ min: 0, max: 50, noNaN: true }), {
  minLength: 5,
  maxLength: 5,
});

it('never passes a rise beyond the margin in any pair, and fails only one in all', () => {
  fc.assert(
    fc.property(values, values, (base, candidate) => {
      const row = decide(samplesOf(base, candidate));
      const median = [...base].sort((a, b) => a - b)[2] as number;
      const allowed = allowedRise(median, { relative: 0.01, absolute: 0.02 });
      const beyond = base.map((value, i) => (candidate[i] as number) - value > allowed);
      const expected = beyond.every(Boolean)
        ? 'fail'
        : beyond.some(Boolean)
          ? 'inconclusive'
          : 'pass';
      expect(row.verdict).toBe(expected);
    }),
    { seed: 20261126, numRuns: 300 },
  );
});

it('catches every rise that exceeds the margin and the scatter', () => {
  const noise = fc.array(fc.double({ min: -0.005, max: 0.005, noNaN: true }), {
    minLength: 10,
    maxLength: 10,
  });
  const rise = fc.double({ min: 1, max: 5, noNaN: true });
  fc.assert(
    fc.property(noise, rise, (noises, more) => {
      const base = noises.slice(0, 5).map((one) => 3 + one);
      const candidate = noises.slice(5).map((one) => 3 + more + one);
      expect(decide(samplesOf(base, candidate)).verdict).toBe('fail');
    }),
    { seed: 20261126, numRuns: 200 },
  );
});
