import { expect, test } from 'vitest';
import {
  type Option,
  parseChoice,
  parseKernelOption,
  parseLimit,
  preemptionModel,
  readKernel,
} from './kernel.js';
import { parseCapabilities, parseSeccomp, readRights } from './rights.js';

const built =
  (...options: string[]) =>
  (name: string): Option =>
    options.includes(name);

test.each([
  ['none voluntary (full) lazy', null, built('CONFIG_PREEMPT_NONE'), 'full'],
  [null, 'quiet preempt=full', built('CONFIG_PREEMPT_DYNAMIC'), 'full (boot parameter)'],
  [
    null,
    'quiet',
    built('CONFIG_PREEMPT_DYNAMIC', 'CONFIG_PREEMPT_NONE'),
    'none (default of a dynamic kernel)',
  ],
  [null, 'preempt=full', built('CONFIG_PREEMPT_VOLUNTARY'), 'voluntary'],
  [null, null, built('CONFIG_PREEMPT_RT', 'CONFIG_PREEMPT'), 'rt'],
  [null, null, built('CONFIG_PREEMPT'), 'full'],
  [null, null, () => null, null],
])('preemption %s, %s', (now, commandLine, option, expected) => {
  expect(preemptionModel(now, commandLine, option)).toBe(expected);
});

test('a bracketed choice', () => {
  expect(parseChoice('always [madvise] never\n')).toBe('madvise');
  expect(parseChoice('always\n')).toBeNull();
});

test('a kernel option is a value, on, off or not known', () => {
  const config = 'CONFIG_HZ=250\nCONFIG_TICK=y\n# CONFIG_IRQ_TIME_ACCOUNTING is not set\n';
  expect(parseKernelOption(config, 'CONFIG_HZ')).toBe('250');
  expect(parseKernelOption(config, 'CONFIG_TICK')).toBe(true);
  expect(parseKernelOption(config, 'CONFIG_IRQ_TIME_ACCOUNTING')).toBe(false);
  expect(parseKernelOption(config, 'CONFIG_OTHER')).toBeNull();
});

test('limits, soft and hard', () => {
  const limits =
    'Limit  Soft  Hard  Units\nMax open files            1024      unlimited    files\n';
  expect(parseLimit(limits, 'Max open files')).toEqual([1024, 'unlimited']);
  expect(parseLimit(limits, 'Max processes')).toEqual([null, null]);
});

test('rights: capabilities by name, seccomp by mode', () => {
  expect(parseCapabilities('CapEff:\t0000004000001000\n')).toEqual(['net_admin', 'perfmon']);
  expect(parseCapabilities('CapEff:\t0000000000000000\n')).toEqual([]);
  expect(parseCapabilities('')).toBeNull();
  expect(parseSeccomp('Seccomp:\t2\n')).toBe('filter');
  expect(parseSeccomp('')).toBeNull();
  expect(readRights().root).toBe(process.geteuid?.() === 0);
});

test('live: every fact is a value or null, never empty', () => {
  const facts = readKernel(null);
  for (const [key, value] of Object.entries(facts)) {
    expect(value, key).not.toBe('');
    expect(value, key).not.toBeUndefined();
    expect(value, key).not.toBeNaN();
  }
  expect(facts).toMatchObject({
    'kernel.pid_max': expect.any(Number),
    'net.ipv4.ip_local_port_range': expect.stringMatching(/^\d+ \d+$/),
    ulimit_stack_bytes: expect.anything(),
    seccomp: expect.stringMatching(/^(none|strict|filter)$/),
  });
});
