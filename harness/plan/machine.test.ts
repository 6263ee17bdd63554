import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parsePortRange, parseProcessLimit, readMachine } from './machine.js';

describe('machine facts', () => {
  it('counts the ports of a range, both ends included', () => {
    expect(parsePortRange('32768\t60999')).toBe(28_232);
    expect(parsePortRange('')).toBeNull();
  });

  it('reads the soft limit of processes', () => {
    const limits =
      'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max processes             96365                96366                processes \n';
    expect(parseProcessLimit(limits)).toBe(96_365);
    expect(parseProcessLimit(limits.replace('96365', 'unlimited'))).toBeNull();
  });

  it('agrees with nproc about the CPUs of this process', () => {
    const nproc = execFileSync('nproc', { env: { PATH: process.env.PATH } });
    expect(readMachine().allowedCpus).toHaveLength(Number(nproc.toString()));
  });

  it('finds the limits that every Linux has', () => {
    const { openFiles, threadLimits } = readMachine();
    expect(openFiles).toBeGreaterThan(0);
    const names = threadLimits.map(({ name }) => name);
    expect(names).toContain('kernel.threads-max');
    expect(names).toContain('kernel.pid_max');
    for (const { value } of threadLimits) expect(value).toBeGreaterThan(0);
  });
});
