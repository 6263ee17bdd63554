/**
 * A process on each CPU that takes time from all others there: to see how a measurement copes with
 * a busy machine.
 */
import { UserError } from '../../errors.js';
import { findProgram } from '../../programs.js';
import { type Exit, launch, type Process } from '../../server/process.js';

/** Spins for a share of every period; ends itself when its parent is gone. */
const SCRIPT = `
const share = Number(process.argv[1]);
const periodMs = 10;
const parent = process.ppid;
const cell = new Int32Array(new SharedArrayBuffer(4));
process.stdout.write('spinning\\n', () => {
  while (process.ppid === parent) {
    const end = performance.now() + periodMs * share;
    while (performance.now() < end);
    if (share < 1) Atomics.wait(cell, 0, 0, periodMs * (1 - share));
  }
});
`;

/**
 * Runs `body` next to one such process per CPU; `share` is of a CPU, above 0 and at most 1. Rejects
 * with UserError when they cannot be started.
 */
export async function withDisturbance<T>(
  cpus: readonly number[],
  share: number,
  body: () => Promise<T>,
): Promise<T> {
  if (findProgram('taskset') === null) {
    throw new UserError('taskset is not installed', 'install util-linux');
  }
  const programs: Process[] = [];
  try {
    for (const cpu of cpus) programs.push(await spinner(cpu, share));
    return await body();
  } finally {
    await Promise.all(programs.map((program) => program.kill()));
  }
}

async function spinner(cpu: number, share: number): Promise<Process> {
  const node = [process.execPath, '-e', SCRIPT, '--', String(share)];
  const program = launch({
    command: ['taskset', '-c', String(cpu), ...node],
    workdir: '/',
    env: {},
  });
  const filled = program.lines.filled().then((): Exit | null => null);
  const exit = await Promise.race([filled, program.exited]);
  if (exit === null) return program;
  throw new UserError(`no process can be pinned to CPU ${cpu}`, 'give other --cpus', {
    output: program.output(),
  });
}
