/**
 * `--trigger level`: the whole protocol, and that it is a level-triggered server as one would write
 * it: no read that finds nothing, no epoll_ctl while nothing has to wait, no wake-up for what it
 * cannot use.
 */
import { describe, expect, test } from 'vitest';
import { withServer } from '../../harness/conformance/with-server.js';
import { withClient } from '../../harness/server/client.js';
import { alphabet, answer, OK, request } from '../../harness/server/messages.js';
import type { Counts, Server } from '../../harness/server/server.js';
import { describeProtocol } from '../testing/protocol.js';
import { prepare, variantIn } from '../testing/variants.js';

const LEVEL = ['--trigger', 'level'];
const variant = variantIn(import.meta.dirname);

async function withTrigger<T>(
  flags: readonly string[],
  body: (server: Server) => Promise<T>,
): Promise<T> {
  // It is a native program: nothing is written to `out`.
  return withServer(await prepare(variant, ''), flags, body);
}

/** The listener's ADD, the connection's ADD and its DEL. */
const CONTROLS_OF_ONE_CONNECTION = 3;

function whenClosed(server: Server): Promise<Counts> {
  return server.countsWhere((stats) => stats.connections_open === 0, 'the connection closed');
}

describe('--trigger', () => {
  test.each([
    ['edge', []],
    ['edge', ['--trigger', 'edge']],
    ['level', LEVEL],
  ])('the ready line says %s', (trigger, flags) =>
    withTrigger(flags, async (server) => expect(server.ready).toMatchObject({ trigger })),
  );

  test.each(['edge', 'level'])(
    '%s: requests need no epoll_ctl, and no read for EAGAIN',
    (trigger) =>
      withTrigger(['--trigger', trigger], async (server) => {
        await withClient(server.port, async (client) => {
          for (let i = 0; i < 100; i += 1) {
            await client.send(request());
            await client.expect(OK);
          }
        });
        expect(await whenClosed(server)).toMatchObject({
          requests: 100,
          reads: 101,
          reads_again: 0,
          writes_again: 0,
          epoll_controls: CONTROLS_OF_ONE_CONNECTION,
        });
      }),
  );

  test('a write that waits is two epoll_ctl, and none while it waits', () =>
    withTrigger(LEVEL, async (server) => {
      const size = 16 << 20;
      await withClient(server.port, async (client) => {
        client.pause();
        // The second request is input; epoll must not report it while the server writes.
        await client.send(request(`/bytes?n=${size}`));
        await server.countsWhere((stats) => (stats.writes_again ?? 0) > 0, 'a write that waits');
        await client.send(request());
        client.resume();
        await client.expect(answer(200, alphabet(size)) + OK);
      });
      const stats = await whenClosed(server);
      const waited = (stats.epoll_controls ?? 0) - CONTROLS_OF_ONE_CONNECTION;
      expect(waited).toBe(2);
      expect(stats).toMatchObject({ requests: 2, reads: 3, reads_again: 0 });
    }));

  test('a reset during a sleep wakes the server once', () =>
    withTrigger(LEVEL, async (server) => {
      const before = (await server.counts()).epoll_waits ?? 0;
      await withClient(server.port, async (client) => {
        await client.send(request('/sleep?ms=500'));
        await server.countsWhere((stats) => stats.requests === 1, 'the request');
        client.reset();
      });
      const stats = await whenClosed(server);
      // Accept, request, reset, timer; the timer's wait may end a little early.
      expect((stats.epoll_waits ?? 0) - before).toBeLessThanOrEqual(8);
    }));
});

describeProtocol(variant, LEVEL);
