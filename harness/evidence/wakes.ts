/**
 * Who woke whom, followed through the system calls of a server that parks on epoll. Pure.
 *
 *     a side of a descriptor   becomes parked         when its read (or write) said EAGAIN
 *     (reading, writing)       becomes woken          when a wait returned an event for it
 *                              becomes running        when its next try succeeded
 *
 * A wake-up is a parked side that an event makes woken. It belongs to the poll that returned the
 * event: by sysmon's thread, without waiting (between other work), or after waiting. One in vain is
 * a woken side whose next try said EAGAIN again.
 */
import { eventsOf } from './normalise.js';
import type { StraceCall } from './strace.js';

export type Counts = Record<
  'find_runnable_nonblocking' | 'find_runnable_blocking' | 'sysmon' | 'in_vain',
  number
>;

const READS = /^(read|readv|recvfrom|recvmsg|accept|accept4)$/;
const WRITES = /^(write|writev|sendto|sendmsg)$/;
const WAITS = /^epoll_p?wait2?$/;
/** epoll's own words for what each side waits for: Go wakes both on an error. */
const WAKES = {
  reading: /\b(IN|RDHUP|HUP|ERR)\b/,
  writing: /\b(OUT|HUP|ERR)\b/,
} as const;
type Side = keyof typeof WAKES;
type State = 'running' | 'parked' | 'woken';

export function wakesOf(calls: readonly StraceCall[]): Counts {
  const follower = new Follower(sysmonOf(calls));
  for (const call of calls) follower.take(call);
  return follower.counts;
}

class Follower {
  readonly counts: Counts = {
    find_runnable_nonblocking: 0,
    find_runnable_blocking: 0,
    sysmon: 0,
    in_vain: 0,
  };
  readonly #sysmon: number | null;
  /** What epoll was given to call a descriptor by -> the descriptor. */
  readonly #fds = new Map<string, string>();
  readonly #states = new Map<string, State>();

  constructor(sysmon: number | null) {
    this.#sysmon = sysmon;
  }

  take(call: StraceCall): void {
    const { name, args, result } = call;
    const [first = ''] = args;
    if (name === 'epoll_ctl') this.#control(args);
    else if (name === 'close') this.#forget(first);
    else if (READS.test(name)) this.#tried(first, 'reading', result);
    else if (WRITES.test(name)) this.#tried(first, 'writing', result);
    else if (WAITS.test(name)) this.#waited(call);
  }

  #control([, operation = '', fd = '', event = '']: readonly string[]): void {
    if (operation === 'EPOLL_CTL_ADD') this.#fds.set(dataOf(event), fd);
  }

  #forget(fd: string): void {
    this.#states.delete(`${fd} reading`);
    this.#states.delete(`${fd} writing`);
  }

  #tried(fd: string, side: Side, result: string): void {
    const key = `${fd} ${side}`;
    const isAgain = result === 'EAGAIN';
    if (isAgain && this.#states.get(key) === 'woken') this.counts.in_vain += 1;
    this.#states.set(key, isAgain ? 'parked' : 'running');
  }

  #waited(call: StraceCall): void {
    const source = this.#sourceOf(call);
    for (const [event] of (call.args[1] ?? '').matchAll(
      /\{events=[^{]*data=(\{[^}]*\}|[^}]*)\}/g,
    )) {
      const fd = this.#fds.get(dataOf(event));
      if (fd !== undefined) this.#wake(fd, eventsOf(event), source);
    }
  }

  #wake(fd: string, events: string, source: keyof Counts): void {
    for (const side of ['reading', 'writing'] as const) {
      const key = `${fd} ${side}`;
      if (this.#states.get(key) !== 'parked' || !WAKES[side].test(events)) continue;
      this.#states.set(key, 'woken');
      this.counts[source] += 1;
    }
  }

  #sourceOf({ thread, args }: StraceCall): keyof Counts {
    if (thread === this.#sysmon) return 'sysmon';
    return args[3] === '0' ? 'find_runnable_nonblocking' : 'find_runnable_blocking';
  }
}

function dataOf(event: string): string {
  return /data=(\{[^}]*\}|[^,}]*)/.exec(event)?.[1] ?? '';
}

/**
 * sysmon's thread: it polls without ever waiting in epoll, and never touches a descriptor. null
 * when no thread is like that, so when sysmon never polled.
 */
function sysmonOf(calls: readonly StraceCall[]): number | null {
  const polling = new Set<number>();
  const others = new Set<number>();
  for (const { thread, name, args } of calls) {
    if (WAITS.test(name) && args[3] === '0') polling.add(thread);
    else others.add(thread);
  }
  return [...polling].find((thread) => !others.has(thread)) ?? null;
}
