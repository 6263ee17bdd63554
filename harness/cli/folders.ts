/**
 * The folder of runs: where they are, which is the newest, and the files that the command line adds
 * to one.
 */
import { access, readdir, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { isSystemError } from '../probe/reading.js';
import { putWhole } from '../results/file.js';

export const LATEST = 'latest';
const RUN_ID = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

/** Where runs go: `out` relative to `cwd`, or reports/ in the repository. */
export function runsFolder(out: string | undefined, cwd: string, root: string): string {
  return out === undefined ? path.join(root, 'reports') : path.resolve(cwd, out);
}

/** Ids of the runs in a folder, newest first; none when the folder is not there. */
export async function listRuns(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => RUN_ID.test(name))
      .sort()
      .reverse();
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Points `latest`, next to the run's folder, to it: at any instant it is the old run or the new
 * one. Rejects with UserError.
 */
export async function pointLatestTo(folder: string): Promise<void> {
  const link = path.join(path.dirname(folder), LATEST);
  const temporary = `${link}.${process.pid}.tmp`;
  try {
    await symlink(path.basename(folder), temporary);
    await rename(temporary, link);
  } catch (error) {
    await rm(temporary, { force: true });
    if (!isSystemError(error)) throw error;
    const remedy = `remove or rename ${link}: it has to be a link; the run itself is complete in ${folder}`;
    throw new UserError(`cannot point ${link} to the new run: ${error.message}`, remedy, {
      cause: error,
    });
  }
}

/** Writes a run's report.html, and returns its path. Rejects with UserError. */
export function writeReport(folder: string, html: string): Promise<string> {
  return writePage(path.join(folder, 'report.html'), html);
}

/** Writes a page whole or not at all, and returns its path. Rejects with UserError. */
export async function writePage(file: string, html: string): Promise<string> {
  const remedy =
    'make room or make the folder writable, then `npm run report`: the results are safe';
  await putWhole(file, html, remedy);
  return file;
}

/** Whether a file can be reached. */
export async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
