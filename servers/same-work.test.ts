/**
 * The native servers differ in their I/O model and in nothing else: for the same requests on one
 * connection they make the same successful reads, writes and accepts and move the same bytes. Only
 * how they wait may differ.
 */
import { expect, test } from 'vitest';
import type { Variant } from '../harness/plan/variant.js';
import { withClient } from './testing/client.js';
import { OK, request } from './testing/messages.js';
import { type Stats, withServer } from './testing/server.js';
import { discoverVariants, prepare } from './testing/variants.js';

const REQUESTS = 1000;
const SAME_KEYS = [
  'requests',
  'accepts',
  'connections_open',
  'reads',
  'writes',
  'bytes_read',
  'bytes_written',
] as const;

const natives = discoverVariants().filter((variant) => 'native' in variant.launch);

async function statsAfterRequests(variant: Variant): Promise<Stats> {
  // A native variant is built already: nothing is written to `out`.
  return withServer(await prepare(variant, ''), [], async (server) => {
    await withClient(server.port, async (client) => {
      for (let i = 0; i < REQUESTS; i += 1) {
        await client.send(request());
        await client.expect(OK);
      }
      client.end();
      await client.expectEnd();
    });
    return server.statsWhere((stats) => stats.connections_open === 0, 'the connection closed');
  });
}

test('there are several native variants to compare', () => {
  expect(natives.length).toBeGreaterThanOrEqual(3);
});

test(`${REQUESTS} requests are the same work for every native variant`, async () => {
  const works = await Promise.all(
    natives.map(async (variant) => {
      const stats = await statsAfterRequests(variant);
      return Object.fromEntries(SAME_KEYS.map((key) => [key, stats[key]]));
    }),
  );
  // One read per request, and the one that returned end of file.
  const expected = { requests: REQUESTS, accepts: 1, reads: REQUESTS + 1, writes: REQUESTS };
  expect(works[0]).toMatchObject(expected);
  for (const work of works) expect(work).toEqual(works[0]);
});
