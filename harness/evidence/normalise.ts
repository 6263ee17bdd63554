/**
 * System calls of a server as evidence tells them (TracedCall): descriptors become what they are
 * for, addresses and sizes go, and what says nothing about the I/O model is left out. So the traces
 * of two servers can be laid side by side. Pure.
 *
 * What a socket is for shows only later (listen makes it a listener), so names are read last.
 */
import type { TracedCall } from '../results/evidence.js';
import type { StraceCall } from './strace.js';

/** A descriptor from its creation to its close. */
interface Thing {
  name: string;
}

const OTHER = 'other';

type Things = Map<string, Thing>;

/** Where a call stood among those given. */
interface PlacedCall {
  readonly at: number;
  readonly call: TracedCall;
}

/** In the order given. Calls on files and on the control side are left out. */
export function normalised(calls: readonly StraceCall[]): PlacedCall[] {
  const table = new Table();
  const named = calls.flatMap((made, at) => {
    const form = FORMS.get(made.name);
    if (form === undefined) return [];
    const thing = form.thing(made, table);
    return [{ at, thing, call: made.name, detail: form.detail(made), result: made.result }];
  });
  return named
    .filter(({ thing, call }) => thing.name !== OTHER || call === 'socket')
    .map(({ at, thing, ...rest }) => ({ at, call: { ...rest, on: thing.name } }));
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
  /** What the call is told to be on; keeps the table. */
  readonly thing: (call: StraceCall, table: Table) => Thing;
  readonly detail: (call: StraceCall) => string;
}

const onFirst: Form['thing'] = ({ args }, table) => table.get(args[0]);
const makes =
  (name: string): Form['thing'] =>
  (call, table) =>
    table.put(call, name);
const nothing = () => '';

/** `SOCK_STREAM|SOCK_CLOEXEC` -> `STREAM|CLOEXEC`. */
function flagsAt(index: number): Form['detail'] {
  return ({ args }) => (args[index] ?? '').replaceAll(/\b(SOCK_|EPOLL_|EFD_|O_|SHUT_|F_)/g, '');
}

const accepts: Form = {
  thing: (call, table) => {
    table.putConnection(call);
    return table.get(call.args[0]);
  },
  detail: flagsAt(3),
};
const waits: Form = { thing: onFirst, detail: ({ args }) => `timeout ${args[3]}` };
const plain: Form = { thing: onFirst, detail: nothing };

const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['socket', { thing: makes(OTHER), detail: flagsAt(1) }],
  ['bind', plain],
  [
    'listen',
    {
      thing: ({ args }, table) => Object.assign(table.get(args[0]), { name: 'listener' }),
      detail: ({ args }) => `backlog ${args[1]}`,
    },
  ],
  ['accept', accepts],
  ['accept4', accepts],
  ['setsockopt', { thing: onFirst, detail: ({ args }) => `${args[2]} ${args[3]}` }],
  ['getsockname', plain],
  ['epoll_create1', { thing: makes('epoll'), detail: flagsAt(0) }],
  ['eventfd2', { thing: makes('eventfd'), detail: flagsAt(1) }],
  ['epoll_ctl', { thing: ({ args }, table) => table.get(args[2]), detail: controlDetail }],
  ['epoll_wait', waits],
  ['epoll_pwait', waits],
  ['epoll_pwait2', waits],
  ...['read', 'readv', 'recvfrom', 'recvmsg', 'write', 'writev', 'sendto', 'sendmsg'].map(
    (name): [string, Form] => [name, plain],
  ),
  ['shutdown', { thing: onFirst, detail: flagsAt(1) }],
  ['fcntl', { thing: onFirst, detail: fcntlDetail }],
  ['close', { thing: ({ args }, table) => table.take(args[0]), detail: nothing }],
]);

/** The calls that have to be traced; a `?` allows for those that an architecture lacks. */
export const TRACED_CALLS = [...FORMS.keys()].map((name) => `?${name}`).join(',');

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
