import { expect, test } from 'vitest';
import { makeResults, voidTrial } from '../results/testing.js';
import { troubles } from './troubles.js';

const STOLEN = (percent: string) => `${percent} % of the CPU time was stolen (limit 10 %)`;

function withVoid(reasons: readonly (string | undefined)[]) {
  const results = makeResults({ subjects: ['go-net'], connections: [64], blocks: 6 });
  const trials = results.trials.map((trial, index) => {
    const reason = reasons[index];
    return reason === undefined ? trial : voidTrial(trial, reason);
  });
  return { ...results, trials };
}

test('reasons that differ in their number alone are one, with the range', () => {
  const results = withVoid([STOLEN('12.5'), STOLEN('9.0'), undefined, STOLEN('40.1')]);
  expect(troubles(results)).toEqual([
    `void: 3 of 6 blocks at 64 left out: 9.0 to 40.1${STOLEN('')}`,
  ]);
});

test('other reasons stay apart', () => {
  const results = withVoid([STOLEN('12.5'), 'no port was left']);
  expect(troubles(results)).toEqual([
    `void: 2 of 6 blocks at 64 left out: ${STOLEN('12.5')}; no port was left`,
  ]);
});
