/** Many connections: at once, one crowd after the other, and more than there are descriptors. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { answersOf, hasControl } from '../../plan/variant.js';
import { processTree } from '../../probe/process-tree.js';
import { isSystemError } from '../../probe/reading.js';
import { Client } from '../../server/client.js';
import { request } from '../../server/messages.js';
import type { Server } from '../../server/server.js';
import { until } from '../../server/wait.js';
import { ask, expectServing, whenClosed } from '../ask.js';
import type { Add, Suite } from '../case.js';
import { withServer } from '../with-server.js';
import { connectMany } from './slow.js';

const CROWD = 50;
const CROWDS = 20;
const AT_ONCE = 200;

export function crowdCases(suite: Suite, add: Add): void {
  const { variant } = suite;

  add(`${AT_ONCE} connections at once are all served, and all end`, () =>
    withServer(suite.program, [], async (server) => {
      const clients = await connectMany(server.port, AT_ONCE);
      for (let round = 0; round < 3; round++) {
        await Promise.all(clients.map((client) => ask(client, variant)));
      }
      for (const client of clients) client.close();
      if (hasControl(variant)) await whenClosed(server);
    }),
  );

  add(`${CROWD * CROWDS} connections come and go, and leave no descriptor and no thread`, () =>
    withServer(suite.program, [], async (server) => {
      // What a server starts with its first connections is no leak.
      await Promise.all(Array.from({ length: CROWD }, (_, kind) => visit(suite, server, kind)));
      const before = await settled(server);
      for (let crowd = 0; crowd < CROWDS; crowd++) {
        await Promise.all(Array.from({ length: CROWD }, (_, kind) => visit(suite, server, kind)));
      }
      await expectNoMore(server, before);
      await expectServing(server.port, variant);
    }),
  );
}

/** One connection that ends in one of four ways. */
async function visit({ variant }: Suite, { port }: Server, kind: number): Promise<void> {
  const client = await Client.connect(port);
  if (kind % 4 !== 0) await ask(client, variant);
  if (kind % 4 === 2) await client.send(request().slice(0, 9));
  if (kind % 4 === 3) client.reset();
  else client.close();
}

interface Holdings {
  readonly descriptors: number;
  readonly threads: number;
}

/** Threads and the like that a runtime keeps for later; a leak is one for every connection. */
const SPARE = 16;

/** Of the process and all that it started. */
function holdings({ launchedPid: pid }: Server): Holdings {
  const count = (what: string) =>
    processTree(pid).reduce((sum, one) => sum + entries(`/proc/${one}/${what}`), 0);
  return { descriptors: count('fd'), threads: count('task') };
}

/** Throws where they cannot be counted: a zero must not hide a leak. */
export function entries(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch (error) {
    // A process that has just ended holds nothing.
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ESRCH')) return 0;
    throw error;
  }
}

/** What the server holds when it no longer changes. */
async function settled(server: Server): Promise<Holdings> {
  let last = holdings(server);
  let same = 0;
  return until(() => {
    const now = holdings(server);
    same = now.descriptors === last.descriptors && now.threads === last.threads ? same + 1 : 0;
    last = now;
    return same >= 5 ? now : undefined;
  }, 'descriptors and threads to settle');
}

async function expectNoMore(server: Server, before: Holdings): Promise<void> {
  let now = before;
  await until(
    () => {
      now = holdings(server);
      const isSame = now.descriptors <= before.descriptors + SPARE;
      return isSame && now.threads <= before.threads + SPARE ? true : undefined;
    },
    () =>
      `all connections to be released: from ${before.descriptors} to ${now.descriptors} ` +
      `descriptors, from ${before.threads} to ${now.threads} threads`,
  );
}

const DESCRIPTORS = 64;

export function descriptorLimitCases(suite: Suite, add: Add): void {
  const command = ['sh', '-c', `ulimit -n ${DESCRIPTORS}; exec "$@"`, 'sh'];
  const limited = () => ({
    ...suite.program,
    command: [...command, ...suite.program.command],
  });

  add('a server without free descriptors goes on, and serves again when others have left', () =>
    withServer(limited(), [], async (server) => {
      const clients = await connectMany(server.port, 100);
      await untilFull(server);
      for (const client of clients) client.close();
      await whenClosed(server);
      await expectServing(server.port, suite.variant);
    }),
  );

  if (answersOf(suite.variant) === 'plain') return;
  add('those who wait for a descriptor are served as others leave', () =>
    withServer(limited(), [], async (server) => {
      const clients = await connectMany(server.port, 100);
      const accepted = await untilFull(server);
      assert.ok(accepted < 100, `it accepted ${accepted} connections with ${DESCRIPTORS} files`);
      const served = clients.map(async (client) => {
        await ask(client, suite.variant);
        client.close();
      });
      await Promise.all(served);
    }),
  );
}

/** Until it accepts no more; how many it has accepted, 0 when it does not count them. */
async function untilFull(server: Server): Promise<number> {
  let last: number | undefined = 0;
  await server.countsWhere(({ accepts }) => {
    const isFull = accepts === last && accepts !== 0;
    last = accepts;
    return isFull;
  }, 'the server to accept no more');
  return last ?? 0;
}
