/**
 * The native servers differ in their I/O model and in nothing else: for the same requests on one
 * connection they make the same successful reads, writes and accepts and move the same bytes. Only
 * how they wait may differ.
 */
import { expect, test } from 'vitest';
import { Upstream } from '../harness/conformance/upstream.js';
import { withServer } from '../harness/conformance/with-server.js';
import type { Variant } from '../harness/plan/variant.js';
import { withClient } from '../harness/server/client.js';
import { alphabet, answer, OK, request } from '../harness/server/messages.js';
import type { Counts, Server } from '../harness/server/server.js';
import { missingNeed, prepare, VARIANTS } from './testing/variants.js';

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

const natives = VARIANTS.filter(
  (variant) => 'native' in variant.launch && missingNeed(variant) === undefined,
);

/** What `body` does to a server of that variant, with those flags, in counts. */
async function work(
  variant: Variant,
  flags: readonly string[],
  body: (server: Server) => Promise<void>,
): Promise<Partial<Counts>> {
  // A native variant is built already: nothing is written to `out`.
  return withServer(await prepare(variant, ''), flags, async (server) => {
    await body(server);
    const stats = await server.countsWhere((s) => s.connections_open === 0, 'all to be closed');
    return Object.fromEntries(SAME_KEYS.map((key) => [key, stats[key]]));
  });
}

/** One after the other, on one connection. */
async function ask(server: Server, text: string, times: number, wanted: string): Promise<void> {
  const bytes = Buffer.from(wanted, 'latin1');
  await withClient(server.port, async (client) => {
    for (let i = 0; i < times; i += 1) {
      await client.send(text);
      await client.expect(bytes);
    }
    client.end();
    await client.expectEnd();
  });
}

function expectSame(works: readonly Partial<Counts>[], expected: Partial<Counts>): void {
  expect(works[0]).toMatchObject(expected);
  for (const work of works) expect(work).toEqual(works[0]);
}

test('there are several native variants to compare', () => {
  expect(natives.length).toBeGreaterThanOrEqual(3);
});

test(`${REQUESTS} requests are the same work for every native variant`, async () => {
  const works = natives.map((variant) =>
    work(variant, [], (server) => ask(server, request('/'), REQUESTS, OK)),
  );
  // One read per request, and the one that returned end of file.
  const expected = { requests: REQUESTS, accepts: 1, reads: REQUESTS + 1, writes: REQUESTS };
  expectSame(await Promise.all(works), expected);
});

test('relayed requests are the same work for every native variant', async () => {
  const times = 200;
  await Upstream.run([answer(200, 'from behind')], async (upstream, address) => {
    const works = natives.map((variant) =>
      work(variant, ['--upstream', address], (server) =>
        ask(server, request('/relay'), times, answer(200, 'from behind')),
      ),
    );
    // A request is read and relayed, and its answer is read and forwarded.
    const expected = { requests: times, accepts: 1, reads: 2 * times + 1, writes: 2 * times };
    expectSame(await Promise.all(works), expected);
    expect(upstream.connections).toBe(natives.length);
  });
});

test.each([
  ['/work?us=20', OK],
  ['/sleep?ms=1', OK],
  ['/bytes?n=900', answer(200, alphabet(900))],
])('%s is the same work for every native variant', async (target, wanted) => {
  const times = 50;
  const works = natives.map((variant) =>
    work(variant, [], (server) => ask(server, request(target), times, wanted)),
  );
  const expected = { requests: times, accepts: 1, reads: times + 1, writes: times };
  expectSame(await Promise.all(works), expected);
});

test('a body is the same reads for every native variant', async () => {
  const times = 50;
  const bodyBytes = 3000;
  const head = request('/upload', ['Host: a', `Content-Length: ${bodyBytes}`], 'POST');
  const text = head + 'x'.repeat(bodyBytes);
  const works = natives.map((variant) =>
    work(variant, [], (server) => ask(server, text, times, OK)),
  );
  // One for each 1024 bytes.
  const reads = times * Math.ceil(text.length / 1024) + 1;
  expectSame(await Promise.all(works), { requests: times, accepts: 1, reads, writes: times });
});
