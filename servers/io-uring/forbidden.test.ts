/**
 * Where the kernel has no io_uring, or forbids it, the server says so and ends with status 69: it
 * is skipped then, and nothing has failed. strace plays such a kernel.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../harness/programs.js';
import { launchServer, startServer } from '../../harness/server/start.js';
import { prepare, variantIn } from '../testing/variants.js';

const CANNOT_RUN = 69;
const TRACE = ['strace', '-f', '-qq', '-o', '/dev/null'];

const canTrace =
  findProgram('strace') !== null && spawnSync('strace', [...TRACE.slice(1), 'true']).status === 0;

describe.skipIf(!canTrace)('a kernel that', () => {
  test.each([
    ['has no io_uring', 'io_uring_setup:error=ENOSYS', /this kernel has no io_uring/],
    ['forbids io_uring', 'io_uring_setup:error=EPERM', /the kernel forbids io_uring/],
    ['is too old', 'io_uring_setup:error=EINVAL', /needs Linux 6\.0 or newer/],
    ['has no buffer rings', 'io_uring_register:error=EINVAL', /needs Linux 6\.0 or newer/],
  ])('%s: status 69 and one line that says so', async (_, fault, why) => {
    const program = await prepare(variantIn(import.meta.dirname), '');
    const command = [...TRACE, '-e', `inject=${fault}`, ...program.command];
    const server = launchServer({ ...program, command }, []);
    try {
      expect(await server.exit()).toEqual({ code: CANNOT_RUN, signal: null });
      expect(server.output()).toMatch(/^[^\n]+$/);
      expect(server.output()).toMatch(why);
      expect(server.lines).toEqual([]);
    } finally {
      await server.kill();
    }
  });

  test('can do the second best only is good enough', async () => {
    const program = await prepare(variantIn(import.meta.dirname), '');
    const once = ['-e', 'inject=io_uring_setup:error=EINVAL:when=1'];
    const command = [...TRACE, ...once, ...program.command];
    const server = await startServer({ ...program, command }, { args: [] });
    try {
      expect(server.ready).toMatchObject({ event: 'ready' });
      server.endStdin();
      expect(await server.exit()).toEqual({ code: 0, signal: null });
    } finally {
      await server.kill();
    }
  });
});

if (!canTrace) {
  const why = 'SKIPPED kernels without io_uring: needs strace, and the permission to trace';
  console.warn(why);
  test(why, (context) => context.skip(why));
}
