/**
 * The workloads as a person names them (`work:100`), what a server must serve for each, and the
 * conditions that they make. Pure.
 */
import { UserError } from '../errors.js';
import { given } from '../optional.js';
import type { Condition, LoadMode } from '../results/condition.js';
import {
  modeOf,
  type Parameter,
  WORKLOAD_NAMES,
  WORKLOADS,
  type Workload,
  type WorkloadName,
  workloadId,
} from '../results/workloads.js';
import { whatExists } from './nearest.js';
import type { VariantFile } from './variant.js';

type Serves = VariantFile['serves'];

/** What a server must serve to take part in a workload. */
export interface Need {
  readonly mode: Serves['modes'][number];
  /** null in greeting mode, which knows no targets. */
  readonly target: string | null;
}

export function needOf(workload: Workload): Need {
  return { mode: modeOf(workload), target: WORKLOADS[workload.workload].target };
}

/** `/relay in http mode`, `greeting mode`. */
export function needText({ mode, target }: Need): string {
  return target === null ? `${mode} mode` : `${target} in ${mode} mode`;
}

export function serves({ modes, targets }: Serves, { mode, target }: Need): boolean {
  return modes.includes(mode) && (target === null || targets.some((one) => one === target));
}

/** `keepalive`, `work:100`, `work` (all that it has by default). Throws UserError (status 2). */
export function parseWorkload(text: string): Workload[] {
  const [name = '', value, ...rest] = text.split(':');
  const workload = WORKLOAD_NAMES.find((option) => option === name);
  if (workload === undefined) {
    const existing = whatExists(name, WORKLOAD_NAMES);
    throw new UserError(`there is no workload ${name}`, existing, { exitCode: 2 });
  }
  const { parameter } = WORKLOADS[workload];
  if (value === undefined) return defaultsOf(workload);
  if (!parameter) throw bad(text, `give ${workload} without a colon: it has no parameter`);
  const { max, what } = parameter;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (rest.length > 0 || !(number >= 1 && number <= max)) {
    throw bad(text, `give ${workload}:N, N ${what} from 1 to ${max}`);
  }
  return [withParameter(workload, parameter, number)];
}

function bad(text: string, remedy: string): UserError {
  return new UserError(`--workloads cannot have "${text}"`, remedy, { exitCode: 2 });
}

/** The workload as its name alone asks for it. */
export function defaultsOf(workload: WorkloadName): Workload[] {
  const { parameter } = WORKLOADS[workload];
  if (!parameter) return [{ workload }];
  return parameter.defaults.map((value) => withParameter(workload, parameter, value));
}

function withParameter(workload: WorkloadName, { key }: Parameter, value: number): Workload {
  return { workload, parameters: { [key]: value, ...WORKLOADS[workload].fixed } };
}

/** The condition that these clients make. */
export function conditionOf(asked: Workload, connections: number, load: LoadMode): Condition {
  const { workload, parameters } = asked;
  const id = `${workloadId(asked)}-c${connections}${loadSuffix(load)}`;
  return {
    id,
    workload,
    ...given({ parameters }),
    connections,
    load,
  };
}

function loadSuffix(load: LoadMode): string {
  if (load.kind === 'closed') return load.pipeline === 1 ? '' : `-p${load.pipeline}`;
  return `-open-${load.ratePerS}${load.arrivals === 'fixed' ? '-fixed' : ''}`;
}
