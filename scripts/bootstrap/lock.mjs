/**
 * One bootstrap at a time in a checkout.
 *
 * The lock is a folder of numbered files; the highest number is the lock's last holder, and the
 * lock is free when that file says `released` or its process is gone. To take it is to create the
 * next number, which link() gives to one process only. The highest file is never deleted, so the
 * numbers only grow and no two processes can break the same stale lock.
 *
 *   highest file       means       moved by
 *   none               free        first taker
 *   holder, alive      held        its holder, by release
 *   holder, dead       free        next taker
 *   released           free        next taker
 */
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAbsence, readIfPresent } from './stamp.mjs';
import { throwIfInterrupted } from './tool.mjs';

/** How often a waiting process looks again, ms. */
const POLL_MS = 200;

/**
 * Runs `work` while holding the lock; waits for another holder, saying so once through `onWait`.
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @param {(pid: number) => void} onWait
 * @returns {Promise<T>}
 */
export async function withLock(folder, work, onWait) {
  const release = await takeLock(folder, onWait);
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * @param {string} folder
 * @param {(pid: number) => void} onWait
 */
async function takeLock(folder, onWait) {
  mkdirSync(folder, { recursive: true });
  let said = false;
  for (;;) {
    throwIfInterrupted();
    const last = lastHolder(folder);
    const pid = last === 0 ? null : holderAlive(path.join(folder, String(last)));
    if (pid === null) {
      const release = tryTake(folder, last + 1);
      if (release !== null) return release;
      continue;
    }
    if (!said) onWait(pid);
    said = true;
    await delay(POLL_MS);
  }
}

/** @param {string} folder */
function lastHolder(folder) {
  return readdirSync(folder)
    .map(Number)
    .filter(Number.isInteger)
    .reduce((highest, number) => Math.max(highest, number), 0);
}

/**
 * The pid of a holder that still runs, or null.
 * @param {string} file
 */
function holderAlive(file) {
  const text = readIfPresent(file)?.toString('utf8') ?? 'released';
  const pid = Number(text.split(' ')[0]);
  return Number.isInteger(pid) && identity(pid) === text ? pid : null;
}

/**
 * `pid boot start-time`: unlike a pid alone it is never used again. Null when there is no such
 * process.
 * @param {number} pid
 */
export function identity(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name, field 2, may hold spaces and brackets. After it come the state and, 19 further on,
    // the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : `${pid} ${boot} ${fields[19]}`;
  } catch (error) {
    if (isAbsence(error) || /** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') {
      return null;
    }
    throw error;
  }
}

/**
 * @param {string} folder
 * @param {number} number
 * @returns {(() => void) | null} the release, or null when another process was faster
 */
function tryTake(folder, number) {
  const file = path.join(folder, String(number));
  const draft = path.join(folder, `draft-${process.pid}`);
  writeFileSync(draft, identity(process.pid) ?? '');
  try {
    linkSync(draft, file);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return null;
    throw error;
  } finally {
    rmSync(draft);
  }
  if (lastHolder(folder) !== number) {
    // After our look, others took and released the lock and deleted our number: it is not the
    // newest.
    rmSync(file, { force: true });
    return null;
  }
  for (const name of readdirSync(folder)) {
    if (Number(name) < number) rmSync(path.join(folder, name), { force: true });
  }
  return () => {
    writeFileSync(draft, 'released');
    renameSync(draft, file);
  };
}
