/**
 * Wake-ups by source under three loads: idle (a request now and then), medium (an open load well
 * below what the server can do) and saturated (a closed load of many connections).
 *
 * Servers that count them report them. Go is traced by its epoll calls, under strace that stops it
 * at no other call (--seccomp-bpf), so it polls nearly as it does untraced. Traced at every call it
 * is many times slower, and leaves most of the polling to sysmon.
 */
import { UserError } from '../errors.js';
import { LoadError, type LoadSession } from '../load/client.js';
import { nativeClient } from '../load/native.js';
import type { Wakeups } from '../results/evidence.js';
import type { LoadMode } from '../results/schema.js';
import type { GatherInput } from '../run/input.js';
import { HTTP } from '../run/null-server.js';
import type { Candidate } from '../run/subject.js';
import type { Server } from '../server/server.js';
import { startServer } from '../server/start.js';
import { sleep, unlessAborted } from '../server/wait.js';
import { TracedServer } from './traced-server.js';
import { POLL_CALLS, wakesOf } from './wakes.js';

interface LoadOf {
  readonly load: Wakeups['load'];
  readonly connections: number;
  readonly mode: LoadMode;
}

/** Requests per second that leave any server asleep most of the time. */
const IDLE_PER_S = 50;
const IDLE_CONNECTIONS = 8;
const BUSY_CONNECTIONS = 64;
/** Of what the server answered when it was saturated. */
const MEDIUM_SHARE = 0.3;

/** The counters of the runtime in `stats`, by what evidence calls them. */
const COUNTERS = {
  find_runnable_nonblocking: 'wakeups_nonblocking',
  find_runnable_blocking: 'wakeups_blocking',
  sysmon: 'wakeups_sysmon',
  deadline: 'wakeups_deadline',
  close: 'wakeups_close',
  in_vain: 'wakeups_in_vain',
} as const;

type Counts = Wakeups['counts'];

/** What a server did under one load. */
interface Observed {
  readonly requests: number;
  readonly counts: Counts;
}

/** Saturated first: medium is a share of it. Rejects with Interrupted, ServerFault or LoadError. */
export async function wakeupsOf(
  candidate: Candidate,
  instrument: Wakeups['instrument'],
  windowMs: number,
  input: GatherInput,
): Promise<Wakeups[]> {
  const observe = instrument === 'counters' ? byCounters : byTrace;
  const found: Wakeups[] = [];
  let perS = 0;
  for (const load of ['saturated', 'medium', 'idle'] as const) {
    const { id } = candidate.subject;
    const under = instrument === 'strace' ? ' under strace' : '';
    const text = `wake-ups of ${id}${under}, ${load} load`;
    input.onEvent({ kind: 'phase', name: 'evidence', text });
    const observed = await observe(candidate, loadOf(load, perS * MEDIUM_SHARE), windowMs, input);
    if (load === 'saturated') perS = (observed.requests * 1000) / windowMs;
    found.unshift({ subject: id, instrument, load, ...observed });
  }
  return found;
}

export function loadOf(load: Wakeups['load'], mediumPerS: number): LoadOf {
  const open = (ratePerS: number, arrivals: 'poisson' | 'fixed') => ({
    kind: 'open' as const,
    ratePerS,
    arrivals,
  });
  switch (load) {
    case 'idle':
      return { load, connections: IDLE_CONNECTIONS, mode: open(IDLE_PER_S, 'fixed') };
    case 'medium': {
      const mode = open(Math.max(IDLE_PER_S, mediumPerS), 'poisson');
      return { load, connections: BUSY_CONNECTIONS, mode };
    }
    case 'saturated':
      return { load, connections: BUSY_CONNECTIONS, mode: { kind: 'closed', pipeline: 1 } };
  }
}

async function byCounters(
  { built, subject }: Candidate,
  load: LoadOf,
  windowMs: number,
  input: GatherInput,
): Promise<Observed> {
  const { plan, limits, signal } = input;
  const launch = { cpus: plan.placement.serverCpus, mode: 'http', args: subject.args } as const;
  const server = await startServer(built, launch, limits, signal);
  try {
    const before = await server.stats();
    const requests = await offer(server, load, windowMs, input);
    const after = await server.stats();
    await server.stop();
    return { requests, counts: differences(before, after) };
  } finally {
    await server.kill();
  }
}

/** What a server does not count is left out. */
function differences(before: Readonly<Record<string, unknown>>, after: typeof before): Counts {
  const counts: Counts = {};
  for (const [name, key] of Object.entries(COUNTERS)) {
    const [first, last] = [before[key], after[key]];
    if (typeof first === 'number' && typeof last === 'number') counts[name] = last - first;
  }
  return counts;
}

/** From the first connection on: what came before is not of the load. */
async function byTrace(
  candidate: Candidate,
  load: LoadOf,
  windowMs: number,
  input: GatherInput,
): Promise<Observed> {
  const options = ['--seccomp-bpf'];
  const traced = await TracedServer.start(candidate, input, { calls: POLL_CALLS, options });
  try {
    await traced.settle();
    const requests = await offer(traced.server, load, windowMs, input);
    await traced.settle();
    const counts = wakesOf(traced.calls());
    if (counts === null) {
      const what = `${candidate.subject.id} has no thread that behaves like Go's sysmon`;
      throw new UserError(what, 'nothing helps here: its wake-ups cannot be told apart');
    }
    return { requests, counts };
  } finally {
    await traced.remove();
  }
}

const SLACK_MS = 5000;

/** Offers the load for `windowMs`; resolves with the requests that were answered. */
async function offer(
  server: Server,
  { connections, mode, load }: LoadOf,
  windowMs: number,
  { plan, limits, signal }: GatherInput,
): Promise<number> {
  const session = await unlessAborted(
    signal,
    nativeClient().open({
      target: { host: '127.0.0.1', port: server.ready.port },
      connections,
      mode,
      exchange: HTTP,
      seed: `${plan.seed} wake-ups ${load}`,
      durationMsMax: windowMs + SLACK_MS,
      drainMs: limits.drainMs,
      cpus: plan.placement.clientCpus,
    }),
  );
  try {
    return await server.guard(answered(session, windowMs, signal));
  } finally {
    await session.close();
  }
}

async function answered(
  session: LoadSession,
  windowMs: number,
  signal: AbortSignal,
): Promise<number> {
  session.start();
  await sleep(windowMs, signal);
  const { completed, errors } = session.snapshot();
  if (errors > 0) throw new LoadError(`${errors} requests failed`);
  return completed;
}

/** Whether the server counts its wake-ups, as its own stats line says. */
export async function countsWakeups(
  { built, subject }: Candidate,
  { plan, limits, signal }: GatherInput,
): Promise<boolean> {
  const launch = { cpus: plan.placement.serverCpus, mode: 'http', args: subject.args } as const;
  const server = await startServer(built, launch, limits, signal);
  try {
    const stats = await server.stats();
    return Object.values(COUNTERS).every((key) => typeof stats[key] === 'number');
  } finally {
    await server.kill();
  }
}
