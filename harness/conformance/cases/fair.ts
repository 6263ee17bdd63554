/** A client that pipelines without end and reads every answer holds up nobody else for long. */
import assert from 'node:assert/strict';
import { readTreeCpuUs } from '../../probe/process-tree.js';
import { Client } from '../../server/client.js';
import type { Server } from '../../server/server.js';
import { ask, expectServing } from '../ask.js';
import type { Add, Suite } from '../case.js';
import { startEndless } from '../endless.js';
import { withServer } from '../with-server.js';
import { allowedCpus } from './control.js';

/** As long as one probe follows the other. */
const PROBED_MS = 1500;
/**
 * CPU time of the server while one other request waits. Where a timer thread ends a turn, as Go's
 * sysmon does after 10 to 20 ms, a wait takes one or two turns; other servers need 1 ms.
 */
const USUAL_LIMIT_MS = 100;

export function fairCases(suite: Suite, add: Add): void {
  const limitMs = suite.variant.othersWaitMs ?? USUAL_LIMIT_MS;
  add(
    `others wait for ${limitMs} ms of CPU time at most while a client pipelines without end`,
    () =>
      withServer(
        suite.program,
        [],
        async (server) => {
          const endless = await startEndless(server.port);
          try {
            const ms = await longestWaitMs(suite, server);
            assert.ok(
              ms <= limitMs,
              `it used ${ms} ms of CPU time while another request waited (othersWaitMs in variant.json)`,
            );
          } finally {
            await endless.end();
          }
          await expectServing(server.port, suite.variant);
        },
        // On one CPU: with two, another thread of the server may be free for the others.
        { cpus: allowedCpus().slice(0, 1) },
      ),
  );
}

/** Not by the clock: how long the machine keeps the server waiting is not the server's doing. */
async function longestWaitMs({ variant }: Suite, server: Server): Promise<number> {
  const client = await Client.connect(server.port);
  const end = performance.now() + PROBED_MS;
  let longest = 0;
  let before = cpuMs(server);
  while (performance.now() < end) {
    await ask(client, variant);
    const after = cpuMs(server);
    longest = Math.max(longest, after - before);
    before = after;
  }
  client.close();
  return longest;
}

/** In steps of 10 ms. */
function cpuMs({ launchedPid }: Server): number {
  const us = readTreeCpuUs(launchedPid);
  if (!us.ok) throw new Error(us.why);
  return us.value / 1000;
}
