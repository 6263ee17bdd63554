import { describe, expect, test } from 'vitest';
import { METRIC_NAMES } from '../results/metrics.js';
import { Random } from '../results/testing-models.js';
import { isPrimary } from './decision.js';
import { confidenceFor, halfWidth, isPreciseEnough, looksFor } from './precision.js';
import { cutTails, hodgesLehmann, signedRankProbabilities } from './signed-rank.js';

describe('looks', () => {
  test.each([
    [6, 16, [12, 16]],
    [12, 16, [12, 16]],
    [14, 24, [14, 24]],
    [6, 48, [12, 48]],
    // The early look would spare less than a quarter.
    [6, 15, [15]],
    [13, 16, [16]],
    [6, 12, [12]],
    [8, 6, [6]],
    [1, 1, [1]],
  ])('from %i to %i blocks: after %j', (least, most, looks) => {
    expect(looksFor(least, most)).toEqual(looks);
  });

  test('two at most, the last after all, the first after blocksMin, 12, and a quarter spared', () => {
    for (let most = 1; most <= 100; most++) {
      for (const least of [1, 8, 20]) {
        const looks = looksFor(least, most);
        expect(looks.length).toBeLessThanOrEqual(2);
        expect(looks.at(-1)).toBe(most);
        if (looks.length === 1) continue;
        const [first = 0] = looks;
        expect(first).toBeGreaterThanOrEqual(Math.max(least, 12));
        expect(first).toBeLessThanOrEqual(0.75 * most);
      }
    }
  });

  test('the first has enough pairs to decide one of six metrics under Holm, one less has not', () => {
    const pLeast = (pairs: number) => 2 * (signedRankProbabilities(pairs)[0] ?? 0);
    const level = (1 - confidenceFor([12, 16], 12)) / METRIC_NAMES.filter(isPrimary).length;
    expect(pLeast(12)).toBeLessThanOrEqual(level);
    expect(pLeast(11)).toBeGreaterThan(level);
  });

  test('one look is a plain interval; of two the early one is wider than the last', () => {
    expect(confidenceFor([16], 16)).toBe(0.95);
    expect(confidenceFor([12, 16], 12)).toBe(0.995);
    expect(confidenceFor([12, 16], 16)).toBe(0.955);
    // Bonferroni: both together err in 5 % of runs at most.
    const errors = [12, 16].map((look) => 1 - confidenceFor([12, 16], look));
    expect(errors.reduce((all, error) => all + error)).toBeCloseTo(0.05, 12);
  });

  test('a run that the clock ends has its last look there; before the first look nobody looked', () => {
    for (const blocks of [13, 14, 15]) expect(confidenceFor([12, 16], blocks)).toBe(0.955);
    for (const blocks of [6, 11]) expect(confidenceFor([12, 16], blocks)).toBe(0.95);
  });
});

describe('precise enough', () => {
  const precision = { target: 0.03, looks: [10, 16] };
  const logs = [-0.02, -0.016, -0.012, -0.008, -0.004, 0.004, 0.008, 0.012, 0.016, 0.02];

  test('when every subject is, at a look', () => {
    expect(isPreciseEnough(precision, 10, [logs, logs])).toBe(true);
    const wild = logs.map((value) => 4 * value);
    expect(isPreciseEnough(precision, 10, [logs, wild])).toBe(false);
    expect(isPreciseEnough({ ...precision, target: 0.09 }, 10, [logs, wild])).toBe(true);
  });

  test('asks for the interval that is printed, not the plain one', () => {
    const { lo, hi } = hodgesLehmann(logs);
    const plain = halfWidth(Math.exp(lo as number), Math.exp(hi as number));
    expect(isPreciseEnough({ ...precision, target: plain }, 10, [logs])).toBe(false);
    expect(isPreciseEnough({ target: plain, looks: [10] }, 10, [logs])).toBe(true);
  });

  test('never between looks, without ratios, or with too few pairs for an interval', () => {
    expect(isPreciseEnough(precision, 11, [logs])).toBe(false);
    expect(isPreciseEnough(precision, 10, [])).toBe(false);
    expect(isPreciseEnough(precision, 10, [logs, []])).toBe(false);
    expect(isPreciseEnough(precision, 10, [logs.slice(0, 8)])).toBe(false);
  });

  test('half a width is a factor: 1 / 1.03 to 1.03 is 3 %', () => {
    expect(halfWidth(1 / 1.03, 1.03)).toBeCloseTo(0.03, 12);
    expect(halfWidth(0.5 / 1.03, 0.5 * 1.03)).toBeCloseTo(0.03, 12);
  });
});

