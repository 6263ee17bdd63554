import os from 'node:os';
import { expect, test } from 'vitest';
import { parseCpuInfo, parseDistribution, readSystem } from './system.js';

test('os-release', () => {
  const text = 'NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';
  expect(parseDistribution(text)).toBe('Debian GNU/Linux 12 (bookworm)');
  expect(parseDistribution('PRETTY_NAME=Alpine\n')).toBe('Alpine');
  expect(parseDistribution('ID=x\n')).toBeNull();
});

test('cpuinfo of a guest, of a host, and of an architecture that says nothing', () => {
  const guest = 'model name\t: AMD EPYC 7763\nflags\t\t: fpu hypervisor lahf_lm\n';
  expect(parseCpuInfo(guest)).toEqual({ model: 'AMD EPYC 7763', hypervisor: true });
  expect(parseCpuInfo('model name\t: X\nflags\t\t: fpu lm\n')).toMatchObject({ hypervisor: false });
  expect(parseCpuInfo('processor\t: 0\n')).toEqual({ model: null, hypervisor: null });
});

test('live: every fact is a value or null, and the sure ones are right', () => {
  const facts = readSystem();
  expect(facts).toMatchObject({
    kernel: `Linux ${os.release()}`,
    memory_bytes: os.totalmem(),
    cpus: os.cpus().length,
    somaxconn: expect.any(Number),
    ulimit_open_files: expect.anything(),
  });
  for (const value of Object.values(facts)) {
    expect(value === null || ['string', 'number', 'boolean'].includes(typeof value)).toBe(true);
    expect(value).not.toBe('');
    expect(value).not.toBeNaN();
  }
});
