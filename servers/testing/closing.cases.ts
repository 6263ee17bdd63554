/**
 * docs/PROTOCOL.md, section 3: how connections end, and that the server outlives every one of them.
 */
import { expect, test } from 'vitest';
import { Client, withClient } from './client.js';
import { answer, OK, OK_CLOSE, oldRequest, request } from './messages.js';
import { withServer } from './server.js';
import { type Suite, testOf } from './suite.js';

/** Answered with `Connection: close`, and closed. */
const CLOSING: Record<string, string> = {
  'Connection: close': request('/', ['Host: a', 'Connection: close']),
  'close in a list, in another case': request('/', ['Host: a', 'Connection: x ,\tCLOSE\t, y']),
  'close in the second of two headers': request('/', [
    'Host: a',
    'connection: x',
    'Connection:close',
  ]),
  'close beside keep-alive': request('/', ['Host: a', 'Connection: close, keep-alive']),
  'HTTP/1.0': oldRequest(),
  'HTTP/1.0 with another word': oldRequest('/', ['Connection: keep-alives']),
  'HTTP/1.0 with keep-alive and close': oldRequest('/', [
    'Connection: keep-alive',
    'Connection: close',
  ]),
};

export function closingCases(suite: Suite): void {
  test.each(Object.entries(CLOSING))(
    '%s: the last answer says so, later requests are ignored',
    (_, text) =>
      withClient(suite.server.port, async (client) => {
        await client.send(request() + text + request());
        await client.expect(OK + OK_CLOSE);
        await client.expectEnd();
      }),
  );

  testOf(
    suite,
    '/bytes',
    'an answer with a large body is complete before the connection is closed',
    () =>
      withClient(suite.server.port, async (client) => {
        await client.send(request('/bytes?n=1000000', ['Host: a', 'Connection: close']));
        const got = await client.rest();
        expect(got.length).toBe(answer(200, 'x'.repeat(1_000_000), { close: true }).length);
      }),
  );

  test('end of file between requests closes without an answer', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request());
      await client.expect(OK);
      client.end();
      await client.expectEnd();
    }));

  test('end of file in a request closes without an answer', async () => {
    const text = request('/', ['Host: a', 'Content-Length: 2']);
    for (const size of [1, 4, 10, 16, 20, text.length - 2, text.length, text.length + 1]) {
      await withClient(suite.server.port, async (client) => {
        await client.send(`${text}x`.slice(0, size));
        client.end();
        await client.expectEnd();
      });
    }
  });

  test('requests that were complete before the end of file are answered', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request().repeat(3) + request().slice(0, 9));
      client.end();
      expect(await client.rest()).toBe(OK.repeat(3));
    }));

  resetCases(suite);
  lingerCases(suite);
  manyCases(suite);
}

function resetCases(suite: Suite): void {
  test('a client that resets in a request leaves the server serving', async () => {
    await withServer(suite.program, [], async (server) => {
      for (let index = 0; index < 10; index++) {
        const client = await Client.connect(server.port);
        await client.send(request().slice(0, 12));
        client.reset();
      }
      await server.statsWhere(
        (s) => (s.accepts ?? 10) === 10 && (s.connections_open ?? 0) === 0,
        'ten connections to come and go',
      );
      await expectServing(server.port);
    });
  });

  testOf(
    suite,
    '/bytes',
    'a client that resets in a large answer leaves the server serving',
    async () => {
      await withServer(suite.program, [], async (server) => {
        for (let index = 0; index < 10; index++) {
          const client = await Client.connect(server.port);
          await client.send(request('/bytes?n=16777216'));
          await client.take(1000);
          client.reset();
        }
        await server.statsWhere((s) => (s.connections_open ?? 0) === 0, 'every connection to end');
        await expectServing(server.port);
      });
    },
  );
}

function lingerCases(suite: Suite): void {
  const refusal = answer(400, '', { close: true });

  test('a 400 arrives although the client goes on sending 32 KiB', async () => {
    for (let round = 0; round < 10; round++) {
      await withClient(suite.server.port, async (client) => {
        await client.send(`BAD\0${'x'.repeat(32_768)}`);
        client.end();
        expect(await client.rest()).toBe(refusal);
      });
    }
  });

  test('a connection that the server closes is closed when the client has closed it too', async () => {
    await withServer(suite.program, [], async (server) => {
      await withClient(server.port, async (client) => {
        await client.send('\n');
        expect(await client.rest()).toBe(refusal);
        await client.send('x'.repeat(1000));
        client.end();
        await server.statsWhere(
          (s) => (s.connections_open ?? 0) === 0,
          'the connection to be closed',
        );
      });
      await expectServing(server.port);
    });
  });

  test('a client that never stops sending after a 400 is cut off after 65536 bytes', async () => {
    await withServer(suite.program, [], async (server) => {
      await withClient(server.port, async (client) => {
        await client.send('\n');
        await client.expect(refusal);
        const sendOn = client.send('x'.repeat(1_048_576)).catch(() => 'cut off');
        await server.statsWhere(
          (s) => (s.connections_open ?? 0) === 0,
          'the connection to be closed',
        );
        const { bytes_read = 0 } = await server.stats();
        expect(bytes_read).toBeLessThanOrEqual(1 + 65_536 + 1024);
        client.close();
        await sendOn;
      });
      await expectServing(server.port);
    });
  });
}

function manyCases(suite: Suite): void {
  test('200 connections at once are all served, and all end', async () => {
    await withServer(suite.program, [], async (server) => {
      const clients = await Promise.all(
        Array.from({ length: 200 }, () => Client.connect(server.port)),
      );
      await server.statsWhere((s) => (s.connections_open ?? 200) === 200, '200 open connections');
      for (let round = 0; round < 3; round++) {
        await Promise.all(clients.map((client) => client.send(request())));
        await Promise.all(clients.map((client) => client.expect(OK)));
      }
      for (const client of clients) client.close();
      await server.statsWhere((s) => (s.connections_open ?? 0) === 0, 'every connection to end');
    });
  });

  test('a server without free descriptors goes on, and serves those who wait as others leave', async () => {
    const limited = ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh', ...suite.program.command];
    await withServer({ ...suite.program, command: limited }, [], async (server) => {
      const clients = await Promise.all(
        Array.from({ length: 100 }, () => Client.connect(server.port)),
      );
      let last: number | undefined = 0;
      await server.statsWhere(({ accepts }) => {
        const isFull = accepts === last && accepts !== 0;
        last = accepts;
        return isFull;
      }, 'the server to accept no more');
      expect(last ?? 0).toBeLessThan(100);
      await Promise.all(
        clients.map(async (client) => {
          await client.send(request());
          await client.expect(OK);
          client.close();
        }),
      );
    });
  });
}

async function expectServing(port: number): Promise<void> {
  await withClient(port, async (client) => {
    await client.send(request());
    await client.expect(OK);
  });
}
