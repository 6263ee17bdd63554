import { expect, test } from 'vitest';
import { machineClass } from './machine-class.js';

test.each([
  [
    { architecture: 'x86_64', cpus_allowed: '0,1', cpu_model: 'AMD EPYC', hypervisor: true },
    'x86-64-2cpu-amd-epyc-vm',
  ],
  [
    {
      architecture: 'x86_64',
      cpus_allowed: '0,1,2,3',
      hypervisor: true,
      cpu_model: 'AMD EPYC 7763 64-Core Processor',
    },
    'x86-64-4cpu-amd-epyc-7763-vm',
  ],
  [
    {
      architecture: 'x86_64',
      cpus: 8,
      hypervisor: false,
      cpu_model: 'Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz',
    },
    'x86-64-8cpu-intel-core-i7-8700',
  ],
  [{ architecture: 'aarch64', cpus: 4, cpu_model: null, hypervisor: null }, 'aarch64-4cpu-unknown'],
])('%j', (environment, name) => {
  expect(machineClass(environment)).toBe(name);
});
