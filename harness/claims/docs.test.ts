/** docs/CLAIMS.md tells the same claims, in the same order, with the same thresholds. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CLAIMS } from './index.js';

const doc = readFileSync(new URL('../../docs/CLAIMS.md', import.meta.url), 'utf8');

/** Heading, claim, experiment, thresholds; each on one line. */
function paragraphs(section: string): string[] {
  return section.split('\n\n').map((each) => each.trim().replaceAll(/\s+/g, ' '));
}

test('docs/CLAIMS.md and the code are the same list', () => {
  const told = doc.split(/^### /m).slice(1);
  const read = told.map((section) => ({
    id: section.split('\n')[0],
    text: /^> (.*)$/m.exec(section)?.[1],
    experiment: paragraphs(section)[2],
    thresholds: [...section.matchAll(/^- (.*)$/gm)].map(([, line]) => line),
  }));
  const coded = CLAIMS.map(({ id, text, experiment, thresholds }) => ({
    id,
    text,
    experiment,
    thresholds: thresholds.map(({ label, value, unit }) => `${label}: ${value} ${unit}`),
  }));
  expect(read).toEqual(coded);
});
