/** Network namespaces, for tests that make some. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';

/** Tried with the tools alone, so that a fault of the harness fails tests and does not skip them. */
export function mayMakeNamespaces(): boolean {
  return spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
}

/** Those that processes are in, but for this process' own. */
export function namespacesOf(pids: readonly number[]): string[] {
  const own = readlinkSync('/proc/self/ns/net');
  const found = pids.map((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/net`);
    } catch {
      return own; // it has ended
    }
  });
  return [...new Set(found)].filter((link) => link !== own);
}

export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
