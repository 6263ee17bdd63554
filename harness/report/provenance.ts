/**
 * Where the numbers come from, in words: the machine in one line, and the command that repeats the
 * run.
 */

import { count } from '../findings/format.js';
import type { Environment, Plan, RunHeader } from '../results/schema.js';
import { inShell } from '../shell.js';

const GIB = 2 ** 30;

function text(environment: Environment, key: string): string | null {
  const value = environment[key];
  return value === undefined || value === null || value === '' ? null : String(value);
}

function memory(environment: Environment): string | null {
  const bytes = environment.memory_bytes;
  return typeof bytes === 'number' ? `${(bytes / GIB).toFixed(1)} GiB memory` : null;
}

function virtual(environment: Environment): string | null {
  const hypervisor = environment.hypervisor;
  if (hypervisor === true) return 'virtual machine';
  return typeof hypervisor === 'string' && hypervisor !== '' ? `virtual (${hypervisor})` : null;
}

/** `CPU 0`, `CPUs 0 and 1`, or `no CPU of its own` for an empty list. */
export function cpuList(cpus: readonly number[]): string {
  if (cpus.length === 0) return 'no CPU of its own';
  return `${cpus.length === 1 ? 'CPU' : 'CPUs'} ${cpus.join(', ')}`;
}

function placement({ placement: { serverCpus, clientCpus }, net }: Plan): string {
  const between = net === 'veth' ? ', a veth pair between them' : '';
  return `server on ${cpuList(serverCpus)}, load client on ${cpuList(clientCpus)}${between}`;
}

function cpusOf(environment: Environment): string | null {
  const online = text(environment, 'cpus_online');
  if (online !== null) return `CPUs ${online} online`;
  const cpus = environment.cpus;
  return typeof cpus === 'number' ? count(cpus, 'CPU', 'page') : null;
}

/**
 * What is known of the machine, in one line. What could not be read is left out; the environment
 * table has it all.
 */
export function machineLine({ environment, plan }: RunHeader): string {
  const facts = [
    text(environment, 'cpu_model') ?? 'unknown CPU model',
    cpusOf(environment),
    memory(environment),
    virtual(environment),
    text(environment, 'distribution'),
    text(environment, 'kernel'),
    placement(plan),
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}

/**
 * The run's own arguments, with the seed written out so that the order of trials is the same again.
 */
export function repeatCommand({ argv, plan }: RunHeader): string {
  const [command = 'compare', ...flags] = argv;
  const seeded = flags.some((flag) => flag === '--seed' || flag.startsWith('--seed='));
  const all = seeded ? flags : [...flags, '--seed', plan.seed];
  return `npm run ${inShell([command, '--', ...all])}`;
}
