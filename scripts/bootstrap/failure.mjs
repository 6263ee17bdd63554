/**
 * Failures that a person can fix: what happened, what to do, and the last lines of the tool that
 * failed. Any other exception is a bug of ours and keeps its stack.
 */
import { constants } from 'node:os';

/** Lines of a failed tool's output that are shown. */
const TAIL_LINES = 40;

export class BootstrapError extends Error {
  /**
   * @param {string} message what happened, one sentence
   * @param {string} remedy what to do about it, one sentence or command
   * @param {string} [output] what the failed tool printed
   */
  constructor(message, remedy, output) {
    super(message);
    this.name = 'BootstrapError';
    this.remedy = remedy;
    this.output = output;
  }
}

/** A signal ended the work before it was complete. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

/**
 * Exit status of a process that a signal ended, as shells report it.
 * @param {NodeJS.Signals} signal
 */
export function signalStatus(signal) {
  return 128 + constants.signals[signal];
}

/** @param {string} text */
export function tail(text) {
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}

/**
 * Prints the failure once, at the top, and returns the exit status.
 * @param {unknown} error
 */
export function printFailure(error) {
  if (error instanceof Interrupted) return signalStatus(error.signal);
  if (!(error instanceof BootstrapError)) throw error;
  const output = error.output === undefined ? '' : `${tail(error.output)}\n`;
  process.stderr.write(`${output}iomodels: ${error.message}\n  ${error.remedy}\n`);
  return 1;
}
