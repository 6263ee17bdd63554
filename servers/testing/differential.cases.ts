/**
 * Random streams of right and wrong requests, split at random, sent to every server at once: all of
 * them must answer with the same bytes, the ones that the oracle works out.
 *
 * IOMODELS_SEED=<number> repeats a run; the seed is printed.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Suite } from '../../harness/conformance/case.js';
import { withClient } from '../../harness/server/client.js';
import { answersTo } from './oracle.js';

const RUNS = 60;
const LIMIT_MS = 120_000;

const target = fc.oneof(
  { weight: 6, arbitrary: fc.constant('/') },
  fc.constantFrom(
    '/nowhere',
    '*',
    '/?',
    '/work',
    '/work?us=x',
    '/sleep?ms=10001',
    '/bytes?n=16777217',
  ),
  fc.constant('/upload'),
  fc.constantFrom('/work?us=0', '/work?us=20', '/sleep?ms=0', '/sleep?ms=1', '/sleep?ms=002'),
  fc.nat(5000).map((size) => `/bytes?n=${size}`),
  fc.constantFrom('/bytes?n=65536', '/bytes?n=70000', `/${'x'.repeat(3000)}`),
);

const header = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('X: y', 'x-long: \x80\t z', 'Accept:', `Pad: ${'p'.repeat(900)}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('Connection: keep-alive', 'Connection: a,Close', 'connection: x'),
  },
  { weight: 1, arbitrary: fc.constantFrom('Host: b', 'Transfer-Encoding: chunked', 'Host : c') },
  fc.constantFrom(
    'Content-Length: 0',
    'Content-Length: 00',
    'Content-Length: 5, 5',
    'Content-Length:',
  ),
);

const message = fc
  .record({
    before: fc.constantFrom('', '', '', '\r\n', '\r\n\r\n\r\n'),
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant('GET') },
      fc.constantFrom('POST', 'POST', 'POSTS', 'PUT', 'G', 'get'),
    ),
    target,
    version: fc.oneof(
      { weight: 9, arbitrary: fc.constant('1.1') },
      fc.constantFrom('1.0', '1.2', '2'),
    ),
    headers: fc.array(header, { maxLength: 3 }),
    body: fc.option(fc.nat(3000), { freq: 3 }),
  })
  .map(({ before, method, target, version, headers, body }) => {
    const length = body === null ? [] : [`Content-Length: ${body}`];
    const lines = [`${method} ${target} HTTP/${version}`, 'Host: a', ...headers, ...length, '', ''];
    return before + lines.join('\r\n') + 'G'.repeat(body ?? 0);
  });

const byte = fc.constantFrom(...'\r\n\t\0 :/,;0aG\x7f\x80\xff');

/** A message with one byte more, fewer or different. */
const damaged = fc
  .tuple(message, fc.nat(), byte, fc.constantFrom(0, 1), fc.boolean())
  .map(([text, position, wrong, cut, isInserted]) => {
    const at = position % text.length;
    return text.slice(0, at) + (isInserted ? wrong : '') + text.slice(at + cut);
  });

const stream = fc
  .record({
    messages: fc.array(
      fc.oneof({ weight: 12, arbitrary: message }, { weight: 2, arbitrary: damaged }, byte),
      { minLength: 1, maxLength: 8 },
    ),
    lost: fc.option(fc.nat(400), { freq: 3 }),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
  })
  .map(({ messages, lost, cuts }) => {
    const whole = messages.join('');
    const text = whole.slice(0, Math.max(1, whole.length - (lost ?? 0)));
    const places = cuts.map((cut) => Math.floor(cut * text.length)).sort((a, b) => a - b);
    return [0, ...places].map((start, index) => text.slice(start, places[index] ?? text.length));
  });

export function differentialCases(suites: () => readonly Suite[]): void {
  const seed = Number(process.env.IOMODELS_SEED ?? Date.now() % 2 ** 31);
  test(
    `all servers send the same bytes for any stream of bytes (IOMODELS_SEED=${seed})`,
    async () => {
      const property = fc.asyncProperty(stream, async (pieces) => {
        const text = pieces.join('');
        const got = await Promise.all(
          suites().map((suite) => conversation(suite.server.port, pieces)),
        );
        const wanted = suites().map((suite) => answersTo(text, suite.variant.serves.targets));
        const names = suites().map((suite) => suite.variant.name);
        expect(byName(names, got)).toEqual(byName(names, wanted));
      });
      await fc.assert(property, { seed, numRuns: RUNS });
    },
    LIMIT_MS,
  );
}

async function conversation(port: number, pieces: readonly string[]): Promise<string> {
  return withClient(port, async (client) => {
    for (const piece of pieces) {
      await client.send(piece);
      await nextTurn();
    }
    client.end();
    return client.rest();
  });
}

function byName(names: readonly string[], texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']));
}
