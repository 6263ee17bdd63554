/** Made-up evidence for tests of the claims. Never used outside tests. */
import type {
  Evidence,
  MemorySlope,
  SourceEvidence,
  SwitchCost,
  Trace,
  TracedCall,
  Wakeups,
} from '../results/evidence.js';

/** ns of each row, with an interval of 2 % (or `width`) to both sides. */
export interface SwitchTable {
  readonly pipe?: number;
  readonly eventfd?: number;
  readonly futex?: number;
  /** The pipe's row with 128 KiB touched. */
  readonly touched?: number;
  readonly coroutine?: number;
  readonly gosched?: number;
  readonly channel?: number;
  readonly width?: number;
}

export function switchTable(table: SwitchTable = {}): Pick<Evidence, 'switchCosts'> {
  const { pipe = 1900, eventfd = 1800, futex = 1700, width = 0.02 } = table;
  const rows: [string, number, number][] = [
    ['thread-pipe', 0, pipe],
    ['thread-eventfd', 0, eventfd],
    ['thread-futex', 0, futex],
    ['thread-pipe', 131_072, table.touched ?? 3200],
    ['cross-core', 0, 24_000],
    ['raw-switch', 0, 9],
    ['yield', 0, table.coroutine ?? 22],
    ['gosched', 0, table.gosched ?? 80],
    ['channel', 0, table.channel ?? 127],
    ['floor-64', 0, 4000],
    ['floor-512', 0, 4500],
    ['clock-thread-cpu', 0, 200],
  ];
  const items = rows.map(([name, workingSetBytes, ns]): SwitchCost => {
    const verified = name.startsWith('thread-') ? true : null;
    return {
      name,
      workingSetBytes,
      ns,
      lo: ns * (1 - width),
      hi: ns * (1 + width),
      n: 20,
      verified,
    };
  });
  return { switchCosts: { items, why: null } };
}

/** One call per line: `epoll_ctl connection ADD|IN = 0`; `-` for no descriptor or no detail. */
export function calls(text: string): TracedCall[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [call = '', on = '', detail = '', , result = ''] = line.trim().split(/\s+/);
      return { call, on: on === '-' ? '' : on, detail: detail === '-' ? '' : detail, result };
    });
}

/** As the article describes it. */
export const LISTEN_AS_CLAIMED = `
  socket listener STREAM = 3
  fcntl listener SETFL|NONBLOCK = 0
  bind listener - = 0
  listen listener - = 0
  epoll_create1 - CLOEXEC = 4
  epoll_ctl listener ADD|IN|OUT|RDHUP|ET = 0`;

/** As Go does it: a probing socket first, epoll before bind. */
export const LISTEN_AS_IS = `
  socket other STREAM|CLOEXEC|NONBLOCK = 3
  socket listener STREAM|CLOEXEC|NONBLOCK = 3
  epoll_create1 - CLOEXEC = 5
  epoll_ctl eventfd ADD|IN = 0
  bind listener - = 0
  listen listener - = 0
  epoll_ctl listener ADD|IN|OUT|RDHUP|ET = 0`;

export const SERVED = `
  accept4 listener CLOEXEC|NONBLOCK = EAGAIN
  epoll_pwait epoll - = 1
  accept4 listener CLOEXEC|NONBLOCK = 7
  epoll_ctl connection ADD|IN|OUT|RDHUP|ET = 0
  accept4 listener CLOEXEC|NONBLOCK = EAGAIN
  read connection - = EAGAIN
  epoll_pwait epoll - = 1
  read connection - = 77
  write connection - = 65536
  write connection - = EAGAIN
  epoll_pwait epoll - = 1
  write connection - = 4096
  read connection - = EAGAIN
  epoll_pwait epoll - = 1
  read connection - = 0
  epoll_ctl connection DEL = 0
  close connection - = 0
  accept4 listener CLOEXEC|NONBLOCK = EAGAIN`;

