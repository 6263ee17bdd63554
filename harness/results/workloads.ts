/**
 * Every workload there is, one record each (docs/METHOD.md, "Workloads"): all that is specific to
 * one is here, and the command line, the schemas, the plan, the clients, the checks and the
 * sentences derive it from here. Pure.
 */

/** What distinguishes two conditions of one workload, or is the same in all of them. */
export const PARAMETER_KEYS = [
  'silentConnections', // connections that are open and send nothing, on top of those that ask
  'replyBytes', // the body of each reply
  'readBytesPerS', // how fast each client reads at most
  'workUs', // CPU time that each request burns in the server
  'sleepMs', // how long each request waits in the server
  'uploadBytes', // the body of each request
] as const;
export type ParameterKey = (typeof PARAMETER_KEYS)[number];
export type Parameters = { readonly [key in ParameterKey]?: number | undefined };

/** What may follow the colon: a whole number from 1. */
export interface Parameter {
  readonly key: ParameterKey;
  readonly what: string;
  readonly max: number;
  /** Without a colon: a condition for each. */
  readonly defaults: readonly number[];
  /** Behind the workload's name in ids, and in sentences. */
  idOf(value: number): string;
  textOf(value: number): string;
}

/** What clients ask, and what that costs. */
export interface Asks {
  /** The target of the request; in greeting mode there is none. */
  readonly path?: string;
  /** A POST with a body of so many bytes; absent: a GET. */
  readonly bodyBytes?: number;
  /** The server asks an upstream, and the reply is the upstream's, the greeting. */
  readonly upstream?: true;
  /** The reply is so much of the alphabet; absent, as a rule: the server's own answer to `/`. */
  readonly replyBytes?: number | undefined;
  /** Clients read no faster, and so they are the limit. */
  readonly readBytesPerS?: number | undefined;
  /** Connections on top of those that ask. */
  readonly silent?: number | undefined;
  /** CPU time of the server that a request is known to take, us. */
  readonly cpuUs?: number;
  /** Further time that a reply is known to take, ms. */
  readonly waitMs?: number;
}

interface Facts {
  /** For the help. */
  readonly summary: string;
  /** What a server must serve to take part (docs/PROTOCOL.md); null: greeting mode. */
  readonly target: `/${string}` | null;
  readonly parameter?: Parameter;
  /** Parameters that nobody chooses. */
  readonly fixed?: Parameters;
  /** Other clients than the native one cannot do it. */
  readonly isNativeOnly?: true;
  asks(parameters: Parameters): Asks;
}

const MIB = 2 ** 20;

const BYTES = {
  what: 'bytes',
  idOf: (n: number) => (n % MIB === 0 ? `-${n / MIB}mib` : `-${n}b`),
  textOf: (n: number) => (n % MIB === 0 ? ` ${n / MIB} MiB` : ` ${n} bytes`),
};

function inUnit(what: string) {
  return { what, idOf: (n: number) => `-${n}${what}`, textOf: (n: number) => ` ${n} ${what}` };
}

const SILENT = {
  what: 'silent connections',
  idOf: (n: number) => `-${n}`,
  textOf: (n: number) => `, ${n} silent`,
};

