/**
 * An operational failure that a person can fix: printed once, at the top, as message, then what to
 * do, then what the program in question last said. Never for impossible states: those are plain
 * Errors and show a stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What to do about it, one sentence or command. */
  readonly remedy: string;
  /** The last output of the program that failed, if one did. */
  readonly output: string | undefined;
  /**
   * Exit status: 1 for failures of the run, 2 for bad arguments, 130 and 143 for SIGINT and
   * SIGTERM.
   */
  readonly exitCode: number;

  constructor(
    message: string,
    remedy: string,
    options: { output?: string; exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = remedy;
    this.output = options.output;
    this.exitCode = options.exitCode ?? 1;
  }
}
