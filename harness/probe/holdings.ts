/** What a process holds right now, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Holdings {
  readonly fds: number;
  readonly threads: number;
  readonly rssBytes: number;
}

/** Throws a system error when the process has ended. */
export function holdings(pid: number): Holdings {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1]);
  return {
    fds: readdirSync(`/proc/${pid}/fd`).length,
    threads: field('Threads'),
    rssBytes: field('VmRSS') * 1024,
  };
}