/** A server that waits in poll for one descriptor at a time, and registers late. */
export const SERVED_OTHERWISE = `
  epoll_pwait epoll - = 1
  accept4 listener CLOEXEC|NONBLOCK = EAGAIN
  accept4 listener CLOEXEC|NONBLOCK = 7
  read connection - = EAGAIN
  read connection - = 77
  epoll_ctl connection ADD|IN|ONESHOT = 0
  epoll_ctl connection MOD|OUT|ONESHOT = 0
  write connection - = EAGAIN
  write connection - = 4096
  close connection - = 0
  accept4 listener CLOEXEC|NONBLOCK = EAGAIN`;

/** The same calls for each subject. */
export function traces(
  subjects: readonly string[],
  listen: string,
  served: string,
): Pick<Evidence, 'traces'> {
  const items = subjects.map(
    (subject): Trace => ({
      subject,
      instrument: 'strace',
      phases: [
        { phase: 'listen', calls: calls(listen) },
        { phase: 'request', calls: calls(served) },
      ],
    }),
  );
  return { traces: { items, why: null } };
}

/** Counts under idle, medium and saturated load. */
export function wakeups(
  subject: string,
  counts: Readonly<Record<Wakeups['load'], Readonly<Record<string, number>>>>,
): Pick<Evidence, 'wakeups'> {
  const items = (['idle', 'medium', 'saturated'] as const).map((load): Wakeups => {
    return {
      subject,
      instrument: 'counters',
      load,
      requests: 20_000,
      counts: { ...counts[load] },
    };
  });
  return { wakeups: { items, why: null } };
}

export const WAKEUPS_BY_ALL = {
  idle: { find_runnable_blocking: 200, find_runnable_nonblocking: 0, sysmon: 0, in_vain: 0 },
  medium: { find_runnable_blocking: 9000, find_runnable_nonblocking: 9000, sysmon: 3, in_vain: 8 },
  saturated: { find_runnable_blocking: 9, find_runnable_nonblocking: 2000, sysmon: 41, in_vain: 1 },
};

/** Bytes per connection in user space and kernel, with an interval of `width` to both sides. */
export function memorySlopes(
  bytes: Readonly<Record<string, readonly [number, number]>>,
  width = 0.03,
): Pick<Evidence, 'memory'> {
  const items = Object.entries(bytes).flatMap(([subject, parts]) =>
    parts.map(
      (value, i): MemorySlope => ({
        subject,
        kind: i === 0 ? 'user' : 'kernel',
        connections: [0, 1000, 5000, 10_000],
        bytesPerConnection: value,
        lo: value * (1 - width),
        hi: value * (1 + width),
        n: 4,
        source: i === 0 ? 'smaps_rollup' : 'slabinfo',
        points: [1 - width, 1, 1, 1 + width].flatMap((share, repetition) =>
          [1000, 5000, 10_000].map((connections) => ({
            repetition,
            connections,
            bytes: value * share * connections,
          })),
        ),
      }),
    ),
  );
  return { memory: { items, why: null } };
}

const LOOP = 'for (;;) {\n  read(conn);\n  write(conn);\n}\n';

/** Plain and relay sources of the three native servers. */
export function sources(variants: readonly string[]): Pick<Evidence, 'sources'> {
  const items = variants.flatMap((variant) =>
    (['plain', 'relay'] as const).map(
      (part): SourceEvidence => ({
        variant,
        part,
        files: [
          { path: 'native/core/process.hpp', firstLine: 10, text: LOOP },
          {
            path: `servers/${variant}/model.cc`,
            firstLine: 1,
            text: `listen();\nfor (;;) start_${variant.split('-')[0]}(accept());\n`,
          },
        ],
        counts: { code_lines: variant.length, states: variant.startsWith('callback') ? 5 : 0 },
      }),
    ),
  );
  return { sources: { items, why: null } };
}
