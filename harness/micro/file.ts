/** micro.json: written whole or not at all, checked against its schema both ways. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { isSystemError } from '../probe/reading.js';
import { type MicroFile, microFileSchema } from './schema.js';

const MICRO_FILE = 'micro.json';

/** Writes micro.json into the folder, which is made if need be, and returns its path. Rejects with UserError. */
export async function writeMicro(folder: string, content: MicroFile): Promise<string> {
  const text = `${JSON.stringify(microFileSchema.parse(content), null, 2)}\n`;
  const file = path.join(folder, MICRO_FILE);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, file);
    return file;
  } catch (error) {
    await rm(temporary, { force: true });
    if (!isSystemError(error)) throw error;
    const remedy = 'make room, or choose another folder with --out';
    throw new UserError(`cannot write ${file}: ${error.message}`, remedy, { cause: error });
  }
}
