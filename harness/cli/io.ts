/** What the command line needs of the world around it. `process` is one; tests bring their own. */

export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal in characters; undefined when it is no terminal. */
  readonly columns?: number | undefined;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
  /** Ends at once; what must not outlive the harness hangs on the 'exit' event. */
  exit(code: number): unknown;
}

const NARROWEST = 80;

/**
 * Columns to write in: the terminal's, 80 when there is none or it is narrower than any table could
 * be.
 */
export function widthOf(output: Output): number {
  return Math.max(NARROWEST, output.columns ?? NARROWEST);
}

/** Whether escape codes may be written (no-color.org: any non-empty NO_COLOR forbids them). */
export function hasColour(output: Output, env: CliIo['env']): boolean {
  return output.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

/**
 * What the person typed to get here, to be repeated in messages: `npm run compare --`, or `iomodels
 * compare`.
 */
export function typedCommand(command: string, env: CliIo['env']): string {
  return env.IOMODELS_COMMAND ?? `iomodels ${command}`;
}
