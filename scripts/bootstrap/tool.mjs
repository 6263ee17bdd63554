/**
 * Running tools: output is kept and shown only on failure, one line on stderr says what runs and
 * how long it took. Tools live in process groups of their own, so that an interrupt ends make's and
 * npm's children too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { BootstrapError, Interrupted } from './failure.mjs';

/** @typedef {{ status: number | null, output: string }} ToolResult */

/** Tools that run now. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {NodeJS.Signals | undefined} */
let interruptedBy;

/**
 * Runs `work`; SIGINT, SIGTERM and SIGHUP end the running tools, and `work` fails with Interrupted.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withInterrupts(work) {
  /** @param {NodeJS.Signals} signal */
  const onSignal = (signal) => {
    interruptedBy = signal;
    for (const child of running) killGroup(child);
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

/** For loops that wait for something else than a tool. Throws when a signal has arrived. */
export function throwIfInterrupted() {
  if (interruptedBy !== undefined) throw new Interrupted(interruptedBy);
}

/** @param {import('node:child_process').ChildProcess} child */
function killGroup(child) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch (error) {
    // Gone already: its exit event is on the way.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/**
 * Runs a tool to its end and returns its exit status (null: a signal) and everything it printed.
 * @param {string[]} command
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @returns {Promise<ToolResult>}
 */
export async function runTool([program = '', ...args], { cwd, env }) {
  throwIfInterrupted();
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text) => {
      output += text;
    });
  }
  /** @type {ToolResult} */
  const result = await new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: 127, output: `${program}: ${error.message}` }));
    child.on('close', (status) => resolve({ status, output }));
  });
  running.delete(child);
  throwIfInterrupted();
  return result;
}

/**
 * runTool that fails loudly.
 * @param {string[]} command
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 * @param {string} remedy
 */
export async function mustRun(command, options, remedy) {
  const { status, output } = await runTool(command, options);
  if (status === 0) return output;
  const how = status === null ? 'was killed' : `failed with status ${status}`;
  throw new BootstrapError(`\`${command.join(' ')}\` ${how}.`, remedy, output);
}

/**
 * Does `work` and says so in one line on stderr, with the time it took.
 * @template T
 * @param {string} text
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function announced(text, work) {
  const start = performance.now();
  process.stderr.write(`iomodels: ${text} … `);
  let end = 'failed after ';
  try {
    const result = await work();
    end = '';
    return result;
  } finally {
    process.stderr.write(`${end}${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  }
}

/**
 * What a short command prints, or null when it cannot run or fails.
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [input]
 */
export function probe([program = '', ...args], env, input = '') {
  const result = spawnSync(program, args, { env, input, encoding: 'utf8', timeout: 30_000 });
  return result.status === 0 ? result.stdout : null;
}

/**
 * Absolute path of a program on PATH, or null.
 * @param {string} program
 * @param {NodeJS.ProcessEnv} env
 */
export function which(program, env) {
  if (program.includes('/')) return isExecutable(program) ? program : null;
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder !== '');
  const found = folders.find((folder) => isExecutable(path.join(folder, program)));
  return found === undefined ? null : path.join(found, program);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Absent or not ours to run: for a search they are the same.
    return false;
  }
}
