/** docs/PROTOCOL.md, section 4: the article's own protocol. */
import assert from 'node:assert/strict';
import { Client, withClient } from '../../server/client.js';
import { GREETING } from '../../server/messages.js';
import type { Add, Suite } from '../case.js';
import { withServer } from '../with-server.js';

const MODE = ['--mode', 'greeting'];

export function greetingCases(suite: Suite, add: Add): void {
  for (const text of ['x', 'hello\n', 'GET / HTTP/1.1\r\n\r\n', '\0\xff']) {
    add(`greets after ${JSON.stringify(text)}, and closes`, () =>
      withServer(suite.program, MODE, (server) =>
        withClient(server.port, async (client) => {
          await client.send(text);
          assert.equal(await client.rest(), GREETING);
        }),
      ),
    );
  }

  add('says nothing before the first byte, nor at end of file without one', () =>
    withServer(suite.program, MODE, (server) =>
      withClient(server.port, async (client) => {
        await server.countsWhere((s) => (s.connections_open ?? 1) === 1, 'an open connection');
        assert.equal(client.hasUnread, false);
        client.end();
        await client.expectEnd();
        const stats = await server.countsWhere((s) => (s.connections_open ?? 0) === 0, 'its end');
        assert.equal(stats.requests ?? 0, 0);
        assert.equal(stats.bytes_written ?? 0, 0);
      }),
    ),
  );

  add('20 greetings are 20 accepts, 20 reads and 20 writes', () =>
    withServer(suite.program, MODE, async (server) => {
      for (let index = 0; index < 20; index++) {
        await withClient(server.port, async (client) => {
          await client.send('hello');
          assert.equal(await client.rest(), GREETING);
        });
      }
      const stats = await server.countsWhere(
        (s) => (s.connections_open ?? 0) === 0,
        'no connection',
      );
      const wanted = {
        requests: 20,
        accepts: 20,
        reads: 20,
        writes: 20,
        bytes_read: 100,
        bytes_written: 240,
      };
      for (const [key, count] of Object.entries(wanted))
        assert.equal(stats[key] ?? count, count, key);
    }),
  );

  manyGreetingCases(suite, add);
}

function manyGreetingCases(suite: Suite, add: Add): void {
  add('200 connections at once are all greeted', () =>
    withServer(suite.program, MODE, async (server) => {
      const clients = await Promise.all(
        Array.from({ length: 200 }, () => Client.connect(server.port)),
      );
      await Promise.all(clients.map((client) => client.send('x')));
      for (const client of clients) assert.equal(await client.rest(), GREETING);
      for (const client of clients) client.close();
    }),
  );

  add('a client that resets before its greeting leaves the server serving', () =>
    withServer(suite.program, MODE, async (server) => {
      for (let index = 0; index < 10; index++) (await Client.connect(server.port)).reset();
      await withClient(server.port, async (client) => {
        await client.send('x');
        assert.equal(await client.rest(), GREETING);
      });
    }),
  );

  add('a stop closes a connection that has not spoken, without a greeting', () =>
    withServer(suite.program, MODE, (server) =>
      withClient(server.port, async (client) => {
        await server.countsWhere((s) => (s.connections_open ?? 1) === 1, 'an open connection');
        server.signal('SIGTERM');
        await client.expectEnd();
        client.end();
        assert.deepEqual(await server.exit(), { code: 0, signal: null });
      }),
    ),
  );
}
