/**
 * trials.ndjson: one header, then one line per trial, each on the disk before the next trial
 * starts.
 *
 * A line that could not be written whole is cut off again, so that the file always ends with a
 * complete line.
 */
import { type FileHandle, mkdir, open, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { isSystemError } from '../probe/reading.js';
import { serialiseLine } from '../results/parse.js';
import type { RunHeader, Trial } from '../results/schema.js';

export class Journal {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #madeFolder: boolean;
  #bytes = 0;

  private constructor(file: string, handle: FileHandle, madeFolder: boolean) {
    this.file = file;
    this.#handle = handle;
    this.#madeFolder = madeFolder;
  }

  /**
   * Makes the folder and an empty journal in it. Rejects with UserError, also when there already is
   * a journal.
   */
  static async create(folder: string): Promise<Journal> {
    const file = path.join(folder, 'trials.ndjson');
    try {
      const made = await mkdir(folder, { recursive: true });
      return new Journal(file, await open(file, 'ax'), made !== undefined);
    } catch (error) {
      throw isSystemError(error) ? cannotWrite(file, error) : error;
    }
  }

  /**
   * Appends one line and waits until it is on the disk. Rejects with UserError, the earlier lines
   * intact.
   */
  async append(line: RunHeader | Trial): Promise<void> {
    const bytes = Buffer.from(serialiseLine(line));
    try {
      await writeAll(this.#handle, bytes);
      await this.#handle.datasync();
      this.#bytes += bytes.length;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw cannotWrite(this.file, error, await this.#cutBack());
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Closes and removes a journal without trials, and the folder if it was made for it. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.file);
    if (this.#madeFolder) await rmdir(path.dirname(this.file));
  }

  /** Takes back half a line. What cannot be taken back is said, not hidden. */
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
