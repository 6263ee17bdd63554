import { describe, expect, it } from 'vitest';
import { injectionFor } from './injections.js';

describe('the injection for a share', () => {
  it.each([
    ['microseconds that hit it', 0.12, 0.06, 0.023, ['--inject-us', '2']],
    ['system calls that come closer', 0.1, 0.137, 0.036, ['--inject-syscalls', '3']],
    ['never none', 0.02, 0.137, 0.05, ['--inject-syscalls', '1']],
    ['microseconds of two that are as close', 0.1, 0.05, 0.05, ['--inject-us', '2']],
  ])('%s', (_, aim, perUs, perSyscall, args) => {
    expect(injectionFor(aim, { perUs, perSyscall })).toEqual({ aim, args });
  });
});
