/**
 * Which injected costs slow a server down by a wanted share. `--inject-us` and `--inject-syscalls`
 * take whole numbers, and each adds more to a request than its own time, a different share in every
 * condition: a pilot measures it. The run itself then measures the real share.
 */

/** By how much one injected microsecond, and one system call, slows a server down; relative. */
export interface PilotCosts {
  readonly perUs: number;
  readonly perSyscall: number;
}

export interface Injection {
  /** Relative; null: one of its kind, whatever it costs. */
  readonly aim: number | null;
  readonly args: readonly string[];
}

/** The shares for which the gate's power is measured. */
export const AIMS: readonly number[] = [0.02, 0.05, 0.1, 0.2];

/** The injection that comes closest to the share; of two that are as close, microseconds. */
export function injectionFor(aim: number, { perUs, perSyscall }: PilotCosts): Injection {
  const [us, calls] = [countFor(aim, perUs), countFor(aim, perSyscall)];
  const missOf = (count: number, each: number) => Math.abs(count * each - aim);
  return missOf(us, perUs) <= missOf(calls, perSyscall)
    ? { aim, args: ['--inject-us', String(us)] }
    : { aim, args: ['--inject-syscalls', String(calls)] };
}

const countFor = (aim: number, each: number): number => Math.max(1, Math.round(aim / each));

/** A hand-off cannot be made smaller than one. */
export const ONE_HANDOFF: Injection = { aim: null, args: ['--inject-handoffs', '1'] };
export const ONE_SYSCALL: Injection = { aim: null, args: ['--inject-syscalls', '1'] };
