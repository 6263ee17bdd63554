/**
 * docs/PROTOCOL.md, section 3, /relay: asks an upstream over a kept connection, and forwards its
 * answer.
 */
import assert from 'node:assert/strict';
import { Client, withClient } from '../../server/client.js';
import { answer, OK, request } from '../../server/messages.js';
import { type Add, checkOf, type Suite } from '../case.js';
import { type Reply, Upstream } from '../upstream.js';
import { withServer } from '../with-server.js';

const FAILURES: Record<string, Reply> = {
  'closes instead of an answer': null,
  'answers with an unknown status': 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n',
  'answers without a length': 'HTTP/1.1 200 OK\r\n\r\n',
  'answers in chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'answers with too much': 'HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n',
  'answers with two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'answers with a signed length': 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na',
  'answers with a longer status': 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n',
  'answers with an endless head': `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(8192)}`,
  'does not speak HTTP': 'SSH-2.0-OpenSSH_9.6\r\n\r\n',
};

export function relayCases(suite: Suite, add: Add): void {
  add('/relay without --upstream is 404', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request('/relay') + request('/'));
      await client.expect(answer(404) + OK);
    }),
  );

  checkOf(
    suite,
    add,
    '/relay',
    '/relay forwards the body, and keeps its connection to the upstream',
    () =>
      Upstream.run([answer(200, 'from behind')], (upstream, address) =>
        relaying(suite, address, async (ask) => {
          for (let round = 0; round < 5; round++) await ask(answer(200, 'from behind'));
          assert.equal(upstream.connections, 1);
          assert.equal(upstream.received, request('/', [`Host: ${address}`]).repeat(5));
        }),
      ),
  );

  checkOf(suite, add, '/relay', '/relay forwards a body that is larger than its buffers', () => {
    const large = answer(200, 'x'.repeat(65_536));
    return Upstream.run([large], (_, address) => relaying(suite, address, (ask) => ask(large)));
  });

  checkOf(suite, add, '/relay', '/relay forwards another status without the body', () =>
    Upstream.run(['HTTP/1.1 404 Nope\r\ncontent-length: 3\r\n\r\nabc'], (_, address) =>
      relaying(suite, address, (ask) => ask(answer(404))),
    ),
  );

  reopeningCases(suite, add);
  failureCases(suite, add);
  keepingCases(suite, add);
  leavingCases(suite, add);
  waitingCases(suite, add);
}

/** The upstream ends the connection that is kept to it. */
function reopeningCases(suite: Suite, add: Add): void {
  checkOf(suite, add, '/relay', '/relay asks again when the kept connection was closed', () =>
    Upstream.run([OK, null, OK], (upstream, address) =>
      relaying(suite, address, async (ask) => {
        await ask(OK);
        await ask(OK);
        assert.equal(upstream.connections, 2);
      }),
    ),
  );

  checkOf(
    suite,
    add,
    '/relay',
    '/relay opens another connection after the upstream said close',
    () => {
      const closing = answer(200, 'bye', { close: true });
      return Upstream.run([closing], (upstream, address) =>
        relaying(suite, address, async (ask) => {
          await ask(answer(200, 'bye'));
          await ask(answer(200, 'bye'));
          assert.equal(upstream.connections, 2);
        }),
      );
    },
  );
}

/** Whatever goes wrong at the upstream is a 502. */
function failureCases(suite: Suite, add: Add): void {
  for (const [name, reply] of Object.entries(FAILURES)) {
    checkOf(suite, add, '/relay', `/relay is 502 when the upstream ${name}`, () =>
      Upstream.run([reply], (_, address) => relaying(suite, address, (ask) => ask(answer(502)))),
    );
  }

  checkOf(suite, add, '/relay', '/relay is 502 when nobody listens', () =>
    relaying(suite, '127.0.0.1:1', (ask) => ask(answer(502))),
  );
}

/** When the connection to the upstream is used again, and when not. */
function keepingCases(suite: Suite, add: Add): void {
  const reused = async (replies: readonly Reply[], connections: number) =>
    Upstream.run(replies, (upstream, address) =>
      relaying(suite, address, async (ask) => {
        for (let round = 0; round < 3; round++) await ask(answer(200, 'abc'));
        assert.equal(upstream.connections, connections);
      }),
    );

  checkOf(suite, add, '/relay', '/relay keeps no connection of HTTP/1.0', () =>
    reused([answer(200, 'abc').replace('HTTP/1.1', 'HTTP/1.0')], 3),
  );

  checkOf(suite, add, '/relay', '/relay takes close out of a list, in any case', () =>
    reused(['HTTP/1.1 200 OK\r\nconnection: x, CLOSE\r\nContent-Length:3\r\n\r\nabc'], 3),
  );

  checkOf(
    suite,
    add,
    '/relay',
    '/relay does not use a connection again that has said too much',
    () => reused([`${answer(200, 'abc')}more`], 3),
  );

  checkOf(suite, add, '/relay', '/relay reads an answer that comes byte by byte', () =>
    Upstream.run([answer(200, 'abc')], (upstream, address) => {
      upstream.pieceBytes = 1;
      return relaying(suite, address, async (ask) => {
        for (let round = 0; round < 3; round++) await ask(answer(200, 'abc'));
        assert.equal(upstream.connections, 1);
      });
    }),
  );
}

