/**
 * A server's system calls as strace sees them, made comparable: descriptors become roles, results
 * become what they mean, and what says nothing about the I/O model is left out (NOISE). Two servers
 * with one I/O model then have the same calls, role by role, in the same order.
 *
 * Only the order within a role is kept: between roles it is a matter of threads and time.
 */
import { existsSync, readFileSync } from 'node:fs';
import { type StraceCall, straceCalls } from '../../harness/evidence/strace.js';
import { type Program, Server } from './server.js';

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

/** A descriptor from its creation to its close. What a socket is for shows only later. */
interface Described {
  role: string;
}

/** The calls of a strace file (`strace -f -o`), and the names of those nobody has judged yet. */
export function callsIn(text: string): { calls: Call[]; unknown: string[] } {
  const table = new Map<string, Described>();
  const found: { owner: Described; text: string }[] = [];
  const unknown = new Set<string>();
  for (const call of straceCalls(text)) {
    if (NOISE_CALLS.has(call.name)) continue;
    const form = FORMS[call.name];
    if (form === undefined) unknown.add(call.name);
    else found.push(form(call, table));
  }
  const calls = found.map(({ owner, text }) => ({ role: owner.role, text }));
  return { calls: calls.filter(({ role }) => isCompared(role)), unknown: [...unknown] };
}

/** stdin, stdout and stderr are the control side, other files the runtimes' own. */
function isCompared(role: string): boolean {
  return (
    role !== OTHER.role &&
    role !== BREAKS.role &&
    (!role.startsWith('file ') || role === `file ${BACKLOG_FILE}`)
  );
}

const OTHER: Described = { role: 'other' };
const NETPOLL: Described = { role: 'netpoll' };
const POLLS: Described = { role: 'polls' };
/** Reads and writes of the eventfd: whether a poll has to be interrupted is a matter of time. */
const BREAKS: Described = { role: 'breaks' };

type Form = (
  call: StraceCall,
  table: Map<string, Described>,
) => { readonly owner: Described; readonly text: string };

function ownerOf(fd: string | undefined, table: Map<string, Described>): Described {
  return table.get(fd ?? '') ?? OTHER;
}

function open(call: StraceCall, table: Map<string, Described>, owner: Described): Described {
  if (/^\d+$/.test(call.result)) table.set(call.result, owner);
  return owner;
}

/** A call on a descriptor, with those of its arguments that matter. */
function on(show: (call: StraceCall) => string): Form {
  return (call, table) => ({
    owner: ownerOf(call.args[0], table),
    text: `${call.name}(${show(call)})`,
  });
}

function failed(result: string): string {
  return /^E/.test(result) ? ` = ${result}` : '';
}

const FORMS: Readonly<Record<string, Form>> = {
  socket: (call, table) => ({
    owner: open(call, table, { role: 'socket' }),
    text: `socket(${call.args.join(', ')})${failed(call.result)}`,
  }),
  setsockopt: on(({ args }) => args.slice(1, 4).join(', ')),
  getsockopt: on(({ args }) => args.slice(1, 3).join(', ')),
  bind: on(({ args }) => args[1] ?? ''),
  listen: (call, table) => {
    const owner = ownerOf(call.args[0], table);
    owner.role = 'listener';
    return { owner, text: `listen(${call.args[1]})` };
  },
  // How large the buffers for addresses are is nobody's business.
  getsockname: on(() => ''),
  accept4: (call, table) => {
    const isOpen = /^\d/.test(call.result);
    if (isOpen) open(call, table, { role: 'connection' });
    return {
      owner: ownerOf(call.args[0], table),
      text: `accept4(${call.args[3]}) = ${isOpen ? 'connection' : call.result}`,
    };
  },
  epoll_create1: (call, table) => ({
    owner: open(call, table, NETPOLL),
    text: `epoll_create1(${call.args[0]})`,
  }),
  eventfd2: (call, table) => {
    open(call, table, BREAKS);
    return { owner: NETPOLL, text: `eventfd2(${call.args.join(', ')})` };
  },
  // The data are each runtime's own.
  epoll_ctl: (call, table) => {
    const events = /events=([A-Z|]+)/.exec(call.args[3] ?? '')?.[1];
    const owner = ownerOf(call.args[2], table);
    return {
      owner: owner === BREAKS ? NETPOLL : owner,
      text: `epoll_ctl(${[call.args[1], ...(events ? [events] : [])].join(', ')})`,
    };
  },
  epoll_pwait: ({ args: [, , capacity, timeout, mask] }) => ({
    owner: POLLS,
    text: `epoll_pwait(${capacity}, ${Number(timeout) > 0 ? 'a limit' : timeout}, ${mask})`,
  }),
  read: (call, table) => ({
    owner: ownerOf(call.args[0], table),
    text: `read(${call.args[2]}) = ${call.result}`,
  }),
  write: (call, table) => ({
    owner: ownerOf(call.args[0], table),
    text: `write(${call.args[2]}) = ${call.result}`,
  }),
  shutdown: on(({ args }) => args[1] ?? ''),
  fcntl: on(({ args }) => args.slice(1).join(', ')),
  openat: (call, table) => ({
    owner: open(call, table, { role: `file ${JSON.parse(call.args[1] ?? '""')}` }),
    text: `openat(${call.args[2]})`,
  }),
  close: (call, table) => {
    const owner = ownerOf(call.args[0], table);
    table.delete(call.args[0] ?? '');
    return { owner, text: 'close()' };
  },
};

/** A server that runs under strace. */
export class TracedServer {
  private constructor(
    readonly server: Server,
    private readonly file: string,
  ) {}

  /** `file` is where strace writes. */
  static async start(program: Program, args: readonly string[], file: string) {
    const command = ['strace', '-f', '-qq', '-o', file, ...program.command];
    const server = await Server.start({ ...program, command }, args);
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
