/**
 * System calls of a server without what differs by process: descriptors become their purpose. As
 * evidence shows them (TracedCall) addresses and sizes go, and so does what says nothing about the
 * I/O model, so that the traces of two servers can be laid side by side; a test that compares two
 * servers call by call reads all arguments that matter (`exactly`). Pure.
 *
 * What a socket is for shows only later (listen makes it a listener), so names are read last.
 */
import type { TracedCall } from '../results/evidence.js';
import type { StraceCall } from './strace.js';

/** A descriptor from its creation to its close. */
interface Thing {
  name: string;
}

/** The control side, and what was there before. */
export const OTHER = 'other';
/** One that never listened. */
const SOCKET = 'socket';

type Things = Map<string, Thing>;

/** The place of a call among those given. */
interface PlacedCall {
  readonly at: number;
  readonly call: TracedCall;
}

/** A call and what it was on. */
export interface DescribedCall {
  readonly at: number;
  readonly made: StraceCall;
  readonly thing: Readonly<Thing>;
}

/** Those calls that have a form, in the order given. */
export function described(calls: readonly StraceCall[]): DescribedCall[] {
  const table = new Table();
  return calls.flatMap((made, at) => {
    const form = FORMS.get(made.name);
    return form === undefined ? [] : [{ at, made, thing: form.thing(made, table) }];
  });
}

/** In the order given. Calls on files and on the control side are left out. */
export function normalised(calls: readonly StraceCall[]): PlacedCall[] {
  return described(calls).flatMap(({ at, made, thing: { name } }): PlacedCall[] => {
    const detail = FORMS.get(made.name)?.detail;
    const isUseless = name === OTHER || (name === SOCKET && made.name !== 'socket');
    if (!detail || isUseless) return [];
    const on = name === SOCKET ? OTHER : name;
    const { name: call, result } = made;
    return [{ at, call: { call, detail: detail(made), result, on } }];
  });
}

/** Whether a call of that name has a form. */
export function isKnown(name: string): boolean {
  return FORMS.has(name);
}

/** The call with the arguments that matter: `setsockopt(SOL_TCP, TCP_NODELAY, [1])`. */
export function exactly(made: StraceCall): string {
  return `${made.name}${FORMS.get(made.name)?.exact(made) ?? '()'}`;
}

class Table {
  readonly #things: Things = new Map();
  #connections = 0;

  get(fd: string | undefined): Thing {
    return this.#things.get(fd ?? '') ?? { name: OTHER };
  }

  /** What a call that succeeded has made. */
  put({ result }: StraceCall, name: string): Thing {
    const thing = { name };
    if (/^\d+$/.test(result)) this.#things.set(result, thing);
    return thing;
  }

