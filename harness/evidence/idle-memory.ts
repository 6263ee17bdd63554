/**
 * Bytes per idle connection: the slope of memory over the number of connections that send nothing,
 * of the server process (resident set) and of the kernel.
 *
 * A repetition is one fresh server through all counts of connections, and gives one slope
 * (Theil-Sen over its points); the interval is the exact one of the median over repetitions. Order
 * of subjects is random and mirrored, as everywhere.
 *
 * A connection on one machine has two ends, and the kernel pays for both. The client's end is
 * measured in each round by itself: connections whose both ends the harness holds; half of what
 * such a pair costs is taken off. Connections end by reset, so that none lingers in TIME_WAIT.
 */
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { openAll, settledRss, untilCounted } from '../micro/idle.js';
import { filesObstacle, obstacle } from '../plan/limits.js';
import type { MachineFacts } from '../plan/machine.js';
import { blockOrders } from '../plan/order.js';
import { known, type Reading } from '../probe/reading.js';
import type { MemorySlope } from '../results/evidence.js';
import type { GatherInput } from '../run/input.js';
import { startServer } from '../run/server.js';
import type { Candidate } from '../run/subject.js';
import { sleep, unlessAborted } from '../run/wait.js';
import { medianInterval } from '../stats/order-statistics.js';
import { slopeOf } from '../stats/slope.js';
import { KERNEL_SOURCE, readKernelMemory } from './kernel-memory.js';
import { attempt, type Part, partOf } from './part.js';

export interface MemoryAmount {
  /** Ascending; counts that the machine does not allow are left out. */
  readonly connections: readonly number[];
  readonly repetitions: number;
  /** How long connections have been silent before memory is read. */
  readonly idleMs: number;
}

/** Memory at one count of connections, bytes. */
interface Level {
  readonly connections: number;
  readonly user: number;
  readonly kernel: number;
}

const CONTROL = 'the harness itself';

/** One repetition of one subject: a level for each count, or why not. */
export type Climb = Reading<readonly Level[]>;

/** Rejects with Interrupted. */
export async function idleMemory(
  candidates: readonly Candidate[],
  amount: MemoryAmount,
  machine: MachineFacts,
  input: GatherInput,
): Promise<Part<MemorySlope>> {
  const { seed } = input.plan;
  const ids = [CONTROL, ...candidates.map(({ subject }) => subject.id)];
  const climbs = new Map(ids.map((id): [string, Climb[]] => [id, []]));
  for (const [round, order] of blockOrders(seed, 'memory', ids, amount.repetitions).entries()) {
    for (const id of order) {
      const candidate = candidates.find(({ subject }) => subject.id === id);
      const text = `idle connections of ${id}, ${round + 1} of ${amount.repetitions}`;
      const climb = await attempt(text, input, () =>
        candidate === undefined
          ? climbAlone(controlCounts(amount, machine), amount.idleMs, input.signal)
          : climbOf(candidate, countsOf(candidate, amount, machine), amount.idleMs, input),
      );
      climbs.get(id)?.push(climb.ok ? climb.value : climb);
    }
  }
  const control = climbs.get(CONTROL) ?? [];
  const items = candidates.flatMap(({ subject: { id } }) =>
    slopesOf(id, climbs.get(id) ?? [], control),
  );
  return partOf(items, []);
}

function countsOf(
  { subject }: Candidate,
  { connections }: MemoryAmount,
  machine: MachineFacts,
): number[] {
  const isThreaded = subject.variant.threadsPerCpu === 'per-connection';
  const threaded = isThreaded ? [subject.variant.name] : [];
  return connections.filter((count) => obstacle(count, threaded, machine) === null);
}

/** Both ends are descriptors of the harness. */
function controlCounts({ connections }: MemoryAmount, { openFiles }: MachineFacts): number[] {
  return connections.filter((count) => filesObstacle(2 * count, openFiles) === null);
}

