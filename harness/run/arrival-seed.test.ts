import { expect, test } from 'vitest';
import { addon } from '../load/addon.js';
import { arrivalSeed } from './arrival-seed.js';

const RATE_PER_S = 1000;

function arrivalsOf(seed: string): Float64Array {
  const load = { arrivals: 'poisson', ratePerS: RATE_PER_S, durationMs: 1000, seed } as const;
  return addon().openSchedule(load);
}

test('blocks, conditions and plans draw other arrivals', () => {
  const seeds = [
    arrivalSeed('1', 'keepalive-c64', 0),
    arrivalSeed('1', 'keepalive-c64', 1),
    arrivalSeed('1', 'keepalive-c6', 41),
    arrivalSeed('1', 'keepalive-c6', 4),
    arrivalSeed('2', 'keepalive-c64', 0),
  ];
  const drawn = new Set(seeds.map((seed) => arrivalsOf(seed).join()));
  expect(drawn.size).toBe(seeds.length);
});

test('the subjects of a block share their arrivals', () => {
  const [first, second] = [0, 0].map(() => arrivalsOf(arrivalSeed('7', 'keepalive-c64', 3)));
  expect(first).toEqual(second);
});

// The seeds are fixed, and so is the outcome. A seed without the block has a deviation of 0.
test('the offered counts of 200 blocks scatter as those of independent Poisson samples', () => {
  for (const condition of ['keepalive-c64-open', 'keepalive-c512-open']) {
    const scores = Array.from({ length: 200 }, (_, block) => {
      const { length } = arrivalsOf(arrivalSeed('2026', condition, block));
      return (length - RATE_PER_S) / Math.sqrt(RATE_PER_S);
    });
    const mean = scores.reduce((sum, z) => sum + z, 0) / scores.length;
    const variance = scores.reduce((sum, z) => sum + (z - mean) ** 2, 0) / (scores.length - 1);
    expect(Math.abs(mean)).toBeLessThan(0.25);
    expect(Math.sqrt(variance)).toBeGreaterThan(0.8);
    expect(Math.sqrt(variance)).toBeLessThan(1.2);
  }
});
