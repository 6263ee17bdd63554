/** A process and all that it started, from /proc: servers may be several processes. */
import { readdirSync } from 'node:fs';
import { readParsed } from './reading.js';

/** pid of the parent: the second field after the name, which may contain anything. */
export function parseParent(stat: string): number | null {
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  return Number.isInteger(parent) && parent >= 0 ? parent : null;
}

/** The pids, the process itself first; those that have ended are left out. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = readParsed(`/proc/${name}/stat`, parseParent);
    if (parent.ok) children.set(parent.value, [...(children.get(parent.value) ?? []), +name]);
  }
  const found: number[] = [];
  const pending = [root];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    found.push(pid);
    pending.push(...(children.get(pid) ?? []));
  }
  return found;
}
