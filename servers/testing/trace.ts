/**
 * A server's system calls as strace sees them, made comparable: descriptors become roles, results
 * become what they mean, and what says nothing about the I/O model is left out (NOISE). Two servers
 * with one I/O model then have the same calls, role by role, in the same order.
 *
 * Only the order within a role is kept: between roles it is a matter of threads and time.
 */
import { existsSync, readFileSync } from 'node:fs';
import { described, exactly, isKnown, OTHER } from '../../harness/evidence/normalise.js';
import { straceCalls } from '../../harness/evidence/strace.js';
import type { Program } from '../../harness/server/built.js';
import type { Server } from '../../harness/server/server.js';
import { startServer } from '../../harness/server/start.js';

export interface Call {
  /** Whom it is about: listener, connection, netpoll, polls, socket, or `file <path>`. */
  readonly role: string;
  /** The call with the arguments that matter: `setsockopt(SOL_TCP, TCP_NODELAY, [1])`. */
  readonly text: string;
}

/** Calls that are no part of the comparison, and why. */
const NOISE: ReadonlyArray<readonly [why: string, calls: string]> = [
  [
    'program start and end',
    `execve access arch_prctl set_tid_address set_robust_list rseq prlimit64 getrandom readlinkat
     uname sysinfo exit exit_group`,
  ],
  ['memory', 'brk mmap munmap mprotect madvise mremap mincore'],
  [
    'threads and CPUs',
    'clone clone3 sched_getaffinity sched_setaffinity sched_yield gettid getpid',
  ],
  ['threads that wait for each other, or pause: how often is a matter of time', 'futex nanosleep'],
  ['the same', 'clock_nanosleep restart_syscall'],
  [
    "signals; Go's preemption works by them",
    'rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack',
  ],
  ['the same', 'tgkill signalfd4 prctl timer_create timer_settime timer_delete setitimer'],
  ['the control side: stats lines, and waiting for them', 'getrusage poll ppoll clock_gettime'],
  ['the control side: looking for open connections', 'getdents64 getpeername'],
  ['the control side: a thread that comes first', 'setpriority'],
  [
    'files: what is done with them is seen in read and close',
    'fstat newfstatat statx lseek pread64',
  ],
];
const NOISE_CALLS = new Set(NOISE.flatMap(([, calls]) => calls.split(/\s+/)));

/** The only file that belongs to the set-up of a listener. */
const BACKLOG_FILE = '/proc/sys/net/core/somaxconn';

/** The calls of a strace file (`strace -f -o`), and the names of those nobody has judged yet. */
export function callsIn(text: string): { calls: Call[]; unknown: string[] } {
  const made = straceCalls(text).filter(({ name }) => !NOISE_CALLS.has(name));
  const unknown = made.map(({ name }) => name).filter((name) => !isKnown(name));
  const calls = described(made).flatMap(({ made, thing }) => {
    const role = roleOf(made.name, thing.name);
    return role === null ? [] : [{ role, text: exactly(made) }];
  });
  return { calls, unknown: [...new Set(unknown)] };
}

/** null: the control side, other files, or whether a poll had to be interrupted, which is time's. */
function roleOf(call: string, thing: string): string | null {
  if (/^epoll_p?wait2?$/.test(call)) return 'polls';
  if (thing === 'eventfd') return /^(eventfd2|epoll_ctl)$/.test(call) ? 'netpoll' : null;
  if (thing === 'epoll') return 'netpoll';
  if (thing.startsWith('connection')) return 'connection';
  if (thing.startsWith('file ')) return thing === `file ${BACKLOG_FILE}` ? thing : null;
  return thing === OTHER ? null : thing;
}

/** A server that runs under strace. */
export class TracedServer {
  private constructor(
    readonly server: Server,
    private readonly file: string,
  ) {}

  /** `file` is where strace writes. */
  static async start(program: Program, args: readonly string[], file: string) {
    const command = ['strace', '-f', '-qq', '-o', file, ...program.command];
    const server = await startServer({ ...program, command }, { args });
    return new TracedServer(server, file);
  }

  /** What has been traced so far. */
  get trace(): ReturnType<typeof callsIn> {
    return callsIn(existsSync(this.file) ? readFileSync(this.file, 'latin1') : '');
  }

  /** The calls of one role, in their order. */
  of(role: string): string[] {
    return this.trace.calls.filter((call) => call.role === role).map(({ text }) => text);
  }
}
