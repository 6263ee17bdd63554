/**
 * New variants from templates: each folder of templates/ holds a variant named PLACEHOLDER that
 * conforms as it is. A copy gets its own name in place of the placeholder.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { whatExists } from '../plan/nearest.js';
import { parseVariant } from '../plan/variant-file.js';
import { SCHEMA_FILE } from '../plan/variant-schema.js';

/** The name in every template, and of the folder that holds its files. */
const PLACEHOLDER = 'my-server';

/** Names of the templates. `root` is the repository. */
export async function templateNames(root: string): Promise<string[]> {
  const entries = await readdir(templatesIn(root), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

interface NewVariant {
  readonly name: string;
  readonly template: string;
  /** Of the new variant itself; its last part is the name. */
  readonly folder: string;
}

/** The files written, relative to the folder. Rejects with UserError (exit status 2). */
export async function scaffold(wanted: NewVariant, root: string): Promise<string[]> {
  const { template, folder } = wanted;
  const templates = await templateNames(root);
  if (!templates.includes(template)) {
    throw refuse(`there is no template ${template}`, whatExists(template, templates));
  }
  if (existsSync(folder)) throw refuse(`${folder} is there already`, 'choose another name');
  const source = path.join(templatesIn(root), template, PLACEHOLDER);
  requireHome(await readFile(path.join(source, 'variant.json'), 'utf8'), wanted, root);
  const files = await readdir(source);
  await mkdir(folder, { recursive: true });
  for (const file of files) {
    await cp(path.join(source, file), path.join(folder, file));
    const text = await readFile(path.join(folder, file), 'utf8');
    await writeFile(path.join(folder, file), renamed(text, file, wanted, root));
  }
  const manifest = path.join(folder, 'variant.json');
  parseVariant(await readFile(manifest, 'utf8'), manifest);
  return files;
}

function renamed(text: string, file: string, { name, folder }: NewVariant, root: string): string {
  const named = text.replaceAll(PLACEHOLDER, name);
  if (file !== 'variant.json') return named;
  const schema = path.relative(folder, path.join(root, SCHEMA_FILE));
  return named.replace(/"\$schema": "[^"]*"/, `"$schema": ${JSON.stringify(schema)}`);
}

/** A native server is built with the others, from servers/. */
function requireHome(manifest: string, { folder, template, name }: NewVariant, root: string): void {
  if (!/"native"/.test(manifest)) return;
  if (path.resolve(folder) === path.join(root, 'servers', name)) return;
  throw refuse(
    `a ${template} variant cannot be in ${folder}`,
    'it is built on the native core, with the others in servers/: leave out --dir',
  );
}

function templatesIn(root: string): string {
  return path.join(root, 'harness', 'scaffold', 'templates');
}

function refuse(message: string, remedy: string): UserError {
  return new UserError(message, remedy, { exitCode: 2 });
}
