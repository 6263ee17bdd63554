/** Text from a child process, cut into lines, with every buffer bounded. */
import type { Readable } from 'node:stream';

/**
 * A line longer than this is cut: no control line is nearly as long, and a broken server must not
 * fill memory.
 */
export const LINE_LENGTH_MAX = 16_384;

/** Calls `onLine` for every line, and for a last one without a line end. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_LENGTH_MAX);
    for (const line of lines) onLine(line.slice(0, LINE_LENGTH_MAX));
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}

/** The last lines of an output, oldest first. */
export class LastLines {
  readonly #lines: string[] = [];

  constructor(readonly capacity: number) {}

  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.capacity) this.#lines.shift();
  }

  text(): string {
    return this.#lines.join('\n');
  }
}

/** Callers ask for one line at a time: more waiting lines than this are noise and are dropped. */
export const QUEUE_LENGTH_MAX = 1_000;

/** Lines in the order they came, taken one at a time. */
export class LineQueue {
  readonly #lines: string[] = [];
  #taken = 0;
  #waiter: (() => void) | undefined;

  add(line: string): void {
    if (this.#lines.length - this.#taken < QUEUE_LENGTH_MAX) this.#lines.push(line);
    this.#waiter?.();
  }

  take(): string | undefined {
    const line = this.#lines[this.#taken];
    if (line !== undefined) this.#taken += 1;
    return line;
  }

  /** Those that were taken, and those that wait. */
  all(): readonly string[] {
    return this.#lines;
  }

  /** Resolves when a line is there to be taken. One waiter at a time. */
  async filled(): Promise<void> {
    if (this.#taken < this.#lines.length) return;
    await new Promise<void>((resolve) => {
      this.#waiter = resolve;
    });
    this.#waiter = undefined;
  }
}

const QUOTED_LENGTH_MAX = 120;

/** A line for a message, cut when it is long. */
export function quote(line: string): string {
  const short = line.length > QUOTED_LENGTH_MAX ? `${line.slice(0, QUOTED_LENGTH_MAX)}…` : line;
  return JSON.stringify(short);
}
