/**
 * The variants that are there, found as the harness finds them: every servers/<name>/variant.json.
 * No list is edited when a variant is added, and no test names one.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Variant, variantFileSchema } from '../../harness/plan/variant.js';
import { findProgram, nativeFolder, searchPath } from '../../harness/run/programs.js';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** How to start a variant's server: program and arguments, and where. */
export interface Program {
  readonly variant: Variant;
  readonly command: readonly string[];
  readonly workdir: string;
}

/** Every variant of the repository, in the order of their names. */
export function discoverVariants(): Variant[] {
  const servers = path.join(ROOT, 'servers');
  const folders = readdirSync(servers).map((name) => path.join(servers, name));
  return folders
    .filter((folder) => existsSync(path.join(folder, 'variant.json')))
    .sort()
    .map((folder) => {
      const text = readFileSync(path.join(folder, 'variant.json'), 'utf8');
      return { ...variantFileSchema.parse(JSON.parse(text)), folder };
    });
}

/** The variant of a folder of servers/. */
export function variantIn(folder: string): Variant {
  const variant = discoverVariants().find((found) => found.folder === folder);
  if (variant === undefined) throw new Error(`${folder} has no variant.json`);
  return variant;
}

/** What this machine lacks for the variant, with how to get it; undefined when it lacks nothing. */
export function missingNeed(variant: Variant): string | undefined {
  const missing = variant.needs.find((need) => findProgram(need.program) === null);
  return missing && `needs ${missing.program}: ${missing.hint}`;
}

/**
 * Makes the variant's program, in the folder `out` when it is not a native one, and says how to
 * start it.
 */
export async function prepare(variant: Variant, out: string): Promise<Program> {
  const { launch } = variant;
  if ('native' in launch) {
    const file = path.join(nativeFolder(ROOT), launch.native);
    if (!existsSync(file)) throw new Error(`${file} is not built: run \`npm run build\``);
    return { variant, command: [file], workdir: variant.folder };
  }
  const values: Record<string, string> = { out, root: ROOT };
  const fill = (text: string) => text.replace(/\$\{(out|root)\}/g, (_, name) => values[name] ?? '');
  const workdir = path.resolve(variant.folder, launch.workdir ?? '.');
  if (launch.build !== undefined) {
    const [file = '', ...args] = launch.build.map(fill);
    await promisify(execFile)(file, args, { cwd: workdir, env: searchEnv() });
  }
  return { variant, command: launch.command.map(fill), workdir };
}

/** The environment in which builds and servers run. */
export function searchEnv(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: searchPath() };
}
