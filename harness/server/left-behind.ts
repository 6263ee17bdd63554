/**
 * What a program leaves behind: processes that moved to a session of their own (setsid), which no
 * signal to the program's group reaches, and sockets that still listen.
 *
 * A program is started with a mark in its environment, and what it starts inherits the mark.
 */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { isSystemError, readText } from '../probe/reading.js';

export const MARK = 'IOMODELS_PROGRAM';

function pids(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** Process group of a process: the third field after the name, which may contain anything. */
function groupOf(pid: number): number | null {
  const stat = readText(`/proc/${pid}/stat`);
  return stat.ok ? Number(stat.value.slice(stat.value.lastIndexOf(')') + 2).split(' ')[2]) : null;
}

/** Processes with this mark that are not of the group. Those of other users may be unreadable. */
export function processesMarked(mark: string, exceptGroup: number): number[] {
  const wanted = `${MARK}=${mark}`;
  return pids().filter((pid) => {
    const environment = readText(`/proc/${pid}/environ`);
    if (!environment.ok || !environment.value.split('\0').includes(wanted)) return false;
    const group = groupOf(pid);
    return group !== null && group !== exceptGroup;
  });
}

/** State TCP_LISTEN of /proc/net/tcp. */
const LISTEN = '0A';

/** Inodes of the sockets that listen on a port of this network namespace, in /proc/net/tcp. */
export function parseListeners(table: string, port: number): number[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const isIt = state === LISTEN && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
    return isIt ? [Number(inode)] : [];
  });
}

export function listeners(port: number): number[] {
  return ['tcp', 'tcp6'].flatMap((name) => parseListeners(listening(`/proc/net/${name}`), port));
}

/** A row of a socket that does not listen. */
const CONNECTION = new RegExp(`^ *\\d+: \\S+ \\S+ (?!${LISTEN})[0-9A-F]{2} `, 'm');

/**
 * The table down to its first connection. Linux lists the sockets that listen first, and there may
 * be ten thousands of others, which take 20 ms and more. '' where there is no such table.
 */
function listening(table: string): string {
  return unlessGone(() => {
    const fd = openSync(table, 'r');
    try {
      let text = '';
      for (const page = Buffer.alloc(PAGE); !CONNECTION.test(text); ) {
        const length = readSync(fd, page);
        if (length === 0) break;
        text += page.toString('latin1', 0, length);
      }
      return text;
    } finally {
      closeSync(fd);
    }
  }, '');
}

/** As much as the kernel gives at once. */
const PAGE = 4096;

/** Other processes that hold one of these sockets open. */
export function holdersOf(inodes: readonly number[]): number[] {
  if (inodes.length === 0) return [];
  const wanted = new Set(inodes.map((inode) => `socket:[${inode}]`));
  const others = pids().filter((pid) => pid !== process.pid);
  return others.filter((pid) => openFiles(pid).some((target) => wanted.has(target)));
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return unlessGone(() => readdirSync(folder), []).map((name) =>
    unlessGone(() => readlinkSync(`${folder}/${name}`), ''),
  );
}

/** A process may end, or be another user's, while it is looked at. */
function unlessGone<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch (error) {
    if (isSystemError(error)) return otherwise;
    throw error;
  }
}

/** The next look finds a process that forks during this one. */
const LOOKS_MAX = 10;

/** SIGKILL to all that `look` finds, until it finds nothing. Returns all that were found. */
export function endAll(look: () => number[]): number[] {
  const ended = new Set<number>();
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const found = look();
    if (found.length === 0) break;
    for (const pid of found) {
      ended.add(pid);
      unlessGone(() => process.kill(pid, 'SIGKILL'), true);
    }
  }
  return [...ended];
}
