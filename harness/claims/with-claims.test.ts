import { expect, test } from 'vitest';
import { resultsSchema } from '../results/schema.js';
import { CLAIMS } from './index.js';
import { madeResults } from './testing.js';
import { switchTable } from './testing-evidence.js';
import { withClaims } from './with-claims.js';

test('every claim is given, in the shape of results.json, and can be given again', () => {
  const results = withClaims(madeResults({ evidence: switchTable() }));
  expect(resultsSchema.parse(results)).toEqual(results);
  expect(results.claims?.map(({ id }) => id)).toEqual(CLAIMS.map(({ id }) => id));
  expect(withClaims(results)).toEqual(results);
  const of = (id: string) => results.claims?.find((one) => one.id === id) ?? expect.fail(id);
  expect(of('switch-cost')).toMatchObject({ verdict: 'supported', because: null, command: null });
  expect(of('memory')).toMatchObject({ verdict: 'not-measurable', because: 'machine' });
  expect(of('callbacks-hard')).toMatchObject({ verdict: null, thresholds: [] });
});

test('what a run left open names the command that measures it', () => {
  const open = withClaims(madeResults()).claims?.find(({ id }) => id === 'switch-cost');
  expect(open).toMatchObject({
    because: 'left-open',
    command: expect.stringContaining('--profile full'),
  });
});
