/**
 * Stamps: what a step was made from. A stamp is taken away before its step and written after it, so
 * that a step which was interrupted is never taken for done.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** @typedef {Record<string, string | string[]>} Stamp */

/**
 * Hash of files' names and contents; a file that is not there counts as such.
 * @param {string} root
 * @param {readonly string[]} files relative to root
 */
export function hashFiles(root, files) {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    const content = readIfPresent(path.join(root, file));
    hash.update(`${file}\0${content === null ? 'absent' : content.length}\0`);
    if (content !== null) hash.update(content);
  }
  return hash.digest('hex');
}

/**
 * Files under a folder, relative to root, sorted; none when the folder is not there.
 * @param {string} root
 * @param {string} folder
 * @param {(file: string) => boolean} [wanted]
 */
export function filesUnder(root, folder, wanted = () => true) {
  const start = path.join(root, folder);
  /** @type {import('node:fs').Dirent[]} */
  let entries;
  try {
    entries = readdirSync(start, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter(wanted)
    .sort();
}

/**
 * @param {string} file
 * @returns {Stamp | null} null when there is none, or when it cannot be read as one
 */
export function readStamp(file) {
  const content = readIfPresent(file);
  if (content === null) return null;
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    // Half written by a machine that stopped: the same as none.
    return null;
  }
}

/**
 * @param {string} file
 * @param {Stamp} stamp
 */
export function writeStamp(file, stamp) {
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(stamp, null, 2)}\n`);
  renameSync(draft, file);
}

/** @param {string} file */
export function removeStamp(file) {
  rmSync(file, { force: true });
}

/**
 * @param {string} file
 * @returns {Buffer | null}
 */
export function readIfPresent(file) {
  try {
    return readFileSync(file);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** @param {unknown} error */
export function isAbsence(error) {
  const code = /** @type {NodeJS.ErrnoException} */ (error).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
