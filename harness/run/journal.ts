/**
 * trials.ndjson: one header, then one line per trial; those of a block are written together, and
 * are on the disk before the next block starts. A run that is taken up again continues in the same
 * file.
 *
 * A partly written line is cut off again, so that the file always ends with a complete line.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { isSystemError } from '../probe/reading.js';
import type { Resume } from '../results/header.js';
import { completeLines, serialiseLine } from '../results/parse.js';
import type { RunHeader, Trial } from '../results/schema.js';
import { holdFolder } from './hold.js';

export class Journal {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #letGo: () => Promise<void>;
  /** What `discard` takes back: `nothing` of a journal that was there before. */
  readonly #made: 'folder' | 'file' | 'nothing';
  #bytes = 0;

  private constructor(
    file: string,
    handle: FileHandle,
    made: 'folder' | 'file' | 'nothing',
    letGo: () => Promise<void>,
  ) {
    this.file = file;
    this.#handle = handle;
    this.#made = made;
    this.#letGo = letGo;
  }

  /**
   * Makes the folder and an empty journal in it. Rejects with UserError, also when there already is
   * a journal.
   */
  static async create(folder: string): Promise<Journal> {
    const file = path.join(folder, 'trials.ndjson');
    try {
      const made = await mkdir(folder, { recursive: true });
      const handle = await open(file, 'ax');
      const letGo = await holdFolder(folder);
      return new Journal(file, handle, made === undefined ? 'file' : 'folder', letGo);
    } catch (error) {
      throw isSystemError(error) ? cannotWrite(file, error) : error;
    }
  }

  /**
   * Opens the journal of a run that has ended, to append to it; an incomplete last line goes.
   * Rejects with UserError, also while that run is active.
   */
  static async reopen(folder: string): Promise<Journal> {
    const file = path.join(folder, 'trials.ndjson');
    const letGo = await holdFolder(folder);
    try {
      await removeHalfWritten(folder);
      const bytes = await readFile(file);
      const handle = await open(file, 'a');
      const journal = new Journal(file, handle, 'nothing', letGo);
      await journal.#mendEnd(bytes);
      return journal;
    } catch (error) {
      await letGo();
      throw isSystemError(error) ? cannotWrite(file, error) : error;
    }
  }

  /** Makes the file end with the newline of its last complete line. */
  async #mendEnd(bytes: Buffer): Promise<void> {
    const { length, lacksNewline } = completeLines(bytes);
    if (length < bytes.length) await this.#handle.truncate(length);
    this.#bytes = length;
    if (!lacksNewline) return;
    await writeAll(this.#handle, Buffer.from('\n'));
    this.#bytes += 1;
  }

  /**
   * Appends lines as one and waits until they are on the disk. Rejects with UserError, the earlier
   * lines intact.
   */
  async append(...lines: readonly (RunHeader | Trial | Resume)[]): Promise<void> {
    const bytes = Buffer.from(lines.map(serialiseLine).join(''));
    try {
      await writeAll(this.#handle, bytes);
      await this.#handle.datasync();
      this.#bytes += bytes.length;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw cannotWrite(this.file, error, await this.#cutBack());
    }
  }

  /** Removes the last lines. Rejects with UserError. */
  async dropLast(lines: number): Promise<void> {
    if (lines === 0) return;
    const bytes = (await readFile(this.file)).subarray(0, this.#bytes);
    let end = bytes.length;
    for (let i = 0; i < lines; i += 1) end = bytes.lastIndexOf('\n', end - 2) + 1;
    try {
      await this.#handle.truncate(end);
      this.#bytes = end;
    } catch (error) {
      throw isSystemError(error) ? cannotWrite(this.file, error) : error;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
    await this.#letGo();
  }

  /**
   * Closes and removes a journal without trials, and the folder if it was made for it. One that was
   * there before stays.
   */
  async discard(): Promise<void> {
    await this.close();
    if (this.#made !== 'nothing') await rm(this.file);
    if (this.#made === 'folder') await rmdir(path.dirname(this.file));
  }

  /** Removes a partial line. Reports it when that fails. */
  async #cutBack(): Promise<string> {
    try {
      await this.#handle.truncate(this.#bytes);
      return '';
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return `; its last line may be incomplete (${error.code})`;
    }
  }
}

/** What a process that was killed left of a file it was about to put in place. */
async function removeHalfWritten(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /\.\d+\.tmp$/.test(name));
  for (const name of names) await rm(path.join(folder, name), { force: true });
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += (await handle.write(bytes, written)).bytesWritten;
  }
}

function cannotWrite(
  file: string,
  error: Error & { readonly code: string },
  addition = '',
): UserError {
  const message = `Cannot write ${file}: ${error.message}${addition}`;
  return new UserError(message, remedy(error.code), { cause: error });
}

function remedy(code: string): string {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'make room on that disk, or choose another folder with --out; earlier trials are kept';
    case 'EEXIST':
      return 'choose another folder with --out: this one holds a run already';
    default:
      return 'choose a folder that can be written with --out';
  }
}
