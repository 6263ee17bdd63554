/**
 * Servers that do not know our protocol ("control": "none" in variant.json): nginx, or any other
 * existing program.
 *
 * We choose the port, give it in the command, pin the process from outside and take a successful
 * connect as its ready line. It ends by SIGTERM or by the variant's `stop` command. When the
 * harness is killed, the kernel sends it SIGTERM (setpriv, where that is installed): it does not
 * watch its stdin.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { formatCpuList } from '../probe/cpus.js';
import { findProgram } from '../programs.js';

export interface Place {
  readonly host: string;
  readonly port: number;
  /** Absent: whatever the harness may use. */
  readonly cpus?: readonly number[];
  /** Known once it runs: for the `stop` command. */
  readonly pid?: number;
}

/** Below the ports that Linux gives out by itself (32768 by default), above those of services. */
const PORTS = { first: 20_000, count: 10_000 };
const ATTEMPTS = 50;

/**
 * A port that was free a moment ago. It is drawn where the kernel takes none for connections and
 * for port 0, so only a program that asks for this very number can take it meanwhile. Rejects when
 * none of many is free, or the host is not one of ours.
 */
export async function freePort(host: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = PORTS.first + randomInt(PORTS.count);
    const listener = net.createServer().listen(port, host);
    try {
      await once(listener, 'listening');
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || attempt === ATTEMPTS) throw error;
      continue;
    }
    listener.close();
    await once(listener, 'close');
    return port;
  }
}

/** The words with `${port}`, `${host}`, `${cpus}` and `${pid}` filled in. */
export function fillPlace(words: readonly string[], place: Place): string[] {
  const { host, port, cpus = [], pid } = place;
  const values: Record<string, string> = {
    host,
    port: String(port),
    cpus: cpus.length === 0 ? '' : formatCpuList(cpus),
    pid: pid === undefined ? '' : String(pid),
  };
  return words.map((word) =>
    word.replace(/\$\{(host|port|cpus|pid)\}/g, (_, name: string) => values[name] ?? ''),
  );
}

/** The whole command: pinned, and ended with the harness. The process stays the one we start. */
export function outsideCommand(words: readonly string[], place: Place): string[] {
  const { cpus = [] } = place;
  const pinned = cpus.length === 0 ? [] : ['taskset', '-c', formatCpuList(cpus)];
  const bound = findProgram('setpriv') === null ? [] : ['setpriv', '--pdeathsig', 'TERM', '--'];
  return [...pinned, ...bound, ...fillPlace(words, place)];
}

const TRY_MS = 5;

/** Resolves true as soon as a server accepts there, false when `hasEnded` first. */
export async function untilAccepting(
  { host, port }: Place,
  hasEnded: () => boolean,
): Promise<boolean> {
  while (!hasEnded()) {
    if (await accepts(host, port)) return true;
    await pause(TRY_MS);
  }
  return false;
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
