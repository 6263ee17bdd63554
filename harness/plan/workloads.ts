/**
 * The workloads as a person names them (`work:100`), what each asks of a server, and the conditions
 * that they make. Pure.
 */
import { UserError } from '../errors.js';
import { given } from '../optional.js';
import {
  type Condition,
  type LoadMode,
  type Parameters,
  type Workload,
  type WorkloadName,
  workloadName,
} from '../results/condition.js';
import { whatExists } from './nearest.js';
import type { VariantFile } from './variant.js';

type Serves = VariantFile['serves'];

/** What a server must serve to take part in a workload. */
export interface Need {
  readonly mode: Serves['modes'][number];
  /** null in greeting mode, which knows no targets. */
  readonly target: Serves['targets'][number] | null;
}

/** What may stand behind the colon. */
interface Parameter {
  readonly key: keyof Parameters;
  readonly what: string;
  readonly min: number;
  readonly max: number;
  /** Without a colon: a condition for each. */
  readonly defaults: readonly number[];
}

interface Form {
  readonly summary: string;
  readonly need: Need;
  readonly parameter: Parameter | null;
}

const MIB = 2 ** 20;
/** A reader of bulk takes what comes at this pace: 1 MiB in a quarter of a second. */
const READ_BYTES_PER_S = 4 * MIB;

const HTTP = { mode: 'http', target: '/' } as const;

export const FORMS: Readonly<Record<WorkloadName, Form>> = {
  keepalive: { summary: 'GET / over connections that stay open', need: HTTP, parameter: null },
  greeting: {
    summary: 'a connection per request: connect, read, write, close',
    need: { mode: 'greeting', target: null },
    parameter: null,
  },
  idle: {
    summary: 'keepalive beside N silent connections',
    need: HTTP,
    parameter: {
      key: 'silentConnections',
      what: 'silent connections',
      min: 1,
      max: 60_000,
      defaults: [1000],
    },
  },
  relay: {
    summary: 'the server asks an upstream and forwards its answer',
    need: { mode: 'http', target: '/relay' },
    parameter: null,
  },
  bulk: {
    summary: 'replies of N bytes to slow readers, so that writes wait',
    need: { mode: 'http', target: '/bytes' },
    parameter: { key: 'replyBytes', what: 'bytes', min: 1, max: 16 * MIB, defaults: [MIB] },
  },
  work: {
    summary: 'N us of CPU per request',
    need: { mode: 'http', target: '/work' },
    parameter: { key: 'workUs', what: 'us', min: 1, max: 100_000, defaults: [10, 100, 1000] },
  },
  sleep: {
    summary: 'a wait of N ms per request',
    need: { mode: 'http', target: '/sleep' },
    parameter: { key: 'sleepMs', what: 'ms', min: 1, max: 1000, defaults: [1] },
  },
};

export function needOf({ workload }: Workload): Need {
  return FORMS[workload].need;
}

/** `/relay in http mode`, `greeting mode`. */
export function needText({ mode, target }: Need): string {
  return target === null ? `${mode} mode` : `${target} in ${mode} mode`;
}

export function serves({ modes, targets }: Serves, { mode, target }: Need): boolean {
  return modes.includes(mode) && (target === null || targets.includes(target));
}

/** `keepalive`, `work:100`, `work` (all that it has by default). Throws UserError (status 2). */
export function parseWorkload(text: string): Workload[] {
  const [name = '', value, ...rest] = text.split(':');
  const workload = workloadName.options.find((option) => option === name);
  if (workload === undefined) {
    const existing = whatExists(name, workloadName.options);
    throw new UserError(`there is no workload ${name}`, existing, { exitCode: 2 });
  }
  const { parameter } = FORMS[workload];
  if (value === undefined) return defaultsOf(workload);
  if (parameter === null) throw bad(text, `give ${workload} without a colon: it has no parameter`);
  const { min, max, what } = parameter;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (rest.length > 0 || !(number >= min && number <= max)) {
    throw bad(text, `give ${workload}:N, N ${what} from ${min} to ${max}`);
  }
  return [withParameter(workload, parameter, number)];
}

function bad(text: string, remedy: string): UserError {
  return new UserError(`--workloads cannot have "${text}"`, remedy, { exitCode: 2 });
}

/** The workload as its name alone asks for it. */
export function defaultsOf(workload: WorkloadName): Workload[] {
  const { parameter } = FORMS[workload];
  if (parameter === null) return [{ workload }];
  return parameter.defaults.map((value) => withParameter(workload, parameter, value));
}

function withParameter(workload: WorkloadName, { key }: Parameter, value: number): Workload {
  const pace = workload === 'bulk' ? { readBytesPerS: READ_BYTES_PER_S } : {};
  return { workload, parameters: { [key]: value, ...pace } };
}

/** The condition that these clients make. */
export function conditionOf(asked: Workload, connections: number, load: LoadMode): Condition {
  const { workload, parameters } = asked;
  const id = `${nameOf(asked)}-c${connections}${loadSuffix(load)}`;
  return {
    id,
    workload,
    ...given({ parameters }),
    connections,
    load,
  };
}

/** The beginning of an id: `keepalive`, `work-10us`, `sleep-1ms`, `idle-1000`, `bulk-1mib`. */
function nameOf({ workload, parameters = {} }: Workload): string {
  const { silentConnections, replyBytes, workUs, sleepMs } = parameters;
  return [
    workload,
    ...(silentConnections === undefined ? [] : [`-${silentConnections}`]),
    ...(replyBytes === undefined ? [] : [`-${sizeOf(replyBytes)}`]),
    ...(workUs === undefined ? [] : [`-${workUs}us`]),
    ...(sleepMs === undefined ? [] : [`-${sleepMs}ms`]),
  ].join('');
}

function sizeOf(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB}mib` : `${bytes}b`;
}

function loadSuffix(load: LoadMode): string {
  if (load.kind === 'closed') return load.pipeline === 1 ? '' : `-p${load.pipeline}`;
  return `-open-${load.ratePerS}${load.arrivals === 'fixed' ? '-fixed' : ''}`;
}
