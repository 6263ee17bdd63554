/** docs/PROTOCOL.md, section 4: the article's own protocol. */
import { expect, test } from 'vitest';
import { Client, withClient } from './client.js';
import { GREETING } from './messages.js';
import { withServer } from './server.js';
import type { Suite } from './suite.js';

const MODE = ['--mode', 'greeting'];

export function greetingCases(suite: Suite): void {
  test.each(['x', 'hello\n', 'GET / HTTP/1.1\r\n\r\n', '\0\xff'])(
    'greets after %j, and closes',
    (text) =>
      withServer(suite.program, MODE, (server) =>
        withClient(server.port, async (client) => {
          await client.send(text);
          expect(await client.rest()).toBe(GREETING);
        }),
      ),
  );

  test('says nothing before the first byte, nor at end of file without one', () =>
    withServer(suite.program, MODE, (server) =>
      withClient(server.port, async (client) => {
        await server.statsWhere((s) => (s.connections_open ?? 1) === 1, 'an open connection');
        expect(client.hasUnread).toBe(false);
        client.end();
        await client.expectEnd();
        const stats = await server.statsWhere((s) => (s.connections_open ?? 0) === 0, 'its end');
        expect(stats.requests ?? 0).toBe(0);
        expect(stats.bytes_written ?? 0).toBe(0);
      }),
    ));

  test('20 greetings are 20 accepts, 20 reads and 20 writes', () =>
    withServer(suite.program, MODE, async (server) => {
      for (let index = 0; index < 20; index++) {
        await withClient(server.port, async (client) => {
          await client.send('hello');
          expect(await client.rest()).toBe(GREETING);
        });
      }
      const stats = await server.statsWhere(
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
        expect(stats[key] ?? count, key).toBe(count);
    }));

  test('200 connections at once are all greeted', () =>
    withServer(suite.program, MODE, async (server) => {
      const clients = await Promise.all(
        Array.from({ length: 200 }, () => Client.connect(server.port)),
      );
      await Promise.all(clients.map((client) => client.send('x')));
      for (const client of clients) expect(await client.rest()).toBe(GREETING);
      for (const client of clients) client.close();
    }));

  test('a client that resets before its greeting leaves the server serving', () =>
    withServer(suite.program, MODE, async (server) => {
      for (let index = 0; index < 10; index++) (await Client.connect(server.port)).reset();
      await withClient(server.port, async (client) => {
        await client.send('x');
        expect(await client.rest()).toBe(GREETING);
      });
    }));

  test('a stop closes a connection that has not spoken, without a greeting', () =>
    withServer(suite.program, MODE, (server) =>
      withClient(server.port, async (client) => {
        await server.statsWhere((s) => (s.connections_open ?? 1) === 1, 'an open connection');
        server.signal('SIGTERM');
        await client.expectEnd();
        client.end();
        expect(await server.exit()).toEqual({ code: 0, signal: null });
      }),
    ));
}
