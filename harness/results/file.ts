/**
 * Reads and writes the files of a run (schema.ts says what is in them, parse.ts what may be wrong
 * with them).
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../errors.js';
import { parseResults, parseTrials, serialiseResults, type TrialsFile } from './parse.js';
import type { Results } from './schema.js';

/**
 * Reads results.json at `path`. Rejects with a UserError when it is not there, not readable or not
 * valid.
 */
export async function readResults(path: string): Promise<Results> {
  return parseResults(await readText(path), path);
}

/** Reads trials.ndjson at `path`, also of a run that was killed. Rejects like readResults. */
export async function readTrials(path: string): Promise<TrialsFile> {
  return parseTrials(await readText(path), path);
}

/** Writes results.json at `path`, as putWhole does. */
export async function writeResults(path: string, results: Results): Promise<void> {
  const remedy =
    'Make room or choose another folder with --out; the trials are safe in trials.ndjson.';
  await putWhole(path, serialiseResults(results), remedy);
}

/**
 * Writes a file whole or not at all: a reader never sees half of it, and a full disk leaves an
 * older one as it was. Rejects with a UserError when it cannot be written.
 */
export async function putWhole(
  path: string,
  text: string,
  remedy: string,
  makeFolder = false,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    if (makeFolder) await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (cause) {
    const left = await leftOver(temporary);
    throw new UserError(`cannot write ${path}: ${(cause as Error).message}${left}`, remedy, {
      cause,
    });
  }
}

/** Removes the file; says so when that too failed. */
async function leftOver(temporary: string): Promise<string> {
  try {
    await rm(temporary, { force: true });
    return '';
  } catch (error) {
    return `; nor can ${temporary} be removed: ${(error as Error).message}`;
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'there is no such file' : (cause as Error).message;
    const remedy = 'Give the folder of a finished run, or make one with `npm run compare`.';
    throw new UserError(`cannot read ${path}: ${why}`, remedy, { cause });
  }
}