const CATALOGUE = {
  keepalive: {
    summary: 'GET / over connections that stay open',
    target: '/',
    asks: () => ({ path: '/' }),
  },
  greeting: {
    summary: 'a connection per request: connect, read, write, close',
    target: null,
    isNativeOnly: true,
    asks: () => ({}),
  },
  idle: {
    summary: 'keepalive beside N silent connections',
    target: '/',
    parameter: { key: 'silentConnections', ...SILENT, max: 60_000, defaults: [1000] },
    isNativeOnly: true,
    asks: ({ silentConnections }) => ({ path: '/', silent: silentConnections }),
  },
  relay: {
    summary: 'the server asks an upstream and forwards its answer',
    target: '/relay',
    isNativeOnly: true,
    asks: () => ({ path: '/relay', upstream: true }),
  },
  bulk: {
    summary: 'replies of N bytes to slow readers, so that writes wait',
    target: '/bytes',
    parameter: { key: 'replyBytes', ...BYTES, max: 16 * MIB, defaults: [MIB] },
    // A reader takes what comes at this pace: 1 MiB in a quarter of a second.
    fixed: { readBytesPerS: 4 * MIB },
    isNativeOnly: true,
    asks: ({ replyBytes = 0, readBytesPerS = 1 }) => ({
      path: `/bytes?n=${replyBytes}`,
      replyBytes,
      readBytesPerS,
      waitMs: (1000 * replyBytes) / readBytesPerS,
    }),
  },
  work: {
    summary: 'N us of CPU per request',
    target: '/work',
    parameter: { key: 'workUs', ...inUnit('us'), max: 100_000, defaults: [10, 100, 1000] },
    asks: ({ workUs = 0 }) => ({ path: `/work?us=${workUs}`, cpuUs: workUs }),
  },
  sleep: {
    summary: 'a wait of N ms per request',
    target: '/sleep',
    parameter: { key: 'sleepMs', ...inUnit('ms'), max: 1000, defaults: [1] },
    asks: ({ sleepMs = 0 }) => ({ path: `/sleep?ms=${sleepMs}`, waitMs: sleepMs }),
  },
  upload: {
    summary: 'POST of N bytes, answered when all of them are there',
    target: '/upload',
    parameter: { key: 'uploadBytes', ...BYTES, max: MIB, defaults: [65_536] },
    isNativeOnly: true,
    // Reading takes about 1 us for each buffer of 1024 bytes.
    asks: ({ uploadBytes: bodyBytes = 1 }) => ({
      path: '/upload',
      bodyBytes,
      cpuUs: bodyBytes / 1024,
    }),
  },
} as const satisfies Readonly<Record<string, Facts>>;

export type WorkloadName = keyof typeof CATALOGUE;

/** By name. */
export const WORKLOADS: Readonly<Record<WorkloadName, Facts>> = CATALOGUE;

/** In the order of the help. */
export const WORKLOAD_NAMES = Object.keys(CATALOGUE) as [WorkloadName, ...WorkloadName[]];

export type Target = NonNullable<(typeof CATALOGUE)[WorkloadName]['target']>;

/** All that a server can serve in http mode. */
export const TARGETS = [
  ...new Set(WORKLOAD_NAMES.flatMap((name) => WORKLOADS[name].target ?? [])),
] as [Target, ...Target[]];

/** What clients do, as a condition or a row has it. */
export interface Workload {
  readonly workload: WorkloadName;
  readonly parameters?: Parameters | undefined;
}

/** How a server is started for it. */
export function modeOf({ workload }: Workload): 'http' | 'greeting' {
  return WORKLOADS[workload].target === null ? 'greeting' : 'http';
}

export function asksOf({ workload, parameters = {} }: Workload): Asks {
  return WORKLOADS[workload].asks(parameters);
}

/** The keys that the workload's parameters have. */
export function parameterKeys(workload: WorkloadName): ParameterKey[] {
  const { parameter, fixed = {} } = WORKLOADS[workload];
  return [...(parameter ? [parameter.key] : []), ...(Object.keys(fixed) as ParameterKey[])];
}

/** `keepalive`, `idle, 1000 silent`, `work 10 us`, `sleep 1 ms`, `bulk 1 MiB`. */
export function workloadText(one: Workload): string {
  return named(one, 'textOf');
}

/** The beginning of an id: `keepalive`, `work-10us`, `sleep-1ms`, `idle-1000`, `bulk-1mib`. */
export function workloadId(one: Workload): string {
  return named(one, 'idOf');
}

function named({ workload, parameters = {} }: Workload, as: 'textOf' | 'idOf'): string {
  const { parameter } = WORKLOADS[workload];
  const value = parameter && parameters[parameter.key];
  return value === undefined ? workload : `${workload}${parameter?.[as](value)}`;
}
