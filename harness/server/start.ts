/** Starting servers: the flags of docs/PROTOCOL.md, section 1, or a place for one without control. */
import { inNetns } from '../load/netns.js';
import { hasControl } from '../plan/variant.js';
import { formatCpuList } from '../probe/cpus.js';
import type { PerfEvent } from '../probe/native.js';
import type { Program, ServerLimits } from './built.js';
import { ServerFault } from './fault.js';
import { freePort, outsideCommand, type Place } from './outside.js';
import { Server } from './server.js';
import { unlessAborted, waitLimitMs } from './wait.js';

/** Where a server listens. */
export interface Address {
  /** The IPv4 address that servers listen on and clients connect to. */
  readonly serverHost: string;
  /** Path of the network namespace; absent: the harness' own. */
  readonly serverNetns?: string;
}

export const LOOPBACK: Address = { serverHost: '127.0.0.1' };

export interface Launch {
  /** Absent: whatever the harness may use. */
  readonly cpus?: readonly number[] | undefined;
  /** Absent: http. */
  readonly mode?: 'http' | 'greeting';
  /** The subject's own flags. */
  readonly args: readonly string[];
  /** Absent: loopback. */
  readonly network?: Address | undefined;
  /** What is counted of it and of all that it starts, from its first instruction on; none: nothing. */
  readonly events?: readonly PerfEvent[] | undefined;
}

/** Starting a program is slow on a loaded machine, however short other waits are. */
const READY_LIMIT_MS = 10_000;

/** Answers and ends have the same limit as other waits (wait.ts). */
export function patientLimits(): ServerLimits {
  const ms = waitLimitMs();
  return { readyMs: Math.max(ms, READY_LIMIT_MS), answerMs: ms, stopMs: ms };
}

/**
 * Starts a server and waits until it listens. Rejects with ServerFault `start`, `cannot-run`,
 * `garbage-ready` or `ready-timeout`, or Interrupted; then nothing is left of it.
 */
export async function startServer(
  program: Program,
  launch: Launch,
  limits = patientLimits(),
  signal?: AbortSignal,
): Promise<Server> {
  const { cpus, network = LOOPBACK, events = [] } = launch;
  const place = await placeOf(program, cpus, network);
  const commandFor = (host: string) =>
    place === undefined
      ? [...program.command, ...flagsOf(program, host, launch), ...launch.args]
      : [...outsideCommand(program.command, place), ...launch.args];
  const command = inNetns(network.serverNetns, commandFor(network.serverHost));
  // A namespace is gone when a person reads this.
  const byHand = commandFor(LOOPBACK.serverHost);
  const server = new Server({ program, command, limits, byHand, place, events });
  try {
    const ready = server.untilReady();
    await (signal === undefined ? ready : unlessAborted(signal, ready));
    return server;
  } catch (error) {
    await server.kill();
    throw error;
  }
}

/** Starts a server with these flags and no others, and waits for nothing. */
export function launchServer(program: Program, flags: readonly string[]): Server {
  const command = [...program.command, ...flags];
  return new Server({ program, command, limits: patientLimits() });
}

/** Flags of docs/PROTOCOL.md, section 1. */
function flagsOf({ variant }: Program, host: string, { cpus, mode = 'http' }: Launch): string[] {
  // Servers that know no modes need not know the flag.
  const moded = mode === 'http' ? [] : ['--mode', mode];
  const pinned = cpus === undefined ? [] : ['--cpus', formatCpuList(cpus)];
  // Native servers refuse an address that others might reach; a namespace of ours has no others.
  const isRemote = 'native' in variant.launch && host !== LOOPBACK.serverHost;
  const remote = isRemote ? ['--allow-remote'] : [];
  return ['--listen', `${host}:0`, ...remote, ...pinned, ...moded];
}

/** Where a server without control must listen; undefined for any other. */
async function placeOf(
  { variant }: Program,
  cpus: readonly number[] | undefined,
  { serverHost: host, serverNetns }: Address,
): Promise<Place | undefined> {
  if (hasControl(variant)) return undefined;
  if (serverNetns === undefined) {
    return { host, port: await freePort(host), ...(cpus === undefined ? {} : { cpus }) };
  }
  const why = 'without control nobody can tell when it listens in another network namespace';
  throw new ServerFault(
    'cannot-run',
    `${variant.name} cannot be measured so: ${why}`,
    'leave out --net veth',
    () => '',
  );
}
