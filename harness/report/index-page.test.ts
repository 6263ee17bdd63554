import { expect, test } from 'vitest';
import { makeResults } from '../results/testing.js';
import { indexEntry, renderIndex } from './index-page.js';
import { HOSTILE } from './testing.js';

const made = makeResults({ connections: [64], stopAfter: 20 });
const invalid = { ...made, quality: { ...made.quality, level: 'invalid' as const } };

test('each run with its quality, answer and machine, in the order given', () => {
  const html = renderIndex([indexEntry('b', made), indexEntry('a', invalid)]);
  expect(html).toContain('<h1>2 runs</h1>');
  expect(html).toMatch(
    /href="b\/report.html".*Clean run.*partial.*At 64 connections.*Made-up CPU/s,
  );
  expect(html).toMatch(
    /href="a\/report.html".*Invalid run.*No answer: every condition is invalid/s,
  );
});

test('a run that cannot be read is there, with the reason and without a link', () => {
  const html = renderIndex([{ kind: 'unreadable', folder: 'x', why: HOSTILE }]);
  expect(html).toContain('It cannot be read: &lt;/script>');
  expect(html).not.toContain('href="x/');
  expect(html).not.toContain(HOSTILE);
});

test('no runs', () => {
  expect(renderIndex([])).toContain('<h1>0 runs</h1>');
});
