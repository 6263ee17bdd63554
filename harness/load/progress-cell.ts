/**
 * A cell of four numbers that one process writes and another reads whenever it likes, without
 * waking the other: an unlinked temporary file, opened before the writer starts and handed to it as
 * a file descriptor.
 *
 * The first and the last field hold the same serial number; a reader that sees two different ones
 * reads again.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LoadSnapshot } from './client.js';

const FIELDS = 6;

/** The reader's end. */
export class ProgressReader {
  readonly fd: number;
  readonly #cell = new BigInt64Array(FIELDS);

  constructor() {
    const folder = mkdtempSync(path.join(tmpdir(), 'iomodels-load-'));
    this.fd = openSync(path.join(folder, 'progress'), 'wx+');
    rmSync(folder, { recursive: true });
  }

  /** The last published snapshot; undefined before the first. */
  read(): LoadSnapshot | undefined {
    const bytes = new Uint8Array(this.#cell.buffer);
    do {
      if (readSync(this.fd, bytes, 0, bytes.length, 0) === 0) return undefined;
    } while (this.#cell[0] !== this.#cell[FIELDS - 1]);
    const [, monotonicNs, completed, errors, connectionsOpen] = this.#cell as unknown as bigint[];
    return {
      monotonicNs: monotonicNs as bigint,
      completed: Number(completed),
      errors: Number(errors),
      connectionsOpen: Number(connectionsOpen),
    };
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** The writer's end. */
export class ProgressWriter {
  readonly #fd: number;
  readonly #cell = new BigInt64Array(FIELDS);

  constructor(fd: number) {
    this.#fd = fd;
  }

  publish(snapshot: LoadSnapshot): void {
    const serial = (this.#cell[0] as bigint) + 1n;
    const { monotonicNs, completed, errors, connectionsOpen } = snapshot;
    const counts = [completed, errors, connectionsOpen].map(BigInt);
    this.#cell.set([serial, monotonicNs, ...counts, serial]);
    writeSync(this.#fd, new Uint8Array(this.#cell.buffer), 0, this.#cell.byteLength, 0);
  }
}