/** A fresh server and its levels. */
async function climbOf(
  { built, subject }: Candidate,
  counts: readonly number[],
  idleMs: number,
  { plan, limits, signal }: GatherInput,
): Promise<Climb> {
  const sockets: Socket[] = [];
  const launch = { cpus: plan.placement.serverCpus, mode: 'http', args: subject.args } as const;
  const server = await startServer(built, launch, limits, signal);
  try {
    const climbing = climb(counts, async (count) => {
      await openAll(server.ready.port, sockets, count);
      await untilCounted(server, 'accepts', count, signal);
      await sleep(count === 0 ? 0 : idleMs, signal);
      return settledRss(server, signal);
    });
    return await unlessAborted(signal, server.guard(climbing));
  } finally {
    for (const socket of sockets) socket.resetAndDestroy();
    await server.kill();
  }
}

/** The same with both ends in this process. */
async function climbAlone(
  counts: readonly number[],
  idleMs: number,
  signal: AbortSignal,
): Promise<Climb> {
  const ends: Socket[] = [];
  const sockets: Socket[] = [];
  const server = createServer((end) => void ends.push(end.on('error', () => {})));
  try {
    const port = await listening(server);
    return await climb(counts, async (count) => {
      await openAll(port, sockets, count);
      await sleep(count === 0 ? 0 : idleMs, signal);
      return known(0);
    });
  } finally {
    for (const socket of [...sockets, ...ends]) socket.resetAndDestroy();
    server.close();
  }
}

function listening(server: NetServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}

async function climb(
  counts: readonly number[],
  reach: (count: number) => Promise<Reading<number>>,
): Promise<Climb> {
  const levels: Level[] = [];
  for (const connections of counts) {
    const user = await reach(connections);
    if (!user.ok) return user;
    const kernel = readKernelMemory();
    if (!kernel.ok) return kernel;
    levels.push({ connections, user: user.value, kernel: kernel.value });
  }
  return known(levels);
}

/** Both slopes of a subject, with the points that they are fitted to. Pure. */
export function slopesOf(
  subject: string,
  climbs: readonly Climb[],
  control: readonly Climb[],
): MemorySlope[] {
  const connections = climbs.flatMap((climb) =>
    climb.ok ? climb.value.map((level) => level.connections) : [],
  );
  const counts = [...new Set(connections)].sort((a, b) => a - b);
  const failure = [...climbs, ...control].find((climb) => !climb.ok);
  const pairs = control.map((climb) => slopeIn(climb, 'kernel'));
  return (['user', 'kernel'] as const).map((kind) => {
    const slopes = climbs.map((climb, round) => {
      const slope = slopeIn(climb, kind);
      const pair = kind === 'kernel' ? (pairs[round] ?? null) : 0;
      return slope === null || pair === null ? null : slope - pair / 2;
    });
    const { estimate, lo, hi, n, why } = medianInterval(slopes.filter((slope) => slope !== null));
    const reason = (failure?.ok === false ? failure.why : undefined) ?? why;
    const source =
      kind === 'user' ? 'smaps_rollup: Rss' : `${KERNEL_SOURCE}; less the client's end`;
    const points = climbs.flatMap((climb, repetition) =>
      pointsOf(climb, kind, control[repetition]).map((point) => ({ repetition, ...point })),
    );
    return {
      ...{ subject, kind, connections: counts, bytesPerConnection: estimate, lo, hi, n, source },
      points,
      ...(reason === undefined ? {} : { why: reason }),
    };
  });
}

/** Memory above that without connections; of the kernel, less half of what pairs take. */
function pointsOf(
  climb: Climb,
  kind: 'user' | 'kernel',
  pairs: Climb | undefined,
): { connections: number; bytes: number }[] {
  if (!climb.ok) return [];
  const rises = risesOf(climb.value, kind);
  if (kind === 'user') return rises;
  const halves = pairs?.ok ? risesOf(pairs.value, kind) : [];
  return rises.flatMap(({ connections, bytes }) => {
    const pair = halves.find((half) => half.connections === connections);
    return pair === undefined ? [] : [{ connections, bytes: bytes - pair.bytes / 2 }];
  });
}

function risesOf([empty, ...levels]: readonly Level[], kind: 'user' | 'kernel') {
  if (empty === undefined) return [];
  return levels.map((level) => ({
    connections: level.connections,
    bytes: level[kind] - empty[kind],
  }));
}

/** Theil-Sen over the levels of one repetition; null without two. */
function slopeIn(climb: Climb, kind: 'user' | 'kernel'): number | null {
  if (!climb.ok) return null;
  return slopeOf(climb.value.map((level) => ({ x: level.connections, y: level[kind] })));
}
