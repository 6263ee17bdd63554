/**
 * A server must do what it is measured for: answers follow the request, work costs CPU time each
 * time that it is asked for, and nothing is kept ready for a connection that asked before.
 *
 * Every run draws new numbers, so that no server can prepare for them.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { parseCpuTimes } from '../../probe/process.js';
import { readParsed } from '../../probe/reading.js';
import { withClient } from '../../server/client.js';
import { request } from '../../server/messages.js';
import type { Counts, Server } from '../../server/server.js';
import { ask, expectAnswer } from '../ask.js';
import { type Add, addFor, type Suite, serves } from '../case.js';

const BYTES_MAX = 40_000;
/** Half of eight is more than two ticks of /proc. */
const WORK_US = { min: 8_000, max: 16_000 };

export function honestCases(suite: Suite, add: Add): void {
  const ofWork = addFor(suite, add, '/work');
  const { variant } = suite;

  add('answers follow the requests, whatever the connection asked before', () =>
    withClient(suite.server.port, async (client) => {
      for (const target of randomTargets(suite, 40)) await ask(client, variant, target);
    }),
  );

  add('answers follow the requests when they come in one segment', () =>
    withClient(suite.server.port, async (client) => {
      const targets = randomTargets(suite, 40);
      await client.send(targets.map((target) => request(target)).join(''));
      for (const target of targets) await expectAnswer(client, variant, target);
    }),
  );

  add('connections beside each other get each its own answers', async () => {
    const clients = Array.from({ length: 8 }, () =>
      withClient(suite.server.port, async (client) => {
        for (const target of randomTargets(suite, 10)) await ask(client, variant, target);
      }),
    );
    await Promise.all(clients);
  });

  ofWork('work costs its CPU time each time that it is asked for', () =>
    withClient(suite.server.port, async (client) => {
      const once = drawnWork();
      // Each twice: the second time must not be the first one's answer.
      const work = [...once, ...once];
      await expectBurnt(suite, work, async () => {
        for (const us of work) await ask(client, variant, `/work?us=${us}`);
      });
    }),
  );

  ofWork('work in one segment costs the sum of it', () =>
    withClient(suite.server.port, async (client) => {
      const work = drawnWork();
      const targets = work.map((us) => `/work?us=${us}`);
      await expectBurnt(suite, work, async () => {
        await client.send(targets.map((target) => request(target)).join(''));
        for (const target of targets) await expectAnswer(client, variant, target);
      });
    }),
  );
}

function drawnWork(): number[] {
  return Array.from({ length: 4 }, () => randomInt(WORK_US.min, WORK_US.max));
}

/** Of those that the variant serves, and one that nobody does. */
function randomTargets(suite: Suite, count: number): string[] {
  const kinds = ['/', `/${randomInt(1e9)}`];
  const bytes = () => `/bytes?n=${randomInt(BYTES_MAX)}`;
  const draw = () => (serves(suite, '/bytes') ? [bytes(), bytes(), ...kinds] : kinds);
  return Array.from({ length: count }, () => {
    const list = draw();
    return list[randomInt(list.length)] ?? '/';
  });
}

/** While `body` runs, the process must burn the sum of the work. */
async function expectBurnt(
  { server }: Suite,
  work: readonly number[],
  body: () => Promise<void>,
): Promise<void> {
  const before = await cpuUs(server);
  await body();
  const after = await cpuUs(server);
  const askedUs = work.reduce((sum, us) => sum + us, 0);
  const burntUs = after.us - before.us;
  const floorUs = askedUs - Math.max(before.stepUs, after.stepUs);
  assert.ok(burntUs >= floorUs, `${askedUs} us of work took ${burntUs} us of CPU time`);
}

/** Values cut down to whole microseconds, or to the ticks of /proc. */
async function cpuUs(server: Server): Promise<{ us: number; stepUs: number }> {
  const stats: Counts = await server.counts();
  const { user_cpu_us: user, system_cpu_us: system } = stats;
  if (user !== undefined && system !== undefined) return { us: user + system, stepUs: 2 };
  const times = readParsed(`/proc/${server.launchedPid}/stat`, parseCpuTimes);
  if (!times.ok) throw new Error(times.why);
  return { us: times.value.userUs + times.value.systemUs, stepUs: 20_000 };
}
