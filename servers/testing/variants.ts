/**
 * The variants that are there, found as the harness finds them: every servers/<name>/variant.json.
 * No list is edited when a variant is added, and no test names one.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { discoverVariants } from '../../harness/plan/discover.js';
import type { Variant } from '../../harness/plan/variant.js';
import { findProgram, nativeFolder } from '../../harness/programs.js';
import { buildVariant } from '../../harness/run/build.js';
import type { Program } from '../../harness/server/built.js';
import { CANNOT_RUN } from '../../harness/server/process.js';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Every variant of the repository, in the order of their names. */
export const VARIANTS: readonly Variant[] = await discoverVariants([path.join(ROOT, 'servers')]);

/** The variant of a folder of servers/. */
export function variantIn(folder: string): Variant {
  const variant = VARIANTS.find((found) => found.folder === folder);
  if (variant === undefined) throw new Error(`${folder} has no variant.json`);
  return variant;
}

/** What this machine lacks for the variant, with how to get it; undefined when it lacks nothing. */
export function missingNeed(variant: Variant): string | undefined {
  const missing = variant.needs.find((need) => findProgram(need.program) === null);
  if (missing !== undefined) return `needs ${missing.program}: ${missing.hint}`;
  return 'native' in variant.launch ? missingAbility(nativeFile(variant.launch.native)) : undefined;
}

/**
 * What the server itself finds missing: exit status 69 and a line. Its stdin ends at once, so one
 * that can run stops again.
 */
function missingAbility(file: string): string | undefined {
  const options = { input: '', encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(file, ['--listen', '127.0.0.1:0'], options);
  return status === CANNOT_RUN ? `cannot run here: ${stderr.trim()}` : undefined;
}

function nativeFile(name: string): string {
  return path.join(nativeFolder(ROOT), name);
}

/**
 * Makes the variant's program, in the folder `out` when it is not a native one, and says how to
 * start it.
 */
export async function prepare(variant: Variant, out: string): Promise<Program> {
  const result = await buildVariant(variant, ROOT, new AbortController().signal, out);
  if (result.kind === 'built') return result.built;
  throw new Error(result.kind === 'skipped' ? result.why : result.problem);
}