/** The upstream leaves, or comes late. */
function leavingCases(suite: Suite, add: Add): void {
  checkOf(
    suite,
    add,
    '/relay',
    '/relay opens another connection after one that was ended while idle',
    () =>
      Upstream.run([answer(200, 'abc')], (upstream, address) =>
        relaying(suite, address, async (ask) => {
          for (let round = 0; round < 3; round++) {
            await ask(answer(200, 'abc'));
            upstream.endAll();
          }
          assert.equal(upstream.connections, 3);
        }),
      ),
  );

  checkOf(suite, add, '/relay', '/relay asks an upstream again that was not there before', () =>
    Upstream.run([null, null, OK], (_, address) =>
      relaying(suite, address, async (ask) => {
        await ask(answer(502));
        await ask(answer(502));
        await ask(OK);
      }),
    ),
  );
}

/** While the upstream takes its time. */
function waitingCases(suite: Suite, add: Add): void {
  checkOf(
    suite,
    add,
    '/relay',
    '50 connections wait side by side, others are served meanwhile',
    () =>
      Upstream.run([OK], (upstream, address) =>
        withServer(suite.program, ['--upstream', address], async (server) => {
          upstream.hold();
          const waiting = await Promise.all(
            Array.from({ length: 50 }, () => Client.connect(server.port)),
          );
          for (const client of waiting) await client.send(request('/') + request('/relay'));
          await upstream.holds(50);
          await withClient(server.port, async (client) => {
            await client.send(request());
            await client.expect(OK);
          });
          // Answers before it are written before the wait.
          for (const client of waiting) await client.expect(OK);
          assert.equal(
            waiting.some((client) => client.hasUnread),
            false,
          );
          upstream.release();
          for (const client of waiting) await client.expect(OK);
          assert.equal(upstream.connections, 50);
          for (const client of waiting) client.close();
        }),
      ),
  );

  checkOf(suite, add, '/relay', 'a client that goes while it waits leaves the server serving', () =>
    Upstream.run([OK], (upstream, address) =>
      withServer(suite.program, ['--upstream', address], async (server) => {
        upstream.hold();
        const waiting = await Promise.all(
          Array.from({ length: 20 }, () => Client.connect(server.port)),
        );
        for (const client of waiting) await client.send(request('/relay') + request('/'));
        await upstream.holds(20);
        for (const client of waiting) client.reset();
        upstream.release();
        await server.countsWhere((s) => (s.connections_open ?? 0) === 0, 'every connection to end');
        await withClient(server.port, async (client) => {
          await client.send(request('/relay'));
          await client.expect(OK);
        });
      }),
    ),
  );

  randomCases(suite, add);
}

function randomCases(suite: Suite, add: Add): void {
  checkOf(
    suite,
    add,
    '/relay',
    'many clients of an upstream that closes at random are all answered',
    () =>
      Upstream.run(
        [...Array.from({ length: 20 }, () => [OK, OK, null, OK, null, null, OK]).flat(), OK],
        (_, address) => relayingAtOnce(suite, address, 10, 20),
      ),
  );
}

/** Asks over several connections at once, so often on each; every answer is OK or 502. */
function relayingAtOnce(suite: Suite, upstream: string, clients: number, rounds: number) {
  return withServer(suite.program, ['--upstream', upstream], async (server) => {
    const asked = Array.from({ length: clients }, () =>
      withClient(server.port, async (client) => {
        for (let round = 0; round < rounds; round++) {
          await client.send(request('/relay'));
          const head = (await client.take(12)).toString('latin1');
          const all = head === OK.slice(0, 12) ? OK : answer(502);
          await client.expect(all.slice(12));
        }
      }),
    );
    await Promise.all(asked);
  });
}

/**
 * Runs `body` with a server in front of the upstream; `ask` sends /relay and then /, and expects an
 * answer and OK.
 */
function relaying(
  suite: Suite,
  upstream: string,
  body: (ask: (wanted: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  return withServer(suite.program, ['--upstream', upstream], (server) =>
    withClient(server.port, (client) =>
      body(async (wanted) => {
        await client.send(request('/relay') + request('/'));
        await client.expect(wanted + OK);
      }),
    ),
  );
}
