/**
 * Which injected costs slow a server down by a wanted share. `--inject-us` takes whole
 * microseconds; where those are too coarse, system calls, whose cost a pilot has measured, come
 * closer. What a share became in the end is measured with everything else.
 */

/** What the pilot found of a server in one condition. */
export interface PilotCosts {
  readonly cpuUsPerRequest: number;
  readonly usPerSyscall: number;
}

export interface Injection {
  /** Relative; null: one of its kind, whatever it costs. */
  readonly aim: number | null;
  readonly args: readonly string[];
}

/** The shares of which the gate's power is told. */
export const AIMS: readonly number[] = [0.02, 0.05, 0.1, 0.2];

/** Whole microseconds are taken when they come so close to what is wanted. */
const CLOSE = 0.1;

export function injectionFor(
  aim: number,
  { cpuUsPerRequest, usPerSyscall }: PilotCosts,
): Injection {
  const wantedUs = aim * cpuUsPerRequest;
  const us = Math.round(wantedUs);
  if (us > 0 && Math.abs(us / wantedUs - 1) <= CLOSE) {
    return { aim, args: ['--inject-us', String(us)] };
  }
  const calls = Math.max(1, Math.round(wantedUs / usPerSyscall));
  return { aim, args: ['--inject-syscalls', String(calls)] };
}

/** A hand-off cannot be made smaller than one. */
export const ONE_HANDOFF: Injection = { aim: null, args: ['--inject-handoffs', '1'] };
export const ONE_SYSCALL: Injection = { aim: null, args: ['--inject-syscalls', '1'] };
