import { expect, test } from 'vitest';
import { switchTable } from '../../claims/testing-evidence.js';
import { makeResults } from '../../results/testing.js';
import { buildModel } from '../model.js';
import { madeEvidence } from '../testing.js';
import { switchFigure } from './switch-figure.js';

/** The chart's text; in one row the lower end of an interval may be another. */
async function drawn(lo?: number): Promise<string> {
  const { items } = switchTable().switchCosts;
  const edited = (items ?? []).map((one, i) =>
    i === 0 && lo !== undefined ? { ...one, lo } : one,
  );
  const evidence = { ...madeEvidence(), switchCosts: { items: edited, why: null } };
  const model = buildModel({ ...makeResults({ connections: [64] }), evidence });
  const figure = (await switchFigure(model)) ?? expect.fail('nothing was drawn');
  return [...figure.caption, ...figure.panels.map(({ wide }) => wide)].join(' ');
}

test('times above zero are on a log scale, and the chart says so', async () => {
  const text = await drawn();
  expect(text).toContain('time (log scale)');
  expect(text).toContain('Log scale.');
});

test('a difference below zero is on a scale that is not called logarithmic', async () => {
  const text = await drawn(-1500);
  expect(text).not.toMatch(/log scale/i);
  expect(text).toContain('can be negative');
});
