/** A process and all that it started, from /proc: servers may be several processes. */
import { readdirSync } from 'node:fs';
import { TICKS_PER_SECOND } from './proc.js';
import { known, type Reading, readParsed } from './reading.js';

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

/**
 * CPU time of a process, and of its children that have ended, from its stat file, us. An ended
 * child counts once its parent has waited for it.
 */
export function parseCpuWithEnded(stat: string): number | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime, stime, cutime and cstime: fields 14 to 17 of the line, which begins with pid and name.
  const ticks = fields.slice(11, 15).map(Number);
  const isValid = ticks.length === 4 && ticks.every((one) => Number.isInteger(one));
  if (!isValid) return null;
  return ticks.reduce((sum, one) => sum + one, 0) * (1e6 / TICKS_PER_SECOND);
}

/**
 * CPU time of a process and all that it started, us, ended threads and processes included; in ticks
 * of 10 ms. A process that ends between the listing and the look at it is left out.
 */
export function readTreeCpuUs(root: number): Reading<number> {
  const own = readParsed(`/proc/${root}/stat`, parseCpuWithEnded);
  if (!own.ok) return own;
  let us = own.value;
  for (const pid of processTree(root)) {
    if (pid === root) continue;
    const one = readParsed(`/proc/${pid}/stat`, parseCpuWithEnded);
    if (one.ok) us += one.value;
  }
  return known(us);
}
