/**
 * Finds variants: folders with a variant.json. Nothing else makes a variant, and no list anywhere
 * names them.
 *
 * A folder given to discoverVariants is a variant itself when it holds a variant.json; otherwise
 * its sub-folders are looked at, and those without one are ignored.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { isSystemError } from '../probe/reading.js';
import { type Variant, variantFileSchema } from './variant.js';

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

/**
 * The content of a variant.json; `file` is its path, whose folder gives the name. Throws UserError.
 */
export function parseVariant(text: string, file: string): z.output<typeof variantFileSchema> {
  const result = variantFileSchema.safeParse(parseJson(text, file));
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issueText(issue)}`);
    throw refuse(
      `${file} is not valid:\n${lines.join('\n')}`,
      'mend these fields; the variant.json of another folder in servers/ is an example',
    );
  }
  const folder = path.basename(path.dirname(file));
  if (result.data.name === folder) return result.data;
  throw refuse(
    `${file}: name is ${result.data.name}, and its folder is ${folder}`,
    'give both the same name',
  );
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse(`${file} is not JSON: ${(cause as Error).message}`, 'mend its syntax', cause);
  }
}

/**
 * One line: `serves.modes[0]: Invalid option…`. Of a union, the issues of the alternative that came
 * closest.
 */
function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const [closest = []] = [...issue.errors].sort((a, b) => wrongness(a) - wrongness(b));
    return closest
      .map((inner) => issueText({ ...inner, path: [...issue.path, ...inner.path] }))
      .join('; ');
  }
  const place = issue.path.length === 0 ? 'the file' : z.core.toDotPath(issue.path);
  return `${place}: ${issue.message}`;
}

/**
 * Fewest issues wins, and a missing key weighs more than a wrong one inside: it means another
 * alternative was meant.
 */
function wrongness(issues: readonly z.core.$ZodIssue[]): number {
  const missing = issues.filter(({ code, path: at }) => code === 'invalid_type' && at.length === 1);
  const strange = issues.filter(({ code }) => code === 'unrecognized_keys');
  return issues.length + 10 * (missing.length + strange.length);
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
