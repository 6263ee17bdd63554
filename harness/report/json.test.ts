import { expect, test } from 'vitest';
import { CLAIMS } from '../claims/index.js';
import { makeResults } from '../results/testing.js';
import { renderJson } from './json.js';
import { RUNS } from './testing.js';

test('what the page says, as data', () => {
  const results = makeResults({ connections: [64] });
  const value = JSON.parse(renderJson(results));
  expect(value).toMatchObject({ runId: results.header.runId, outcome: 'complete', sweep: null });
  expect(value.answer).toMatch(/^At 64 connections/);
  expect(value.headline.rows).toHaveLength(results.header.subjects.length);
  expect(value.claims.map(({ id }: { id: string }) => id)).toEqual(CLAIMS.map(({ id }) => id));
  expect(value.summary).toEqual(results.summary);
});

test('an invalid run has no answer', () => {
  expect(JSON.parse(renderJson(RUNS.invalid?.() ?? makeResults())).answer).toBeNull();
});
