/**
 * docs/PROTOCOL.md, section 2, stop: SIGTERM and the end of stdin answer what was received, and end
 * the process.
 */
import { expect, test } from 'vitest';
import { Client, withClient } from './client.js';
import { OK, request } from './messages.js';
import { type Server, type Stats, withServer } from './server.js';
import { type Suite, testOf } from './suite.js';

const STOPS: readonly [string, (server: Server) => void][] = [
  ['SIGTERM', (server) => server.signal('SIGTERM')],
  ['the end of stdin', (server) => server.endStdin()],
];

/** The protocol's 2 s, and what a loaded machine may need to start and end a process. */
const STOP_LIMIT_MS = 3_000;

export function stopCases(suite: Suite): void {
  for (const [name, stop] of STOPS) {
    test(`${name} closes idle connections, prints the final stats and ends with status 0`, () =>
      withServer(suite.program, [], async (server) => {
        const clients = await Promise.all([1, 2, 3].map(() => Client.connect(server.port)));
        for (const client of clients.slice(1)) {
          await client.send(request());
          await client.expect(OK);
        }
        await server.statsWhere((s) => (s.accepts ?? 3) === 3, 'three connections');
        await expectStop(server, stop);
        for (const client of clients) {
          await client.expectEnd();
          client.close();
        }
        expect(lastLine(server)).toMatchObject({ event: 'stats', final: true });
        expect(lastLine(server).connections_open ?? 0).toBe(0);
        expect(lastLine(server).requests ?? 2).toBe(2);
      }));

    testOf(suite, '/sleep', `${name} lets an answer that is on its way arrive`, () =>
      withServer(suite.program, [], (server) =>
        withClient(server.port, async (client) => {
          const sleep = request('/sleep?ms=200');
          await client.send(sleep);
          await server.hasRead(sleep.length);
          await expectStop(server, stop);
          expect(await client.rest()).toBe(OK);
        }),
      ),
    );

    testOf(suite, '/sleep', `${name} does not wait for a long sleep`, () =>
      withServer(suite.program, [], (server) =>
        withClient(server.port, async (client) => {
          const sleep = request('/sleep?ms=10000');
          await client.send(sleep);
          await server.hasRead(sleep.length);
          await expectStop(server, stop);
          expect(lastLine(server)).toMatchObject({ final: true });
        }),
      ),
    );
  }

  testOf(suite, '/sleep', 'requests that wait in the kernel at the stop are answered', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        const sleep = request('/sleep?ms=200');
        await client.send(sleep);
        await server.hasRead(sleep.length);
        await client.send(request('/').repeat(100));
        await expectStop(server, (s) => s.signal('SIGTERM'));
        expect(await client.rest()).toBe(OK.repeat(101));
      }),
    ),
  );

  test('half a request at the stop is not answered', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        const half = request('/').slice(0, 20);
        await client.send(request('/') + half);
        await server.hasRead(request('/').length + half.length);
        await expectStop(server, (s) => s.signal('SIGTERM'));
        expect(await client.rest()).toBe(OK);
      }),
    ));

  test('nobody can connect after the stop', () =>
    withServer(suite.program, [], async (server) => {
      await expectStop(server, (s) => s.signal('SIGTERM'));
      await expect(Client.connect(server.port)).rejects.toThrow('ECONNREFUSED');
    }));

  test('a client that reads nothing does not hold up the stop', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        client.pause();
        await client.send(request('/bytes?n=16777216').repeat(4));
        await server.hasRead(1);
        await expectStop(server, (s) => s.signal('SIGTERM'));
      }),
    ));
}

async function expectStop(server: Server, stop: (server: Server) => void): Promise<void> {
  const start = performance.now();
  stop(server);
  expect(await server.exit()).toEqual({ code: 0, signal: null });
  expect(performance.now() - start).toBeLessThan(STOP_LIMIT_MS);
}

function lastLine(server: Server): Stats {
  return JSON.parse(server.lines.at(-1) ?? 'null');
}
