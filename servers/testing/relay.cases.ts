/**
 * docs/PROTOCOL.md, section 3, /relay: asks an upstream over a kept connection, and forwards its
 * answer.
 */
import net from 'node:net';
import { expect, test } from 'vitest';
import { withClient } from './client.js';
import { answer, OK, request } from './messages.js';
import { withServer } from './server.js';
import { type Suite, testOf } from './suite.js';

/**
 * An upstream that answers every request with the next of `replies`, the last one for ever; null
 * closes instead.
 */
class Upstream {
  connections = 0;
  received = '';
  #listener: net.Server;

  private constructor(replies: readonly (string | null)[]) {
    let next = 0;
    this.#listener = net.createServer((socket) => {
      this.connections++;
      socket.on('error', () => socket.destroy());
      socket.on('data', (data) => {
        this.received += data.toString('latin1');
        const reply = replies[Math.min(next++, replies.length - 1)] ?? null;
        if (reply === null) socket.destroy();
        else socket.write(reply, 'latin1');
      });
    });
  }

  static async run(
    replies: readonly (string | null)[],
    body: (upstream: Upstream, address: string) => Promise<void>,
  ): Promise<void> {
    const upstream = new Upstream(replies);
    upstream.#listener.listen(0, '127.0.0.1');
    await new Promise((resolve) => upstream.#listener.once('listening', resolve));
    const { port } = upstream.#listener.address() as net.AddressInfo;
    try {
      await body(upstream, `127.0.0.1:${port}`);
    } finally {
      upstream.#listener.close();
    }
  }
}

const FAILURES: Record<string, string | null> = {
  'closes instead of an answer': null,
  'answers with an unknown status': 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n',
  'answers without a length': 'HTTP/1.1 200 OK\r\n\r\n',
  'answers in chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'answers with too much': 'HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n',
  'does not speak HTTP': 'SSH-2.0-OpenSSH_9.6\r\n\r\n',
};

export function relayCases(suite: Suite): void {
  test('/relay without --upstream is 404', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request('/relay') + request('/'));
      await client.expect(answer(404) + OK);
    }));

  testOf(
    suite,
    '/relay',
    '/relay forwards the body, and keeps its connection to the upstream',
    () =>
      Upstream.run([answer(200, 'from behind')], (upstream, address) =>
        relaying(suite, address, async (ask) => {
          for (let round = 0; round < 5; round++) await ask(answer(200, 'from behind'));
          expect(upstream.connections).toBe(1);
          expect(upstream.received).toBe(request('/', [`Host: ${address}`]).repeat(5));
        }),
      ),
  );

  testOf(suite, '/relay', '/relay forwards a body that is larger than its buffers', () => {
    const large = answer(200, 'x'.repeat(65_536));
    return Upstream.run([large], (_, address) => relaying(suite, address, (ask) => ask(large)));
  });

  testOf(suite, '/relay', '/relay forwards another status without the body', () =>
    Upstream.run(['HTTP/1.1 404 Nope\r\ncontent-length: 3\r\n\r\nabc'], (_, address) =>
      relaying(suite, address, (ask) => ask(answer(404))),
    ),
  );

  testOf(suite, '/relay', '/relay asks again when the kept connection was closed', () =>
    Upstream.run([OK, null, OK], (upstream, address) =>
      relaying(suite, address, async (ask) => {
        await ask(OK);
        await ask(OK);
        expect(upstream.connections).toBe(2);
      }),
    ),
  );

  testOf(suite, '/relay', '/relay opens another connection after the upstream said close', () => {
    const closing = answer(200, 'bye', { close: true });
    return Upstream.run([closing], (upstream, address) =>
      relaying(suite, address, async (ask) => {
        await ask(answer(200, 'bye'));
        await ask(answer(200, 'bye'));
        expect(upstream.connections).toBe(2);
      }),
    );
  });

  for (const [name, reply] of Object.entries(FAILURES)) {
    testOf(suite, '/relay', `/relay is 502 when the upstream ${name}`, () =>
      Upstream.run([reply], (_, address) => relaying(suite, address, (ask) => ask(answer(502)))),
    );
  }

  testOf(suite, '/relay', '/relay is 502 when nobody listens', () =>
    relaying(suite, '127.0.0.1:1', (ask) => ask(answer(502))),
  );
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
