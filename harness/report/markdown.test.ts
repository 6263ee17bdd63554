import { expect, test } from 'vitest';
import { makeResults } from '../results/testing.js';
import { escapeMarkdown, renderMarkdown } from './markdown.js';
import { RUNS } from './testing.js';

test('quality, answer, table, verdicts, how to repeat it', () => {
  const text = renderMarkdown(makeResults());
  const lines = text.split('\n');
  expect(lines[2]).toMatch(/^\*\*Clean run\*\*: /);
  expect(text).toMatch(/At 512 connections one request cost thread-per-connection \d+ % more CPU/);
  const table = lines.filter((line) => line.startsWith('| '));
  expect(table).toHaveLength(2 + 5);
  expect(new Set(table.map((line) => line.split(' | ').length))).toEqual(new Set([6]));
  expect(table.find((line) => line.includes('twin'))).toMatch(/\\~ [\d.]+×.*could have seen/);
  expect(text).toContain('`` npm run compare -- --seed testing-1 ``'.replaceAll('``', '`'));
});

test('an invalid run has no answer', () => {
  const text = renderMarkdown(RUNS.invalid?.() ?? makeResults());
  expect(text).toContain('No answer: every condition is invalid');
  const [beforeTable = ''] = text.split('| server');
  expect(beforeTable).not.toMatch(/more CPU/);
});

test('hostile texts stay texts', () => {
  const text = renderMarkdown(RUNS.hostile?.() ?? makeResults());
  const outsideCode = text.replace(/(`+) .*? \1/g, '');
  expect(/<(?!br>|\/?details>|\/?summary>)/.exec(outsideCode)).toBeNull();
  expect(text.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(2 + 5);
});

test('what Markdown would take for more than text is escaped', () => {
  expect(escapeMarkdown('a|b `c` [d](e) <f> @g\n# h')).toBe(
    'a\\|b \\`c\\` \\[d\\](e) &lt;f&gt; &#64;g \\# h',
  );
});
