/**
 * Finds variants: folders with a variant.json. Nothing else makes a variant, and no list anywhere
 * names them.
 *
 * A folder given to discoverVariants is a variant itself when it holds a variant.json; otherwise
 * its sub-folders are looked at, and those without one are ignored.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { isSystemError } from '../probe/reading.js';
import type { Variant } from './variant.js';
import { parseVariant } from './variant-file.js';

const FILE = 'variant.json';

/**
 * All variants in the folders, by name. Rejects with UserError (exit status 2) that names file,
 * field and remedy.
 */
export async function discoverVariants(folders: readonly string[]): Promise<Variant[]> {
  const unique = [...new Set(folders.map((folder) => path.resolve(folder)))];
  const found = (await Promise.all(unique.map(variantsIn))).flat();
  const variants = [...new Map(found.map((variant) => [variant.folder, variant])).values()];
  variants.sort((a, b) => (a.name < b.name ? -1 : 1));
  requireUnique(variants);
  return variants;
}

async function variantsIn(folder: string): Promise<Variant[]> {
  const own = await readVariant(folder);
  if (own) return [own];
  const entries = await listFolders(folder);
  const variants = await Promise.all(entries.map((name) => readVariant(path.join(folder, name))));
  const found = variants.filter((variant) => variant !== null);
  if (found.length > 0) return found;
  throw refuse(
    `no ${FILE} in ${folder} or in a folder of it`,
    'name the folder of a variant, or one that holds variants as servers/ does',
  );
}

async function listFolders(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((e) => e.isDirectory() || e.isSymbolicLink()).map(({ name }) => name);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw refuse(`cannot read ${folder}: ${error.message}`, 'name a folder that exists', error);
  }
}

/** null when the folder has no variant.json. */
async function readVariant(folder: string): Promise<Variant | null> {
  const file = path.join(folder, FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw refuse(`cannot read ${file}: ${error.message}`, 'make it readable', error);
  }
  return { ...parseVariant(text, file), folder };
}

function requireUnique(variants: readonly Variant[]): void {
  for (const [i, variant] of variants.entries()) {
    const next = variants[i + 1];
    if (next?.name !== variant.name) continue;
    throw refuse(
      `two variants are named ${variant.name}: ${variant.folder} and ${next.folder}`,
      'rename one of them, in its folder and its variant.json',
    );
  }
}

function refuse(message: string, remedy: string, cause?: unknown): UserError {
  return new UserError(message, remedy, { exitCode: 2, cause });
}
