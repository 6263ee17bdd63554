/**
 * Runs the command itself, on our terminal; its exit status is ours.
 *
 * Ctrl-C reaches it without us, because a terminal signals the whole foreground group: to forward
 * it would be to send it twice. A signal from anywhere else (kill, a supervisor, a CI job) reaches
 * only us and is forwarded.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { signalStatus } from './failure.mjs';

/** The same signal again within this time counts once. */
const REPEAT_MS = 1000;

/**
 * @param {import('./system.mjs').System} system
 * @param {string[]} args a script inside the repository, and its arguments
 * @returns {Promise<number>} exit status
 */
export async function runProgram({ root, execPath, env }, [script = '', ...args]) {
  const child = spawn(execPath, [path.join(root, script), ...args], {
    stdio: 'inherit',
    env: { ...env, IOMODELS_COMMAND: `npm run ${args[0] ?? 'compare'} --` },
  });
  /** @type {Map<NodeJS.Signals, number>} */
  const forwardedAt = new Map();
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    // npm passes on what it gets: a signal to the whole group comes from it once more.
    const sinceLastMs = performance.now() - (forwardedAt.get(signal) ?? Number.NEGATIVE_INFINITY);
    if (sinceLastMs < REPEAT_MS) return;
    forwardedAt.set(signal, performance.now());
    const fromTerminal =
      signal !== 'SIGTERM' && inForeground(readFileSync('/proc/self/stat', 'utf8'));
    if (!fromTerminal) child.kill(signal);
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (status, signal) =>
        resolve(status ?? signalStatus(/** @type {NodeJS.Signals} */ (signal))),
      );
    });
  } finally {
    for (const signal of signals) process.off(signal, forward);
  }
}

/**
 * Whether a process is in the group that its terminal signals (proc(5): pgrp, session, tty_nr,
 * tpgid follow the state and the parent).
 * @param {string} stat content of /proc/<pid>/stat
 */
export function inForeground(stat) {
  const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return terminal !== '0' && group === foreground;
}
