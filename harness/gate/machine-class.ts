/**
 * Machines whose numbers may be compared: same architecture, CPU model, number of usable CPUs, and
 * both virtual or neither. No number is carried from one class to another.
 */
import type { Environment } from '../results/schema.js';

const UNKNOWN = 'unknown';

/** `x86-64-2cpu-amd-epyc-vm`: a name for files, lower-case letters, digits and dashes. */
export function machineClass(environment: Environment): string {
  const allowed = environment.cpus_allowed;
  const cpus = typeof allowed === 'string' ? allowed.split(',').length : environment.cpus;
  const parts = [
    String(environment.architecture ?? UNKNOWN),
    `${cpus ?? UNKNOWN}cpu`,
    String(environment.cpu_model ?? UNKNOWN),
    ...(environment.hypervisor === true ? ['vm'] : []),
  ];
  return parts.map(slug).join('-');
}

/** Words that say nothing about the machine. */
const NOISE = /\((r|tm)\)|\bprocessor\b|\bcpu @.*$|\b\d+-core\b/gi;

function slug(text: string): string {
  return text
    .replace(NOISE, ' ')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
