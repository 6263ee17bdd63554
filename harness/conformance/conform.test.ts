import { expect, test } from 'vitest';
import { fixtureBuilt } from '../run/testing.js';
import { trackedGroups } from '../server/groups.js';
import type { Case } from './case.js';
import { conform } from './conform.js';

const calm = new AbortController().signal;

/** As many checks as a suite has that run side by side. */
const CHECKS = 8;

test('after a failure, checks that run side by side share one server, which ends with them', async () => {
  const seen: number[] = [];
  const cases: Case[] = [
    {
      name: 'fails',
      rule: 'nothing',
      applies: () => true,
      define: (_, add) =>
        add('always', async () => {
          throw new Error('as it should');
        }),
    },
    {
      name: 'side by side',
      rule: 'one server for all',
      applies: () => true,
      concurrent: true,
      define: (suite, add) => {
        for (let check = 0; check < CHECKS; check += 1) {
          add(`check ${check}`, async () => {
            seen.push(suite.server.launchedPid);
          });
        }
      },
    },
  ];
  const results = await conform(fixtureBuilt('good'), cases, calm);
  expect(results.map(({ failure }) => failure?.reason)).toEqual(['as it should', undefined]);
  expect(seen).toHaveLength(CHECKS);
  expect(new Set(seen).size).toBe(1);
  expect(trackedGroups()).toEqual([]);
});
