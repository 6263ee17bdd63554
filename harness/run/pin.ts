/**
 * Keeps the harness off the server's CPUs while it measures: all its threads are pinned to the
 * client's CPUs, and put back afterwards.
 */
import { UserError } from '../errors.js';
import { addon } from '../load/addon.js';
import { formatCpuList } from '../probe/cpus.js';
import { readAllowedCpus } from '../probe/proc.js';
import { runTool } from './tool.js';

export type Pinned =
  | { readonly ok: true; readonly restore: () => Promise<void> }
  | { readonly ok: false; readonly why: string };

/** Pins every thread of this process. A failure is a warning and does not end the run. */
export async function pinHarness(cpus: readonly number[]): Promise<Pinned> {
  const before = readAllowedCpus('self');
  if (!before.ok) return before;
  const pinned = await setCpus(cpus);
  if (!pinned.ok) return pinned;
  return {
    ok: true,
    restore: async () => {
      const restored = await setCpus(before.value);
      if (!restored.ok) throw new Error(`the harness could not be unpinned: ${restored.why}`);
    },
  };
}

type Outcome = { readonly ok: true } | { readonly ok: false; readonly why: string };

/**
 * The addon's call where it is built, else util-linux' taskset. Threads that start later inherit
 * from theirs.
 */
async function setCpus(cpus: readonly number[]): Promise<Outcome> {
  try {
    addon().pinProcess(process.pid, cpus);
    return { ok: true };
  } catch (error) {
    if (!(error instanceof UserError)) return { ok: false, why: (error as Error).message };
    return taskset(cpus);
  }
}

/** -a: every thread of the process. */
async function taskset(cpus: readonly number[]): Promise<Outcome> {
  const command = ['taskset', '-a', '-p', '-c', formatCpuList(cpus), String(process.pid)];
  // Not the run's signal: an interrupted run must be put back too.
  const result = await runTool({ command, workdir: '/', signal: new AbortController().signal });
  return result.ok ? { ok: true } : { ok: false, why: `${result.why}: ${result.output}` };
}
