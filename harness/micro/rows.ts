/**
 * The rows of `iomodels micro`: what is measured, by which program, and what it is compared with.
 * Data only.
 */
import type { Row } from './schema.js';

export interface RowSpec {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly per: Row['per'];
  readonly clock: Row['clock'];
  /** probe: native/probe/cost. go: go-reference/cmd/switchcost. harness: a call in this process. */
  readonly program: 'probe' | 'go' | 'harness';
  /** Arguments but for CPUs and time. */
  readonly args: readonly string[];
  /** Measured time of one sample, as a multiple of the plan's. */
  readonly weight: number;
  /** One thread that is busy all the time: what it does not get of the CPU went to others. */
  readonly neverWaits: boolean;
  /** Needs a second CPU. */
  readonly crossesCpus: boolean;
}

const COROUTINES = 'coroutines (gonet)';
const GOROUTINES = 'goroutines (Go, GOMAXPROCS=1)';
const THREADS = 'threads on one CPU, their system calls subtracted';
const FLOOR = "loopback floor: the server's read and write, nobody waits";
const INSTRUMENTS = 'instruments';

/** Bytes that each of two threads touches between two switches. */
const WORKING_SETS = [0, 16_384, 131_072, 1_048_576, 4_194_304] as const;
const MECHANISMS = ['pipe', 'eventfd', 'futex'] as const;
const FLOOR_CONNECTIONS = [64, 512] as const;

const DEFAULTS = { clock: 'cpu', weight: 1, neverWaits: false, crossesCpus: false } as const;

function probe(id: string, group: string, title: string, per: Row['per']): RowSpec {
  return { ...DEFAULTS, id, group, title, per, program: 'probe', args: [id] };
}

function go(id: string, title: string): RowSpec {
  return { ...DEFAULTS, id, group: GOROUTINES, title, per: 'switch', program: 'go', args: [id] };
}

function busy(id: string, group: string, title: string, per: Row['per']): RowSpec {
  return { ...probe(id, group, title, per), neverWaits: true };
}

/** `0`, `16 KiB`, `1 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes >= 1_048_576) return `${bytes / 1_048_576} MiB`;
  return bytes === 0 ? '0' : `${bytes / 1024} KiB`;
}

function threadRow(mechanism: string, bytes: number): RowSpec {
  const set = bytes === 0 ? '' : `, working set ${bytesText(bytes)}`;
  return {
    ...probe(`thread-${mechanism}-${bytes}`, THREADS, `${mechanism}${set}`, 'switch'),
    args: [`thread-${mechanism}`, '--bytes', String(bytes)],
    weight: bytes >= 1_048_576 ? 3 : 1,
  };
}

function floorRow(connections: number): RowSpec {
  return {
    ...probe(`floor-${connections}`, FLOOR, `${connections} connections`, 'request'),
    args: ['floor', '--connections', String(connections)],
    weight: 2,
  };
}

const CROSS: RowSpec = {
  ...probe('cross-core', 'threads on two CPUs', 'wake-up by pipe, until it runs', 'switch'),
  args: ['thread-pipe'],
  clock: 'wall',
  crossesCpus: true,
};

function harnessCall(id: string, title: string): RowSpec {
  const clock = 'wall';
  return { ...probe(id, INSTRUMENTS, title, 'call'), clock, program: 'harness', args: [] };
}

/** In the order of the table. */
export const ROWS: readonly RowSpec[] = [
  busy('raw-switch', COROUTINES, 'raw switch', 'switch'),
  probe('yield', COROUTINES, 'yield through the run queue', 'switch'),
  probe('park-ready', COROUTINES, 'hand-over: ready and park', 'switch'),
  probe('start-end', COROUTINES, 'start and end of a coroutine', 'coroutine'),
  go('gosched', 'runtime.Gosched'),
  go('channel', 'hand-over through an unbuffered channel'),
  ...WORKING_SETS.flatMap((bytes) => MECHANISMS.map((name) => threadRow(name, bytes))),
  CROSS,
  ...FLOOR_CONNECTIONS.map(floorRow),
  busy('counting', INSTRUMENTS, 'counters of one request, all of them', 'request'),
  busy('clock-monotonic', INSTRUMENTS, 'CLOCK_MONOTONIC in C++', 'call'),
  busy('clock-thread-cpu', INSTRUMENTS, 'CLOCK_THREAD_CPUTIME_ID in C++', 'call'),
  harnessCall('addon-clock', 'CLOCK_MONOTONIC through the addon'),
  harnessCall('node-clock', 'process.hrtime.bigint()'),
  harnessCall('node-histogram', 'record into a histogram in JavaScript'),
];

export interface RatioSpec {
  readonly row: string;
  readonly versus: string;
  readonly target: number | null;
}

/** Targets were set before the first measurement. */
export const RATIOS: readonly RatioSpec[] = [
  { row: 'raw-switch', versus: 'gosched', target: 0.1 },
  { row: 'yield', versus: 'gosched', target: 0.25 },
  { row: 'park-ready', versus: 'channel', target: null },
  ...MECHANISMS.map((name) => ({
    row: 'raw-switch',
    versus: `thread-${name}-0`,
    target: 0.01,
  })),
  { row: 'gosched', versus: 'thread-futex-0', target: null },
  { row: 'cross-core', versus: 'thread-pipe-0', target: null },
  { row: 'counting', versus: 'floor-64', target: null },
];
