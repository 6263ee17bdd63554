/**
 * What an unused connection costs: a fresh server, N connections that send nothing, its resident
 * memory before and after; then one request on each, and its memory once more.
 *
 * Resident memory is the process's alone: socket buffers and the kernel's own structures are not in
 * it.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { readRss } from '../probe/proc.js';
import type { Reading } from '../probe/reading.js';
import type { Placement } from '../results/schema.js';
import { DEFAULT_LIMITS } from '../run/limits.js';
import type { Built } from '../server/built.js';
import { ServerFault } from '../server/fault.js';
import type { Server } from '../server/server.js';
import { startServer } from '../server/start.js';
import { sleep, unlessAborted } from '../server/wait.js';
import type { IdleTrial } from './schema.js';

export interface IdleSubject {
  readonly id: string;
  readonly args: readonly string[];
  readonly built: Built;
}

interface IdlePlan {
  readonly connections: number;
  readonly placement: Placement;
  /** How long connections have been silent before memory is read; absent: IDLE_MS. */
  readonly idleMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** Connections that are on their way at one time: fewer than any backlog. */
const CONNECTING_MAX = 100;
const POLL_MS = 20;
/** By then a server has given back what it gives back late. */
const IDLE_MS = 2000;
/** Memory that did not change between so many looks is taken for settled. */
const EQUAL_LOOKS = 3;
const LOOKS_MAX = 250;

/** One trial. Rejects with Interrupted; what else goes wrong is in its `why`. */
export async function idleTrial(
  subject: IdleSubject,
  repetition: number,
  plan: IdlePlan,
): Promise<IdleTrial> {
  const { connections, placement, signal } = plan;
  const trial = { subject: subject.id, repetition, connections, silent: null, served: null };
  const launch = { cpus: placement.serverCpus, mode: 'http' as const, args: subject.args };
  const sockets: Socket[] = [];
  let server: Server | undefined;
  try {
    server = await startServer(subject.built, launch, DEFAULT_LIMITS, signal);
    const measured = server.guard(measure(server, sockets, plan));
    return { ...trial, ...(await unlessAborted(signal, measured)) };
  } catch (error) {
    if (error instanceof ServerFault || isNetworkError(error)) {
      return { ...trial, why: error.message };
    }
    throw error;
  } finally {
    for (const socket of sockets) socket.destroy();
    await server?.kill();
  }
}

function isNetworkError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}

async function measure(
  server: Server,
  sockets: Socket[],
  { connections, idleMs = IDLE_MS, signal }: IdlePlan,
): Promise<Pick<IdleTrial, 'silent' | 'served' | 'why'>> {
  const before = await settledRss(server, signal);
  if (!before.ok) return { silent: null, served: null, why: before.why };
  await openAll(server.ready.port, sockets, connections);
  await untilCounted(server, 'accepts', connections, signal);
  await sleep(idleMs, signal);
  const silent = await settledRss(server, signal);
  await askAll(sockets, server.ready.port);
  await sleep(idleMs, signal);
  const served = await settledRss(server, signal);
  const each = (rss: Reading<number>) => (rss.ok ? (rss.value - before.value) / connections : null);
  return { silent: each(silent), served: each(served) };
}

/** Opens connections until there are so many. */
export async function openAll(port: number, sockets: Socket[], connections: number): Promise<void> {
  while (sockets.length < connections) {
    const few = Math.min(CONNECTING_MAX, connections - sockets.length);
    const batch = Array.from({ length: few }, () => connect(port, '127.0.0.1'));
    sockets.push(...batch);
    await Promise.all(batch.map((socket) => once(socket, 'connect')));
    // A server that dies takes its connections along: the server itself reports its death.
    for (const socket of batch) socket.on('error', () => {});
  }
}

/** A server that does not count is given the time that its memory needs to settle. */
export async function untilCounted(
  server: Server,
  key: string,
  wanted: number,
  signal: AbortSignal,
): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    const count = (await server.stats())[key];
    if (typeof count !== 'number' || count >= wanted) return;
    await sleep(POLL_MS, signal);
  }
  throw server.fault('stats', `has counted fewer than ${wanted} ${key} after ${LOOKS_MAX} looks`);
}

async function askAll(sockets: readonly Socket[], port: number): Promise<void> {
  const request = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  for (let at = 0; at < sockets.length; at += CONNECTING_MAX) {
    const batch = sockets.slice(at, at + CONNECTING_MAX);
    await Promise.all(
      batch.map((socket) => {
        const answered = Promise.race([once(socket, 'data'), once(socket, 'close')]);
        socket.write(request);
        return answered;
      }),
    );
  }
}

/** The resident set once it no longer changes. */
export async function settledRss(server: Server, signal: AbortSignal): Promise<Reading<number>> {
  let last = -1;
  let equal = 0;
  for (let look = 0; look < LOOKS_MAX; look++) {
    const rss = readRss(server.pid);
    if (!rss.ok) return rss;
    equal = rss.value.bytes === last ? equal + 1 : 0;
    last = rss.value.bytes;
    if (equal === EQUAL_LOOKS) return { ok: true, value: last };
    await sleep(POLL_MS, signal);
  }
  return { ok: false, why: 'the resident memory did not settle' };
}
