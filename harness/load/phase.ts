/** The life of a load session, for clients to hold their callers to it. */

/**
 * parked -> flowing -> measuring -> measured -> pausing -> parked, or over for a client that does
 * not resume; closed may follow any of them.
 */
export type Phase =
  | 'parked'
  | 'flowing'
  | 'measuring'
  | 'measured'
  | 'pausing'
  | 'over: this client does not resume after a pause'
  | 'closed';

/** Which phase a command needs, and which it leads to. */
const STEPS = {
  start: ['parked', 'flowing'],
  openWindow: ['flowing', 'measuring'],
  closeWindow: ['measuring', 'measured'],
  pause: ['measured', 'pausing'],
} as const satisfies Record<string, readonly [Phase, Phase]>;

export class PhaseGuard {
  readonly #resumes: boolean;
  #phase: Phase = 'parked';

  /** resumes: LoadClient.resumes. */
  constructor(resumes: boolean) {
    this.#resumes = resumes;
  }

  /** Enters the next phase, or throws: a command in the wrong phase is a bug of the harness. */
  take(command: keyof typeof STEPS): void {
    const [from, to] = STEPS[command];
    if (this.#phase !== from) throw new Error(`${command} of a load that is ${this.#phase}`);
    this.#phase = to;
  }

  /** What pause() asked for is done. */
  paused(): void {
    if (this.#phase !== 'pausing') return;
    this.#phase = this.#resumes ? 'parked' : 'over: this client does not resume after a pause';
  }

  close(): void {
    this.#phase = 'closed';
  }
}
