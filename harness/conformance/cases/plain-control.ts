/** docs/PROTOCOL.md, sections 1 and 2, for servers with plain answers; and the end of any server. */
import assert from 'node:assert/strict';
import { withClient } from '../../server/client.js';
import { request } from '../../server/messages.js';
import { ask, whenClosed } from '../ask.js';
import type { Add, Suite } from '../case.js';
import { withServer } from '../with-server.js';
import { backwardsCase, pinningCase } from './control.js';

export function plainReadyCases(suite: Suite, add: Add): void {
  add('prints the ready line first, with its keys', async () => {
    const { ready, launchedPid: pid } = suite.server;
    const { event, variant } = ready;
    const wanted = { event: 'ready', variant: suite.variant.name, pid };
    assert.deepEqual({ event, variant, pid: ready.pid }, wanted);
    assert.ok(Number(ready.port) > 0 && Number(ready.port) < 65536, `port ${ready.port}`);
  });

  pinningCase(suite, add);
}

export function plainStatsCases(suite: Suite, add: Add): void {
  add('answers each stats line at once, with the instant of CLOCK_MONOTONIC', async () => {
    const before = Number(process.hrtime.bigint());
    const { event, monotonic_ns: instantNs, ...counts } = await suite.server.stats();
    const after = Number(process.hrtime.bigint());
    assert.equal(event, 'stats');
    const isThen = instantNs > before - 1000 && instantNs < after + 1000;
    assert.ok(isThen, `${instantNs} ns is not that instant`);
    for (const [key, count] of Object.entries(counts)) {
      assert.ok(Number.isInteger(count) && Number(count) >= 0, `${key} is ${count}`);
    }
  });

  backwardsCase(suite, add);
}

/** Counters that it has are right; it may leave out any of them. */
export function plainCountingCases(suite: Suite, add: Add): void {
  add('what it counts is what happened', () =>
    withServer(suite.program, [], async (server) => {
      const requests = 50;
      await withClient(server.port, async (client) => {
        for (let index = 0; index < requests; index++) await ask(client, suite.variant);
      });
      const stats = await whenClosed(server);
      const { accepts = 1, connections_open = 0, reads = requests + 1 } = stats;
      const bytes = requests * request().length;
      const counted = { requests, bytes_read: bytes, ...stats };
      const { requests: answered, bytes_read } = counted;
      assert.deepEqual(
        { requests: answered, accepts, connections_open, bytes_read },
        { requests, accepts: 1, connections_open: 0, bytes_read: bytes },
      );
      // Each request came in a segment of its own; the end of file is a read, or none.
      assert.ok(reads === requests || reads === requests + 1, `reads is ${reads}`);
    }),
  );
}

const STOP_LIMIT_MS = 5_000;

/** A server without control: it ends, and takes its port with it. */
export function outsideStopCases(suite: Suite, add: Add): void {
  add('ends when it is told to, with a connection open', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        await ask(client, suite.variant);
        const start = performance.now();
        server.askToStop();
        await server.exit();
        const tookMs = Math.round(performance.now() - start);
        assert.ok(tookMs < STOP_LIMIT_MS, `took ${tookMs} ms to stop`);
      }),
    ),
  );
}
