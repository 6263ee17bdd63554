/**
 * docs/PROTOCOL.md, section 5, as far as the kernel shows it: /proc/net/tcp shows address, state
 * and keep-alive timer.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { withClient } from '../../server/client.js';
import { OK, request } from '../../server/messages.js';
import { until } from '../../server/wait.js';
import type { Add, Suite } from '../case.js';

/**
 * proc_net_tcp(5): the second timer is the keep-alive timer; times are in units of 1/100 s
 * (USER_HZ).
 */
const KEEPALIVE_TIMER = '02';
const KEEPIDLE_TICKS = 15 * 100;

export function socketCases(suite: Suite, add: Add): void {
  add('listens on the address it was told and no other', async () => {
    const wanted = `0100007F:${hex(suite.server.port)}`;
    const { port } = suite.server;
    const listening = sockets(port).filter((socket) => socket.state === '0A');
    const own = listening.filter((socket) => socket.local.endsWith(`:${hex(port)}`));
    // A server may have a listener per worker, all of them on the one address.
    assert.deepEqual([...new Set(own.map((socket) => socket.local))], [wanted]);
  });

  add('probes an idle connection after 15 s', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request());
      await client.expect(OK);
      // Until the client has acknowledged the answer, the row shows the retransmission timer.
      const { timer, ticks } = await until(() => {
        const socket = sockets(client.localPort).find(
          ({ local, remote }) =>
            local.endsWith(`:${hex(suite.server.port)}`) &&
            remote.endsWith(`:${hex(client.localPort)}`),
        );
        return socket?.timer === '00' || socket?.timer === '01' ? undefined : socket;
      }, 'the keep-alive timer of the connection');
      assert.equal(timer, KEEPALIVE_TIMER);
      assert.ok(ticks > 0 && ticks <= KEEPIDLE_TICKS, `the timer ends in ${ticks} ticks`);
    }),
  );
}

interface Row {
  readonly local: string;
  readonly remote: string;
  readonly state: string;
  readonly timer: string;
  readonly ticks: number;
}

/** Those with this port at either end; there may be ten thousand others. */
function sockets(port: number): Row[] {
  const [, ...rows] = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n');
  const own = rows.filter((row) => row.includes(`:${hex(port)} `));
  return own.map((row) => {
    const [, local = '', remote = '', state = '', , timer = ''] = row.trim().split(/\s+/);
    const [kind = '', ticks = '0'] = timer.split(':');
    return { local, remote, state, timer: kind, ticks: Number.parseInt(ticks, 16) };
  });
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
