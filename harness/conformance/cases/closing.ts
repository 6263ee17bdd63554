/**
 * docs/PROTOCOL.md, section 3: how connections end, and that the server outlives every one of them.
 */
import assert from 'node:assert/strict';
import { hasControl } from '../../plan/variant.js';
import { Client, withClient } from '../../server/client.js';
import { answer, OK, OK_CLOSE, oldRequest, request } from '../../server/messages.js';
import { ask, expectAnswer, expectServing, whenClosed } from '../ask.js';
import { type Add, checkOf, type Suite } from '../case.js';
import { withServer } from '../with-server.js';

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

export function closingCases(suite: Suite, add: Add): void {
  for (const [name, text] of Object.entries(CLOSING)) {
    add(`${name}: the last answer says so, later requests are ignored`, () =>
      withClient(suite.server.port, async (client) => {
        await client.send(request() + text + request());
        await client.expect(OK + OK_CLOSE);
        await client.expectEnd();
      }),
    );
  }

  checkOf(
    suite,
    add,
    '/bytes',
    'an answer with a large body is complete before the connection is closed',
    () =>
      withClient(suite.server.port, async (client) => {
        await client.send(request('/bytes?n=1000000', ['Host: a', 'Connection: close']));
        const got = await client.rest();
        assert.equal(got.length, answer(200, 'x'.repeat(1_000_000), { close: true }).length);
      }),
  );
}

export function halfCloseCases(suite: Suite, add: Add): void {
  add('end of file between requests closes without an answer', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request());
      await client.expect(OK);
      client.end();
      await client.expectEnd();
    }),
  );

  lateAnswerCase(suite, add);

  add('end of file in a request closes without an answer', async () => {
    const text = request('/', ['Host: a', 'Content-Length: 2']);
    for (const size of [1, 4, 10, 16, 20, text.length - 2, text.length, text.length + 1]) {
      await withClient(suite.server.port, async (client) => {
        await client.send(`${text}x`.slice(0, size));
        client.end();
        await client.expectEnd();
      });
    }
  });

  add('requests that were complete before the end of file are answered', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request().repeat(3) + request().slice(0, 9));
      client.end();
      assert.equal(await client.rest(), OK.repeat(3));
    }),
  );
}

export function lateAnswerCase(suite: Suite, add: Add): void {
  checkOf(suite, add, '/sleep', 'an answer that takes its time arrives after the end of file', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request('/sleep?ms=50'));
      client.end();
      await expectAnswer(client, suite.variant, '/sleep?ms=50');
      await client.expectEnd();
    }),
  );
}

export function resetCases(suite: Suite, add: Add): void {
  add('a client that resets between request and answer leaves the server serving', async () => {
    await withServer(suite.program, [], async (server) => {
      for (let index = 0; index < 10; index++) {
        const client = await Client.connect(server.port);
        await ask(client, suite.variant);
        await client.send(request().repeat(8));
        client.reset();
      }
      await expectServing(server.port, suite.variant);
    });
  });

  add('a client that resets in a request leaves the server serving', async () => {
    await withServer(suite.program, [], async (server) => {
      for (let index = 0; index < 10; index++) {
        const client = await Client.connect(server.port);
        await client.send(request().slice(0, 12));
        client.reset();
      }
      if (hasControl(suite.variant)) await whenClosed(server);
      await expectServing(server.port, suite.variant);
    });
  });

  checkOf(
    suite,
    add,
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
        await whenClosed(server);
        await expectServing(server.port, suite.variant);
      });
    },
  );
}

export function lingerCases(suite: Suite, add: Add): void {
  const refusal = answer(400, '', { close: true });

  add('a 400 arrives although the client goes on sending 32 KiB', async () => {
    for (let round = 0; round < 10; round++) {
      await withClient(suite.server.port, async (client) => {
        await client.send(`BAD\0${'x'.repeat(32_768)}`);
        client.end();
        assert.equal(await client.rest(), refusal);
      });
    }
  });

  add(
    'a connection that the server closes is closed when the client has closed it too',
    async () => {
      await withServer(suite.program, [], async (server) => {
        await withClient(server.port, async (client) => {
          await client.send('\n');
          assert.equal(await client.rest(), refusal);
          await client.send('x'.repeat(1000));
          client.end();
          await whenClosed(server);
        });
        await expectServing(server.port, suite.variant);
      });
    },
  );

  add('a client that never stops sending after a 400 is cut off after 65536 bytes', async () => {
    await withServer(suite.program, [], async (server) => {
      await withClient(server.port, async (client) => {
        await client.send('\n');
        await client.expect(refusal);
        const sendOn = client.send('x'.repeat(1_048_576)).catch(() => 'cut off');
        await whenClosed(server);
        const { bytes_read = 0 } = await server.counts();
        assert.ok(bytes_read <= 1 + 65_536 + 1024, `it read ${bytes_read} bytes`);
        client.close();
        await sendOn;
      });
      await expectServing(server.port, suite.variant);
    });
  });
}
