/**
 * Where programs are: PATH, the folder where Go's own installer puts Go without adding it to PATH,
 * and the one of servers, which is not on the PATH of ordinary users.
 */
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { isSystemError } from './probe/reading.js';

const EXTRA_FOLDERS = ['/usr/local/go/bin', '/usr/sbin'];

/** PATH for builds and servers: the harness' own, then the extra folders. */
export function searchPath(): string {
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '');
  return [...folders, ...EXTRA_FOLDERS.filter((folder) => !folders.includes(folder))].join(':');
}

/**
 * Where the native servers are: build/Release, or the folder in IOMODELS_NATIVE, for builds under
 * sanitizers. `root` is the repository.
 */
export function nativeFolder(root: string): string {
  return process.env.IOMODELS_NATIVE ?? path.join(root, 'build', 'Release');
}

/**
 * The absolute path of a program, or null. A name with a slash is a path, relative to `workdir`.
 */
export function findProgram(name: string, workdir = process.cwd()): string | null {
  if (name === '') return null;
  if (name.includes('/')) {
    const file = path.resolve(workdir, name);
    return isExecutable(file) ? file : null;
  }
  const files = searchPath()
    .split(':')
    .map((folder) => path.join(folder, name));
  return files.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
