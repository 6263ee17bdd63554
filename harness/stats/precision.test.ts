import { describe, expect, test } from 'vitest';
import { Random } from '../results/testing-models.js';
import { hodgesLehmann } from './hodges-lehmann.js';
import { confidenceFor, halfWidth, isPreciseEnough, looksFor } from './precision.js';
import { cutTails, signedRankProbabilities } from './signed-rank.js';

describe('looks', () => {
  test.each([
    [6, 16, [10, 13, 16]],
    [12, 16, [12, 14, 16]],
    [10, 24, [10, 17, 24]],
    [10, 48, [16, 32, 48]],
    [10, 14, [10, 12, 14]],
    [10, 13, [13]],
    [8, 8, [8]],
    [8, 6, [6]],
    [1, 1, [1]],
  ])('from %i to %i blocks: after %j', (least, most, looks) => {
    expect(looksFor(least, most)).toEqual(looks);
  });

  test('three at most, ascending, the first not before a third of the last', () => {
    for (let most = 1; most <= 100; most++) {
      const looks = looksFor(8, most);
      expect(looks.length).toBeLessThanOrEqual(3);
      expect(looks.at(-1)).toBe(most);
      expect(looks).toEqual([...new Set(looks)].sort((a, b) => a - b));
      expect(3 * (looks[0] as number)).toBeGreaterThanOrEqual(most);
    }
  });

  test('one look is a plain interval; of several the early ones are wider than the last', () => {
    expect(confidenceFor([16], 16)).toBe(0.95);
    expect(confidenceFor([10, 13, 16], 10)).toBe(0.984);
    expect(confidenceFor([10, 13, 16], 14)).toBe(0.984);
    expect(confidenceFor([10, 13, 16], 16)).toBe(0.97);
  });
});

describe('precise enough', () => {
  const precision = { target: 0.03, looks: [8, 12, 16] };
  const logs = [-0.02, -0.015, -0.01, -0.005, 0.005, 0.01, 0.015, 0.02];

  test('when every subject is, at a look', () => {
    expect(isPreciseEnough(precision, 8, [logs, logs])).toBe(true);
    const wild = logs.map((value) => 4 * value);
    expect(isPreciseEnough(precision, 8, [logs, wild])).toBe(false);
    expect(isPreciseEnough({ ...precision, target: 0.08 }, 8, [logs, wild])).toBe(true);
  });

  test('asks for the interval that is printed, not the plain one', () => {
    const { lo, hi } = hodgesLehmann(logs);
    const plain = halfWidth(Math.exp(lo as number), Math.exp(hi as number));
    expect(isPreciseEnough({ ...precision, target: plain }, 8, [logs])).toBe(false);
    expect(isPreciseEnough({ target: plain, looks: [8] }, 8, [logs])).toBe(true);
  });

  test('never between looks, without ratios, or with too few pairs for an interval', () => {
    expect(isPreciseEnough(precision, 9, [logs])).toBe(false);
    expect(isPreciseEnough(precision, 8, [])).toBe(false);
    expect(isPreciseEnough(precision, 8, [logs, []])).toBe(false);
    expect(isPreciseEnough(precision, 8, [logs.slice(0, 6)])).toBe(false);
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
  test.each([[[8, 12, 16]], [[8, 16, 24]], [[10, 20, 30]], [[16, 32, 48]], [[10, 12]]])(
    '%j',
    (looks) => {
      expect(allLooksHold(looks, (look) => confidenceFor(looks, look))).toBeGreaterThan(FLOOR);
    },
  );

  test('plain intervals do not', () => {
    expect(allLooksHold([10, 13, 16], () => 0.95)).toBeLessThan(0.93);
  });
});

/** Share of runs whose interval, where they stop, holds the centre 0; sd 1 is the unit of target. */
function stoppedHolds(draw: (random: Random) => number, target: number, runs: number): number {
  const looks = [10, 13, 16];
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
