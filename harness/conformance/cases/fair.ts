/** A client that pipelines without end and reads every answer holds up nobody else for long. */
import assert from 'node:assert/strict';
import type { Variant } from '../../plan/variant.js';
import { readTreeCpuUs } from '../../probe/process-tree.js';
import { Client } from '../../server/client.js';
import type { Server } from '../../server/server.js';
import { ask, expectServing } from '../ask.js';
import type { Add, Suite } from '../case.js';
import { startEndless } from '../endless.js';
import { withServer } from '../with-server.js';
import { allowedCpus } from './control.js';

/** As long as one probe follows the other. */
const PROBED_MS = 1000;

/**
 * CPU time, in ms, that the server may use while one other request waits, on average. A runtime that
 * lets a coroutine go on until its timer thread looks, every 10 ms as Go's sysmon, needs one or two
 * such looks. Others give way by themselves: after some bytes, or because the kernel schedules
 * threads.
 */
function limitMs({ model }: Variant): number {
  return /^(coroutine-epoll|goroutine)/.test(model) ? 30 : 10;
}

export function fairCases(suite: Suite, add: Add): void {
  const limit = limitMs(suite.variant);

  add(`next to a client that pipelines without end, ${limit} ms of CPU time bring an answer`, () =>
    withServer(
      suite.program,
      [],
      async (server) => {
        const endless = await startEndless(server.port);
        try {
          const ms = await cpuMsPerAnswer(suite, server);
          assert.ok(ms <= limit, `it uses ${ms.toFixed(1)} ms of CPU time for each answer`);
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
async function cpuMsPerAnswer({ variant }: Suite, server: Server): Promise<number> {
  const client = await Client.connect(server.port);
  const end = performance.now() + PROBED_MS;
  const before = cpuMs(server);
  let answers = 0;
  for (; answers === 0 || performance.now() < end; answers++) await ask(client, variant);
  client.close();
  return (cpuMs(server) - before) / answers;
}

function cpuMs({ launchedPid }: Server): number {
  const us = readTreeCpuUs(launchedPid);
  if (!us.ok) throw new Error(us.why);
  return us.value / 1000;
}
