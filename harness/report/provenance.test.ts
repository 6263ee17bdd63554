import { expect, test } from 'vitest';
import { makeRun } from '../results/testing.js';
import { cpuList, machineLine, repeatCommand } from './provenance.js';

const { header } = makeRun({ connections: [1], blocks: 1 });

test('the machine line has what is known and leaves out what is not', () => {
  expect(machineLine(header)).toBe(
    'Made-up CPU (not a real machine) · 2 CPUs · 8.0 GiB memory · virtual (kvm) · Linux 6.12.0 · server on CPU 0, load client on CPU 1',
  );
  const environment = { cpu_model: null, cpus_online: '0-3', hypervisor: true };
  expect(machineLine({ ...header, environment })).toBe(
    'unknown CPU model · CPUs 0-3 online · virtual machine · server on CPU 0, load client on CPU 1',
  );
});

test('the machine line says when client and server were in namespaces of their own', () => {
  const plan = { ...header.plan, net: 'veth' as const };
  expect(machineLine({ ...header, plan })).toMatch(
    / load client on CPU 1, a veth pair between them$/,
  );
});

test('the command repeats the arguments and always has the seed', () => {
  const plan = { ...header.plan, seed: 's 1' };
  const command = (argv: string[]) => repeatCommand({ ...header, plan, argv });
  expect(command(['compare', '--profile', 'smoke'])).toBe(
    "npm run compare -- --profile smoke --seed 's 1'",
  );
  expect(command(['compare', '--seed', 's 1'])).toBe("npm run compare -- --seed 's 1'");
  expect(command(['compare', '--seed=x'])).toBe('npm run compare -- --seed=x');
  expect(command([])).toBe("npm run compare -- --seed 's 1'");
});

test('CPU lists', () => {
  expect([cpuList([0]), cpuList([0, 2]), cpuList([])]).toEqual([
    'CPU 0',
    'CPUs 0, 2',
    'no CPU of its own',
  ]);
});
