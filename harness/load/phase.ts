/** The life of a load session, for clients to hold their callers to it. */

/** opened -> loading -> measuring -> measured -> ended; ended may follow any of them. */
export type Phase = 'opened' | 'loading' | 'measuring' | 'measured' | 'ended';

/** Which phase a command needs, and which it leads to. */
const STEPS = {
  start: ['opened', 'loading'],
  openWindow: ['loading', 'measuring'],
  closeWindow: ['measuring', 'measured'],
  finish: ['measured', 'ended'],
} as const satisfies Record<string, readonly [Phase, Phase]>;

export class PhaseGuard {
  #phase: Phase = 'opened';

  /** Moves on, or throws: a command out of turn is a fault of the harness. */
  take(command: keyof typeof STEPS): void {
    const [from, to] = STEPS[command];
    if (this.#phase !== from) throw new Error(`${command} of a load that is ${this.#phase}`);
    this.#phase = to;
  }

  end(): void {
    this.#phase = 'ended';
  }
}