  /** `connection` is the first one, `connection 2` the second. */
  putConnection(call: StraceCall): void {
    if (!/^\d+$/.test(call.result)) return;
    this.#connections += 1;
    this.put(call, this.#connections === 1 ? 'connection' : `connection ${this.#connections}`);
  }

  take(fd: string | undefined): Thing {
    const thing = this.get(fd);
    this.#things.delete(fd ?? '');
    return thing;
  }
}

interface Form {
  /** What the call is on; keeps the table. */
  readonly thing: (call: StraceCall, table: Table) => Thing;
  /** As evidence shows it; null: it does not. */
  readonly detail: ((call: StraceCall) => string) | null;
  /** What follows the name where two servers are compared. */
  readonly exact: (call: StraceCall) => string;
}

const onFirst: Form['thing'] = ({ args }, table) => table.get(args[0]);
const makes =
  (name: string): Form['thing'] =>
  (call, table) =>
    table.put(call, name);
const nothing = () => '';
/** These arguments, in brackets. */
const some =
  (from: number, to: number = from + 1): Form['exact'] =>
  ({ args }) =>
    `(${args.slice(from, to).join(', ')})`;

/** `SOCK_STREAM|SOCK_CLOEXEC` -> `STREAM|CLOEXEC`. */
function flagsAt(index: number): (call: StraceCall) => string {
  return ({ args }) => (args[index] ?? '').replaceAll(/\b(SOCK_|EPOLL_|EFD_|O_|SHUT_|F_)/g, '');
}

const accepts: Form = {
  thing: (call, table) => {
    table.putConnection(call);
    return table.get(call.args[0]);
  },
  detail: flagsAt(3),
  exact: ({ args, result }) => `(${args[3]}) = ${/^\d/.test(result) ? 'connection' : result}`,
};
const waits: Form = {
  thing: onFirst,
  detail: ({ args }) => `timeout ${args[3]}`,
  exact: ({ args: [, , capacity, timeout, mask] }) =>
    `(${capacity}, ${Number(timeout) > 0 ? 'a limit' : timeout}, ${mask})`,
};
const moves: Form = {
  thing: onFirst,
  detail: nothing,
  exact: ({ args, result }) => `(${args[2]}) = ${result}`,
};

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  [
    'socket',
    {
      thing: makes(SOCKET),
      detail: flagsAt(1),
      exact: ({ args, result }) => `(${args.join(', ')})${/^E/.test(result) ? ` = ${result}` : ''}`,
    },
  ],
  ['bind', { thing: onFirst, detail: nothing, exact: some(1) }],
  [
    'listen',
    {
      thing: ({ args }, table) => Object.assign(table.get(args[0]), { name: 'listener' }),
      detail: ({ args }) => `backlog ${args[1]}`,
      exact: some(1),
    },
  ],
  ['accept', accepts],
  ['accept4', accepts],
  [
    'setsockopt',
    { thing: onFirst, detail: ({ args }) => `${args[2]} ${args[3]}`, exact: some(1, 4) },
  ],
  ['getsockopt', { thing: onFirst, detail: null, exact: some(1, 3) }],
  // How large the buffers for addresses are does not matter.
  ['getsockname', { thing: onFirst, detail: nothing, exact: () => '()' }],
  ['epoll_create1', { thing: makes('epoll'), detail: flagsAt(0), exact: some(0) }],
  ['eventfd2', { thing: makes('eventfd'), detail: flagsAt(1), exact: some(0, 2) }],
  [
    'epoll_ctl',
    {
      thing: ({ args }, table) => table.get(args[2]),
      detail: controlDetail,
      // The data are each runtime's own.
      exact: ({ args }) => {
        const events = /events=([A-Z|]+)/.exec(args[3] ?? '')?.[1];
        return `(${[args[1], ...(events ? [events] : [])].join(', ')})`;
      },
    },
  ],
  ['epoll_wait', waits],
  ['epoll_pwait', waits],
  ['epoll_pwait2', waits],
  ...['read', 'readv', 'recvfrom', 'recvmsg', 'write', 'writev', 'sendto', 'sendmsg'].map(
    (name): [string, Form] => [name, moves],
  ),
  ['shutdown', { thing: onFirst, detail: flagsAt(1), exact: some(1) }],
  ['fcntl', { thing: onFirst, detail: fcntlDetail, exact: some(1, 9) }],
  [
    'openat',
    {
      thing: (call, table) => table.put(call, `file ${JSON.parse(call.args[1] ?? '""')}`),
      detail: null,
      exact: some(2),
    },
  ],
  [
    'close',
    { thing: ({ args }, table) => table.take(args[0]), detail: nothing, exact: () => '()' },
  ],
]);

/** The calls that have to be traced; a `?` allows for those that an architecture lacks. */
export const TRACED_CALLS = [...FORMS]
  .flatMap(([name, { detail }]) => (detail === null ? [] : [`?${name}`]))
  .join(',');

/** `ADD IN|OUT|RDHUP|ET`. */
function controlDetail({ args }: StraceCall): string {
  const operation = (args[1] ?? '').replace('EPOLL_CTL_', '');
  const events = eventsOf(args[3] ?? '');
  return events === '' ? operation : `${operation} ${events}`;
}

/** Of a struct epoll_event: `IN|OUT|RDHUP|ET`; empty without one. */
export function eventsOf(text: string): string {
  return (/events=([A-Z|]+)/.exec(text)?.[1] ?? '').replaceAll('EPOLL', '');
}

function fcntlDetail({ args }: StraceCall): string {
  return args
    .slice(1)
    .join(' ')
    .replaceAll(/\b[FO]_/g, '');
}