const RUNS = 10_000;
/** 0.95 less four standard errors of a share of RUNS: what really has 0.95 falls below never. */
const FLOOR = 0.95 - 4 * Math.sqrt((0.95 * 0.05) / RUNS);

/** Share of runs in which the intervals of all looks hold the centre. */
function allLooksHold(looks: readonly number[], confidenceAt: (look: number) => number): number {
  const random = new Random(`looks-${looks}`);
  const drops = new Map(
    looks.map((n) => [n, cutTails(signedRankProbabilities(n), confidenceAt(n))?.drop ?? 0]),
  );
  let held = 0;
  for (let run = 0; run < RUNS; run++) if (holds(random, looks.at(-1) as number, drops)) held++;
  return held / RUNS;
}

/** The closed interval leaves 0 out exactly where fewer than `drop` averages lie on one side. */
function holds(random: Random, most: number, drops: ReadonlyMap<number, number>): boolean {
  const values: number[] = [];
  let positive = 0;
  while (values.length < most) {
    const value = random.normal();
    values.push(value);
    for (const other of values) if (other + value > 0) positive++;
    const n = values.length;
    const fewer = Math.min(positive, (n * (n + 1)) / 2 - positive);
    if (fewer < (drops.get(n) ?? 0)) return false;
  }
  return true;
}

describe('all looks together hold the centre, so any way of stopping does', () => {
  test.each([[[12, 16]], [[12, 24]], [[12, 48]], [[20, 30]]])('%j', (looks) => {
    expect(allLooksHold(looks, (look) => confidenceFor(looks, look))).toBeGreaterThan(FLOOR);
  });

  test('plain intervals do not', () => {
    expect(allLooksHold([12, 16], () => 0.95)).toBeLessThan(0.94);
  });
});

/** Share of runs whose interval, where they stop, holds the centre 0; sd 1 is the unit of target. */
function stoppedHolds(draw: (random: Random) => number, target: number, runs: number): number {
  const looks = [12, 16];
  const random = new Random(`stop-${target}`);
  let held = 0;
  for (let run = 0; run < runs; run++) {
    const logs = Array.from({ length: 16 }, () => draw(random) / 100);
    const stop = looks.find((n) =>
      isPreciseEnough({ target: Math.expm1(target / 100), looks }, n, [logs.slice(0, n)]),
    );
    const blocks = stop ?? 16;
    const { lo, hi } = hodgesLehmann(logs.slice(0, blocks), confidenceFor(looks, blocks));
    if ((lo as number) <= 0 && (hi as number) >= 0) held++;
  }
  return held / runs;
}

describe('what is printed where a run stops holds the centre', () => {
  const shapes: Record<string, (random: Random) => number> = {
    normal: (random) => random.normal(),
    even: (random) => Math.sqrt(12) * (random.uniform() - 0.5),
    'with outliers': (random) => (random.uniform() < 0.1 ? 8 : 1) * random.normal(),
  };
  test.each(Object.keys(shapes).flatMap((name) => [0.6, 0.9].map((target) => ({ name, target }))))(
    '$name values, target $target sd',
    ({ name, target }) => {
      const runs = 1000;
      const floor = 0.95 - 4 * Math.sqrt((0.95 * 0.05) / runs);
      const share = stoppedHolds(shapes[name] as (random: Random) => number, target, runs);
      expect(share).toBeGreaterThan(floor);
    },
  );
});
