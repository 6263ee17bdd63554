/**
 * docs/PROTOCOL.md, section 2: the counters are exact, and one request in one segment is one read
 * and one write.
 */
import assert from 'node:assert/strict';
import { Client, withClient } from '../../server/client.js';
import { answer, OK, request } from '../../server/messages.js';
import type { Counts, Server } from '../../server/server.js';
import type { Add, Suite } from '../case.js';
import { withServer } from '../with-server.js';

export function countingCases(suite: Suite, add: Add): void {
  add('100 requests on one connection are 100 reads, 100 writes and the end of file', async () => {
    await withServer(suite.program, [], async (server) => {
      await withClient(server.port, (client) => sequentialRequests(client, 100));
      expectCounts(await whenIdle(server, 1), {
        requests: 100,
        accepts: 1,
        connections_open: 0,
        reads: 101,
        writes: 100,
        bytes_read: 100 * request('/').length,
        bytes_written: 100 * OK.length,
      });
    });
  });

  add('counts add up over connections, and every one is closed', async () => {
    await withServer(suite.program, [], async (server) => {
      for (let connection = 0; connection < 20; connection++) {
        await withClient(server.port, (client) => sequentialRequests(client, 3));
      }
      expectCounts(await whenIdle(server, 20), {
        requests: 60,
        accepts: 20,
        connections_open: 0,
        reads: 80,
        writes: 60,
        bytes_read: 60 * request('/').length,
        bytes_written: 60 * OK.length,
      });
    });
  });

  add('every answer counts as a request, a refusal too', async () => {
    await withServer(suite.program, [], async (server) => {
      await withClient(server.port, async (client) => {
        await client.send(request('/') + request('/nowhere') + request('/', ['Host: a'], 'PUT'));
        await client.expect(OK + answer(404) + answer(405));
        await client.send('\n');
        assert.equal(await client.rest(), answer(400, '', { close: true }));
      });
      expectCounts(await whenIdle(server, 1), { requests: 4, accepts: 1, connections_open: 0 });
    });
  });

  openCases(suite, add);
}

function openCases(suite: Suite, add: Add): void {
  add('an open connection is open until its client closes it', async () => {
    await withServer(suite.program, [], async (server) => {
      const clients = await Promise.all([1, 2, 3].map(() => Client.connect(server.port)));
      await server.countsWhere((s) => (s.connections_open ?? 3) === 3, 'three open connections');
      clients[0]?.close();
      await server.countsWhere((s) => (s.connections_open ?? 2) === 2, 'two open connections');
      for (const client of clients) client.close();
      await whenIdle(server, 3);
    });
  });

  add(
    '64 requests in one segment are two reads of 1024 bytes at most, and six writes',
    async () => {
      const one = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
      await withServer(suite.program, [], async (server) => {
        await withClient(server.port, async (client) => {
          await client.send(one.repeat(64));
          await client.expect(OK.repeat(64));
        });
        // 1728 bytes: the first read completes 37 requests, the second 27; 13 answers fit into the
        // output buffer.
        expectCounts(await whenIdle(server, 1), { requests: 64, reads: 3, writes: 6 });
      });
    },
  );

  add(
    'the output buffer is written when the next answer does not fit, and not before',
    async () => {
      const one = 'A / HTTP/1.1\r\nHost:\r\n\r\n';
      const refused = answer(405);
      await withServer(suite.program, [], async (server) => {
        await withClient(server.port, async (client) => {
          await client.send(one.repeat(44));
          await client.expect(refused.repeat(44));
        });
        assert.equal(Math.floor(1024 / refused.length), 11);
        expectCounts(await whenIdle(server, 1), { requests: 44, reads: 2, writes: 4 });
      });
    },
  );
}

async function sequentialRequests(client: Client, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await client.send(request('/'));
    await client.expect(OK);
  }
}

/**
 * Counts after so many connections have come and gone. A server that does not count them is asked
 * once.
 */
function whenIdle(server: Server, accepts: number): Promise<Counts> {
  return server.countsWhere(
    (s) => (s.accepts ?? accepts) === accepts && (s.connections_open ?? 0) === 0,
    `${accepts} connections accepted and none open`,
  );
}

/** Compares the counts that the server has; it may leave out any of them. */
function expectCounts(stats: Counts, wanted: Counts): void {
  const counted = Object.entries(wanted).filter(([key]) => key in stats);
  const got = counted.map(([key]) => [key, stats[key]]);
  assert.deepEqual(Object.fromEntries(got), Object.fromEntries(counted));
}
