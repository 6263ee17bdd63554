/**
 * Bytes per idle connection: the slope of memory over the number of connections that send nothing,
 * of the server process (resident set) and of the kernel.
 *
 * A repetition is one fresh server through all counts of connections, and gives one slope
 * (Theil-Sen over its points); the interval is the exact one of the median over repetitions. Order
 * of subjects is random and mirrored, as everywhere.
 *
 * A connection on one machine has two ends, and the kernel pays for both. The client's end is
 * measured in each round by itself: connections whose both ends the harness holds; half of the cost
 * of such a pair, the median over the rounds, is subtracted. Connections end by reset, so that none
 * lingers in TIME_WAIT.
 */
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { count, list } from '../findings/format.js';
import { openAll, settledRss, untilCounted } from '../micro/idle.js';
import { given } from '../optional.js';
import { filesObstacle, obstacle } from '../plan/limits.js';
import type { MachineFacts } from '../plan/machine.js';
import { blockOrders } from '../plan/order.js';
import { known, type Reading, readText, unknown } from '../probe/reading.js';
import type { MemorySlope } from '../results/evidence.js';
import type { GatherInput } from '../run/input.js';
import type { Candidate } from '../run/subject.js';
import { startServer } from '../server/start.js';
import { sleep, unlessAborted } from '../server/wait.js';
import { medianInterval } from '../stats/order-statistics.js';
import { median } from '../stats/quantile.js';
import { slopeOf } from '../stats/slope.js';
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
  const controls = climbs.get(CONTROL) ?? [];
  const items = candidates.flatMap(({ subject: { id } }) =>
    slopesOf(id, climbs.get(id) ?? [], controls),
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
  controls: readonly Climb[],
): MemorySlope[] {
  const connections = climbs.flatMap((climb) =>
    climb.ok ? climb.value.map((level) => level.connections) : [],
  );
  const counts = [...new Set(connections)].sort((a, b) => a - b);
  const clientEnd = clientEndOf(controls);
  return (['user', 'kernel'] as const).map((kind) => {
    const end = kind === 'kernel' ? clientEnd : NO_END;
    const slopes = climbs.map((climb) => {
      const slope = slopeIn(climb, kind);
      return slope === null || end.bytes === null ? null : slope - end.bytes;
    });
    const { estimate, lo, hi, n, why } = medianInterval(slopes.filter((slope) => slope !== null));
    const failure = climbs.find((climb) => !climb.ok);
    const reason = (failure?.ok === false ? failure.why : undefined) ?? end.why ?? why;
    const source = kind === 'user' ? 'smaps_rollup: Rss' : `${KERNEL_SOURCE}; ${end.source}`;
    const points = climbs.flatMap((climb, repetition) =>
      pointsOf(climb, kind, end).map((point) => ({ repetition, ...point })),
    );
    return {
      subject,
      kind,
      connections: counts,
      bytesPerConnection: estimate,
      lo,
      hi,
      n,
      source,
      points,
      ...given({ why: reason }),
    };
  });
}

/** What the client's end of a connection takes of the kernel's memory. */
interface ClientEnd {
  /** Per connection; null with a why. */
  readonly bytes: number | null;
  readonly why?: string;
  /** At each count of connections; null where it is not known. */
  readonly rise: (connections: number) => number | null;
  readonly source: string;
}

const NO_END: ClientEnd = { bytes: 0, rise: () => 0, source: '' };

/** A control is far from the others beyond so many deviations, and beyond a share of the median. */
const FAR = { deviations: 4, share: 0.1 };
/** What makes the median absolute deviation of normal values their standard deviation. */
const NORMAL = 1.4826;

/**
 * Half the median of the controls, one for all subjects and rounds: subtracted round by round, a
 * single bad control would move every server, and the interval of each.
 */
function clientEndOf(controls: readonly Climb[]): ClientEnd {
  const slopes = controls.map((control) => slopeIn(control, 'kernel'));
  const found = slopes.filter((slope) => slope !== null);
  const failures = controls.flatMap((control) => (control.ok ? [] : [control.why]));
  if (found.length === 0) {
    const why = failures[0] ?? 'no control has two levels';
    return { bytes: null, why, rise: () => null, source: "the client's end is not known" };
  }
  const middle = median(found);
  const far = FAR.deviations * NORMAL * median(found.map((slope) => Math.abs(slope - middle)));
  const limit = Math.max(far, FAR.share * Math.abs(middle));
  const named = slopes.flatMap((slope, round) =>
    slope === null || Math.abs(slope - middle) <= limit
      ? []
      : [`${Math.round(slope)} in round ${round + 1}`],
  );
  const rises = controls.flatMap((control) => (control.ok ? risesOf(control.value, 'kernel') : []));
  const source = [
    `less the client's end: the median of ${count(found.length, 'control')}`,
    ...(failures.length === 0 ? [] : [`, ${failures.length} failed (${failures[0]})`]),
    ...(named.length === 0 ? [] : [`; far from it: ${list(named)}`]),
  ].join('');
  const rise = (connections: number) => {
    const bytes = rises.filter((one) => one.connections === connections).map((one) => one.bytes);
    return bytes.length === 0 ? null : median(bytes) / 2;
  };
  return { bytes: middle / 2, rise, source };
}

/** Memory above that without connections; of the kernel, less what the client's ends take. */
function pointsOf(
  climb: Climb,
  kind: 'user' | 'kernel',
  end: ClientEnd,
): { connections: number; bytes: number }[] {
  if (!climb.ok) return [];
  return risesOf(climb.value, kind).flatMap(({ connections, bytes }) => {
    const clients = end.rise(connections);
    return clients === null ? [] : [{ connections, bytes: bytes - clients }];
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

const FIELDS = ['Slab', 'KernelStack', 'PageTables'] as const;
/** As COUNTERS.md: on the architectures that are supported, a page of TCP's account is 4 KiB. */
const PAGE_BYTES = 4096;

const KERNEL_SOURCE = 'meminfo: Slab, KernelStack, PageTables; sockstat: TCP mem';

/**
 * Memory that the kernel holds, from /proc/meminfo and /proc/net/sockstat: slab caches, stacks of
 * threads, page tables, and the pages of TCP's buffers.
 *
 * It is the whole machine's. A memory cgroup of the server's own would be sharper, but takes root
 * and a hierarchy that may be written, and charges a socket of a loopback connection to the process
 * that happened to run when it was made. What others do meanwhile is noise here, and shows in the
 * interval.
 */
export function readKernelMemory(): Reading<number> {
  const meminfo = readText('/proc/meminfo');
  if (!meminfo.ok) return meminfo;
  const sockstat = readText('/proc/net/sockstat');
  return parseKernelMemory(meminfo.value, sockstat.ok ? sockstat.value : '');
}

/** Bytes. Without sockstat idle connections lose nothing: they have no bytes in buffers. */
export function parseKernelMemory(meminfo: string, sockstat: string): Reading<number> {
  let bytes = 0;
  for (const field of FIELDS) {
    const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(meminfo) ?? [];
    if (kib === undefined) return unknown(`/proc/meminfo has no ${field}`);
    bytes += Number(kib) * 1024;
  }
  const [, pages = '0'] = /^TCP: .*\bmem (\d+)$/m.exec(sockstat) ?? [];
  return known(bytes + Number(pages) * PAGE_BYTES);
}
