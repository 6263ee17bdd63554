/**
 * A trial that counts and does not time: a fresh server, a fixed number of requests one after the
 * other, and its counters over them. How fast the client is does not matter, so the client is this
 * process.
 *
 * keepalive: all requests on one connection. greeting: a connection per request. The client pauses
 * before each step, so that the server already waits for it and makes the same calls every time.
 * Without the pauses, three calls of a greeting depend on chance, and so does half a switch per
 * request of a Go server, whose sysmon is woken when everything waited. Every reply is compared
 * byte for byte.
 */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readUsage, type UsageState } from '../../probe/process.js';
import type { Measured } from '../../results/schema.js';
import { statsDeltas, usageEntries } from '../../run/deltas.js';
import { GREETING } from '../../run/exchange.js';
import type { RunLimits } from '../../run/limits.js';
import type { Built } from '../../server/built.js';
import { lacksUsage, type Stats } from '../../server/control.js';
import { ServerFault } from '../../server/fault.js';
import { answer, request } from '../../server/messages.js';
import type { Server } from '../../server/server.js';
import { startServer } from '../../server/start.js';
import { unlessAborted, within } from '../../server/wait.js';

export interface CountAsk {
  readonly built: Built;
  readonly args: readonly string[];
  readonly cpus: readonly number[];
  readonly workload: 'keepalive' | 'greeting';
  readonly requests: number;
  readonly limits: RunLimits;
  readonly signal: AbortSignal;
}

export type CountReading =
  | {
      readonly ok: true;
      /** The server's counters over the requests, by the keys of its stats lines. */
      readonly server: Readonly<Record<string, Measured>>;
    }
  /** The server broke. */
  | { readonly ok: false; readonly why: string };

const REQUEST = request('/', ['Host: 127.0.0.1']);
const ANSWER = Buffer.from(answer(200, GREETING.toString()));

/** Requests before the counted ones: threads, coroutines and buffers exist then. */
const WARMUP_REQUESTS = 20;
/** More than any request takes, even on a machine that is busy with something else. */
const REQUEST_MS_MAX = 20;
const LIMIT_MS_MIN = 20_000;
/** Longer than a server takes to accept a connection, to answer, or to close, and to wait again. */
const SETTLE_MS = 1;

/** Rejects with Interrupted; nothing is left of the server in any case. */
export async function countTrial(ask: CountAsk): Promise<CountReading> {
  const { built, args, cpus, workload, limits, signal } = ask;
  const mode = workload === 'greeting' ? 'greeting' : 'http';
  let server: Server | undefined;
  try {
    server = await startServer(built, { cpus, mode, args }, limits, signal);
    const counted = await unlessAborted(signal, server.guard(count(server, ask)));
    await unlessAborted(signal, server.stop());
    return { ok: true, server: counted };
  } catch (error) {
    const root = server === undefined ? error : await server.rootOf(error);
    if (root instanceof ServerFault) return { ok: false, why: root.message };
    throw root;
  } finally {
    await server?.kill();
  }
}

async function count(
  server: Server,
  { workload, requests }: CountAsk,
): Promise<Readonly<Record<string, Measured>>> {
  const client = workload === 'greeting' ? greetings(server) : await keepalive(server);
  try {
    await inTurn(server, client.one, WARMUP_REQUESTS);
    const first = await readStats(server);
    await inTurn(server, client.one, requests);
    const last = await readStats(server);
    checkRequests(server, first.stats, last.stats, requests);
    return { ...statsDeltas(first.stats, last.stats), ...usageEntries(first, last) };
  } finally {
    client.close();
  }
}

async function inTurn(server: Server, one: Client['one'], requests: number): Promise<void> {
  const all = async () => {
    for (let i = 0; i < requests; i += 1) {
      await sleep(SETTLE_MS);
      await one();
    }
  };
  const limitMs = Math.max(LIMIT_MS_MIN, requests * REQUEST_MS_MAX);
  const work = all();
  const outcome = await within(work, limitMs);
  if (!outcome.late) return;
  work.catch(() => {});
  throw server.fault('hung', `did not answer ${requests} requests within ${limitMs / 1000} s`);
}

async function readStats(server: Server): Promise<{ stats: Stats; usage?: UsageState }> {
  const stats = await server.stats();
  return { stats, ...(lacksUsage(stats) ? { usage: readUsage(server.pid) } : {}) };
}

function checkRequests(server: Server, first: Stats, last: Stats, requests: number): void {
  // A server that does not count requests leaves the key out; greetings are no http answers.
  const counted = Number(last.requests) - Number(first.requests);
  if (!Number.isFinite(counted) || counted === 0 || counted === requests) return;
  throw server.fault('stats', `answered ${requests} requests and counted ${counted}`);
}

interface Client {
  /** Resolves when a reply was right; rejects with ServerFault. */
  readonly one: () => Promise<void>;
  readonly close: () => void;
}

async function keepalive(server: Server): Promise<Client> {
  const socket = await connected(server);
  return { one: () => answered(server, socket), close: () => socket.destroy() };
}

function answered(server: Server, socket: net.Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const end = (why: string | null) => {
      socket.removeAllListeners();
      // The next request, or the server's end, shows what comes or breaks later.
      socket.on('error', () => {});
      if (why === null) resolve();
      else reject(server.fault('wrong-answer', why));
    };
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < ANSWER.length) return;
      end(received.equals(ANSWER) ? null : 'answered a request with other bytes');
    });
    socket.on('error', (error) => end(`broke its connection: ${error.message}`));
    socket.on('close', () => end('closed its connection'));
    if (socket.destroyed) end('closed its connection');
    else socket.write(REQUEST);
  });
}

function greetings(server: Server): Client {
  let current: net.Socket | undefined;
  const one = async () => {
    const socket = await connected(server);
    current = socket;
    const chunks: Buffer[] = [];
    await sleep(SETTLE_MS);
    socket.write('x');
    for await (const chunk of socket) chunks.push(chunk);
    if (Buffer.concat(chunks).equals(GREETING)) return;
    throw server.fault('wrong-answer', 'answered a greeting with other bytes');
  };
  return { one, close: () => current?.destroy() };
}

async function connected(server: Server): Promise<net.Socket> {
  const { port } = server.ready;
  const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect').catch(({ message }: Error) => {
    throw server.fault('wrong-answer', `could not be connected to: ${message}`);
  });
  return socket.on('error', () => {});
}
