/**
 * A temporary folder for a tool that may be killed before it has removed its own files: a compiler,
 * say. It is in a folder of ours, named after this process, so that the next process can remove
 * what a killed harness left there.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pid } from 'node:process';

const NAME = /^tmp-(\d+)-/;

/** Makes `parent` if need be. What use makes in the folder is gone when this settles. */
export async function withScratch<T>(
  parent: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  await mkdir(parent, { recursive: true });
  await removeLeft(parent);
  const folder = await mkdtemp(path.join(parent, `tmp-${pid}-`));
  try {
    return await use(folder);
  } finally {
    await remove(folder);
  }
}

async function removeLeft(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const owner = NAME.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) await remove(path.join(parent, name));
  }
}

/** Also while something that was killed a moment ago still writes into it. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
