/**
 * docs/PROTOCOL.md, section 2, stop: SIGTERM and the end of stdin answer what was received, and end
 * the process.
 */
import assert from 'node:assert/strict';
import { Client, withClient } from '../../server/client.js';
import { request } from '../../server/messages.js';
import type { Server } from '../../server/server.js';
import { ask, expectAnswer } from '../ask.js';
import { type Add, checkOf, type Suite } from '../case.js';
import { withServer } from '../with-server.js';

/** Two of them wait for the 2 s of a stop. */
const STOPS: readonly [string, (server: Server) => void][] = [
  ['SIGTERM', (server) => server.signal('SIGTERM')],
  ['the end of stdin', (server) => server.endStdin()],
];

/** The protocol's 2 s, and what a loaded machine may need to start and end a process. */
const STOP_LIMIT_MS = 5_000;

export function stopCases(suite: Suite, add: Add): void {
  for (const [name, stop] of STOPS) {
    add(`${name} closes idle connections, prints the final stats and ends with status 0`, () =>
      withServer(suite.program, [], async (server) => {
        const clients = await Promise.all([1, 2, 3].map(() => Client.connect(server.port)));
        for (const client of clients.slice(1)) {
          await ask(client, suite.variant);
        }
        await server.countsWhere((s) => (s.accepts ?? 3) === 3, 'three connections');
        await expectStop(server, stop);
        for (const client of clients) {
          await client.expectEnd();
          client.close();
        }
        const { event, final, connections_open = 0, requests = 2 } = lastLine(server);
        const last = { event, final, connections_open, requests };
        assert.deepEqual(last, { event: 'stats', final: true, connections_open: 0, requests: 2 });
      }),
    );

    checkOf(suite, add, '/sleep', `${name} lets an answer that is on its way arrive`, () =>
      withServer(suite.program, [], (server) =>
        withClient(server.port, async (client) => {
          const sleep = request('/sleep?ms=200');
          await client.send(sleep);
          await server.hasRead(sleep.length);
          await expectStop(server, stop);
          await expectAnswer(client, suite.variant);
          await client.expectEnd();
        }),
      ),
    );

    checkOf(suite, add, '/sleep', `${name} does not wait for a long sleep`, () =>
      withServer(suite.program, [], (server) =>
        withClient(server.port, async (client) => {
          const sleep = request('/sleep?ms=10000');
          await client.send(sleep);
          await server.hasRead(sleep.length);
          await expectStop(server, stop);
          assert.equal(lastLine(server).final, true, 'final in the last line');
        }),
      ),
    );
  }

  laterStopCases(suite, add);
}

function laterStopCases(suite: Suite, add: Add): void {
  checkOf(suite, add, '/sleep', 'requests that wait in the kernel at the stop are answered', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        const sleep = request('/sleep?ms=200');
        await client.send(sleep);
        await server.hasRead(sleep.length);
        await client.send(request('/').repeat(100));
        await expectStop(server, (s) => s.signal('SIGTERM'));
        for (let index = 0; index < 101; index++) await expectAnswer(client, suite.variant);
        await client.expectEnd();
      }),
    ),
  );

  add('half a request at the stop is not answered', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        const half = request('/').slice(0, 20);
        await client.send(request('/') + half);
        await server.hasRead(request('/').length + half.length);
        await expectStop(server, (s) => s.signal('SIGTERM'));
        await expectAnswer(client, suite.variant);
        await client.expectEnd();
      }),
    ),
  );

  add('nobody can connect after the stop', () =>
    withServer(suite.program, [], async (server) => {
      await expectStop(server, (s) => s.signal('SIGTERM'));
      await assert.rejects(Client.connect(server.port), { code: 'ECONNREFUSED' });
    }),
  );

  checkOf(suite, add, '/bytes', 'a client that reads nothing does not hold up the stop', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        client.pause();
        await client.send(request('/bytes?n=16777216').repeat(4));
        await server.hasRead(1);
        await expectStop(server, (s) => s.signal('SIGTERM'));
      }),
    ),
  );
}

export function orphanCases(suite: Suite, add: Add): void {
  add('a server whose harness was killed ends, although nobody reads its last words', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        await ask(client, suite.variant);
        server.abandon();
        await expectGone(server);
      }),
    ),
  );

  checkOf(suite, add, '/sleep', 'a request that it is waiting with does not keep it', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        await client.send(request('/sleep?ms=10000'));
        await server.hasRead(1);
        server.abandon();
        await expectGone(server);
      }),
    ),
  );
}

/** However it ends: its last line has nowhere to go. */
async function expectGone(server: Server): Promise<void> {
  const start = performance.now();
  await server.exit();
  const tookMs = Math.round(performance.now() - start);
  assert.ok(tookMs < STOP_LIMIT_MS, `outlived its harness by ${tookMs} ms`);
}

async function expectStop(server: Server, stop: (server: Server) => void): Promise<void> {
  const start = performance.now();
  stop(server);
  assert.deepEqual(await server.exit(), { code: 0, signal: null });
  const tookMs = Math.round(performance.now() - start);
  assert.ok(tookMs < STOP_LIMIT_MS, `took ${tookMs} ms to stop, the limit is ${STOP_LIMIT_MS}`);
}

function lastLine(server: Server): Record<string, unknown> {
  return JSON.parse(server.lines.at(-1) ?? 'null');
}
