/**
 * Which poll found a ready descriptor, from the epoll calls of a server that parks what waits.
 * Pure.
 *
 * An event for a descriptor that can be read, or has ended, counts as one wake-up: in a request and
 * reply each connection's reader is parked when its next request comes. It belongs to the poll that
 * returned it: sysmon's thread, one that does not wait (between other work), or one that does. A
 * reader that had not yet parked needed no waking, so the counts are upper bounds, and wake-ups in
 * vain cannot be seen at all.
 */
import { eventsOf } from './normalise.js';
import type { StraceCall } from './strace.js';

export type Counts = Record<
  'find_runnable_nonblocking' | 'find_runnable_blocking' | 'sysmon',
  number
>;

/** What has to be traced for it. */
export const POLL_CALLS =
  '?epoll_wait,?epoll_pwait,?epoll_pwait2,epoll_ctl,eventfd2,execve,?clone,?clone3';

const WAITS = /^epoll_p?wait2?$/;
const CLONES = /^clone3?$/;
const WAKES = /\b(IN|RDHUP|HUP|ERR)\b/;
const EVENT = /\{events=[^{}]*data=(\{[^}]*\}|[^}]*)\}/g;

/** null: the thread taken for sysmon's does what sysmon never does. */
export function wakesOf(calls: readonly StraceCall[]): Counts | null {
  const sysmon = sysmonOf(calls);
  if (sysmon === null) return null;
  const counts: Counts = { find_runnable_nonblocking: 0, find_runnable_blocking: 0, sysmon: 0 };
  const breaks = breaksOf(calls);
  for (const { thread, name, args } of calls) {
    if (!WAITS.test(name)) continue;
    const isWaiting = args[3] !== '0';
    const source = isWaiting ? 'find_runnable_blocking' : 'find_runnable_nonblocking';
    const events = [...(args[1] ?? '').matchAll(EVENT)].map(([event]) => event);
    const woken = events.filter(
      (event) => WAKES.test(eventsOf(event)) && !breaks.has(dataOf(event)),
    );
    counts[thread === sysmon ? 'sysmon' : source] += woken.length;
  }
  return counts;
}

/** What epoll was given to call the eventfd by: its events interrupt a poll and wake nobody. */
function breaksOf(calls: readonly StraceCall[]): ReadonlySet<string> {
  const eventfds = new Set(calls.filter(({ name }) => name === 'eventfd2').map((c) => c.result));
  const adds = calls.filter(
    ({ name, args }) =>
      name === 'epoll_ctl' && args[1] === 'EPOLL_CTL_ADD' && eventfds.has(args[2] ?? ''),
  );
  return new Set(adds.map(({ args }) => dataOf(args[3] ?? '')));
}

function dataOf(event: string): string {
  return /data=(\{[^}]*\}|[^,}]*)/.exec(event)?.[1] ?? '';
}

/**
 * sysmon's thread: the first one that Go's runtime makes, before anything of the program runs. In a
 * program that executed itself again, that of its last life counts. It polls without ever waiting,
 * and starts other threads.
 */
function sysmonOf(calls: readonly StraceCall[]): number | null {
  const life = calls.slice(calls.findLastIndex(({ name }) => name === 'execve') + 1);
  const made = life.find(({ name, result }) => CLONES.test(name) && /^\d+$/.test(result));
  if (made === undefined) return null;
  const thread = Number(made.result);
  const isSysmon = life
    .filter((call) => call.thread === thread)
    .every(({ name, args }) => CLONES.test(name) || (WAITS.test(name) && args[3] === '0'));
  return isSysmon ? thread : null;
}
