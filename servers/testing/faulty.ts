/** Servers under conditions that the kernel or the clients make hard for them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { type Holdings, holdings } from '../../harness/probe/holdings.js';
import type { Program } from '../../harness/server/built.js';
import type { Server } from '../../harness/server/server.js';
import { until } from '../../harness/server/wait.js';

const SOURCES = path.resolve(import.meta.dirname, '../../native/test/faults');

/** The program behind `sh -c`, after a command of the shell such as `ulimit -n 40`. */
export function after(command: string, program: Program): Program {
  const shell = ['/bin/sh', '-c', `${command} && exec "$@"`, 'sh'];
  return { ...program, command: [...shell, ...program.command] };
}

/** Compiles native/test/faults/<name>.cc before it is first used, and removes it after the tests. */
export function usePreloads(): (name: string) => string {
  const out = mkdtempSync(path.join(os.tmpdir(), 'iomodels-faults-'));
  afterAll(() => rm(out, { recursive: true, force: true }));
  const made = new Set<string>();
  return (name) => {
    const library = path.join(out, `${name}.so`);
    if (!made.has(name)) {
      const flags = ['-std=c++20', '-O1', '-shared', '-fPIC', '-pthread'];
      execFileSync('c++', [...flags, path.join(SOURCES, `${name}.cc`), '-ldl', '-o', library]);
      made.add(name);
    }
    return library;
  };
}

/** The program with a library of `usePreloads` in it, and variables for that. */
export function preloaded(
  library: string,
  program: Program,
  variables: Readonly<Record<string, string>> = {},
): Program {
  const set = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return { ...program, command: ['env', `LD_PRELOAD=${library}`, ...set, ...program.command] };
}

/** What the process holds once that has stayed the same for a while. */
export async function settled(pid: number): Promise<Holdings> {
  let before = holdings(pid);
  for (let same = 0; same < 10; ) {
    await pause(20);
    const now = holdings(pid);
    same = now.fds === before.fds && now.threads === before.threads ? same + 1 : 0;
    before = now;
  }
  return before;
}

/** Waits until the process holds no more descriptors and threads than it did before. */
export async function settlesTo(pid: number, before: Holdings): Promise<Holdings> {
  let now = holdings(pid);
  return until(
    () => {
      now = holdings(pid);
      return now.fds <= before.fds && now.threads <= before.threads ? now : undefined;
    },
    () => `${JSON.stringify(before)} again; it holds ${JSON.stringify(now)}`,
  );
}

/** A connection that never reads and ignores its errors. */
export async function blindSocket(port: number): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  await new Promise((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', resolve);
  });
  socket.pause();
  return socket;
}

/** CPU time of the server so far, ms, by its own account. */
export async function cpuMs(server: Server): Promise<number> {
  const { user_cpu_us = 0, system_cpu_us = 0 } = await server.counts();
  return (user_cpu_us + system_cpu_us) / 1000;
}
