/**
 * Every process group that the harness started and that may still run, and the mark of its
 * processes (left-behind.ts).
 *
 * A server is the leader of a group of its own, so that whatever it starts ends with it and a
 * Ctrl-C in the terminal reaches the harness alone. Three things end a server: stop or kill by the
 * harness; the hook below when the harness leaves by exit or by an uncaught exception; end of file
 * on its stdin when the harness is killed outright.
 */
import { existsSync } from 'node:fs';
import { isSystemError } from '../probe/reading.js';
import { endAll, processesMarked } from './left-behind.js';

const groups = new Map<number, string | undefined>();
let hooked = false;

/** Remembers a group, and the mark of its processes if they have one, until `forgetGroup`. */
export function trackGroup(pid: number, mark?: string): void {
  if (!hooked) {
    hooked = true;
    process.on('exit', killAllGroups);
  }
  groups.set(pid, mark);
}

export function forgetGroup(pid: number): void {
  groups.delete(pid);
}

/** The groups that are still remembered. */
export function trackedGroups(): readonly number[] {
  return [...groups.keys()];
}

/** SIGKILL to every process of the group; none left is fine. */
export function killGroup(pid: number): void {
  signalGroup(pid, 'SIGKILL');
}

/**
 * SIGKILL to the rest of a group whose leader has ended. Linux gives a pid out again only when no
 * group has its number: where it names a process or thread again, that is a stranger's.
 */
export function killRestOfGroup(pid: number): void {
  if (!existsSync(`/proc/${pid}`)) killGroup(pid);
}

/** Sends a signal to a whole group. False when no process of it is left. */
export function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ESRCH') return false;
    throw error;
  }
}

function killAllGroups(): void {
  for (const [pid, mark] of groups) {
    killGroup(pid);
    if (mark !== undefined) endAll(() => processesMarked(mark, pid));
  }
}
