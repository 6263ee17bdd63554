/**
 * Makes variants ready to start: builds what is not native, finds programs, hashes what will run.
 *
 * Native variants are built by `npm run build` before the harness starts; here they only have to
 * exist. A missing program of `needs` is a reason to skip; a build that fails is a problem with its
 * output. Neither stops the others.
 */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildEnvironment } from '../build-environment.js';
import { UserError } from '../errors.js';
import type { Variant } from '../plan/variant.js';
import { findProgram, nativeFolder } from '../programs.js';
import type { Built } from '../server/built.js';
import { describeFault } from '../server/fault.js';
import { inShell } from '../shell.js';
import { withScratch } from './scratch.js';
import { runTool, type ToolCall } from './tool.js';

export type BuildResult =
  | { readonly kind: 'built'; readonly built: Built }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'failed'; readonly problem: string };

/**
 * Builds one variant. `root` is the repository; `outs` is where each variant that builds itself has
 * its folder. Throws UserError when the native build is missing, Interrupted when the signal fires.
 */
export async function buildVariant(
  variant: Variant,
  root: string,
  signal: AbortSignal,
  outs = path.join(root, 'dist', 'servers'),
): Promise<BuildResult> {
  const missing = variant.needs.find((need) => findProgram(need.program) === null);
  if (missing !== undefined) {
    return { kind: 'skipped', why: `${missing.program} is not installed: ${missing.hint}` };
  }
  return 'native' in variant.launch
    ? nativeVariant(variant, path.join(nativeFolder(root), variant.launch.native))
    : builtVariant(variant, variant.launch, { root, out: path.join(outs, variant.name) }, signal);
}

async function nativeVariant(variant: Variant, file: string): Promise<BuildResult> {
  if (!existsSync(file)) {
    throw new UserError(`The server ${variant.name} has not been built: ${file}`, 'npm run build');
  }
  const sha256 = await hashFiles([file]);
  const built = { variant, command: [file], workdir: variant.folder, sha256 };
  return { kind: 'built', built: { ...built, toolchain: null } };
}

type OwnLaunch = Exclude<Variant['launch'], { native: string }>;

async function builtVariant(
  variant: Variant,
  own: OwnLaunch,
  { root, out }: { readonly root: string; readonly out: string },
  signal: AbortSignal,
): Promise<BuildResult> {
  const workdir = path.resolve(variant.folder, own.workdir ?? '.');
  const env = buildEnvironment();
  const fill = (words: readonly string[]) =>
    words.map((word) =>
      word.replace(/\$\{(out|root)\}/g, (_, name) => (name === 'out' ? out : root)),
    );
  if (!existsSync(workdir)) {
    return failed(variant, `has no folder ${workdir}`, 'correct `workdir` in variant.json');
  }
  if (own.build !== undefined) {
    const command = fill(own.build);
    const result = await withScratch(out, (scratch) =>
      runTool({ command, workdir, env: { ...env, TMPDIR: scratch }, signal }),
    );
    if (!result.ok) {
      const byHand = `run it by hand: cd ${inShell([workdir])} && ${inShell(command)}`;
      return failed(variant, `did not build: ${result.why}`, byHand, result.output);
    }
  }
  const command = fill(own.command);
  const files = filesOf(command, workdir);
  if (files === null) {
    return failed(variant, `has no program ${command[0]}`, 'correct `command` in variant.json');
  }
  const toolchain = await toolchainOf(own, { workdir, env, signal }, fill);
  const sha256 = await hashFiles(files);
  const stop = own.stop === undefined ? {} : { stop: fill(own.stop) };
  const made = { command, workdir, sha256, toolchain };
  return { kind: 'built', built: { variant, ...made, ...stop } };
}

function failed(variant: Variant, what: string, remedy: string, output?: string): BuildResult {
  const message = `${variant.name} ${what}`;
  return { kind: 'failed', problem: describeFault({ message, remedy, output }) };
}

/** First line of the variant's `version` command; null when it has none or it fails. */
async function toolchainOf(
  own: OwnLaunch,
  context: Omit<ToolCall, 'command'>,
  fill: (words: readonly string[]) => string[],
): Promise<string | null> {
  if (own.version === undefined) return null;
  const result = await runTool({ command: fill(own.version), ...context });
  return result.ok ? (result.output.split('\n')[0] ?? null) : null;
}

/**
 * The program and every argument that names a file: what decides how the server behaves. null
 * without a program.
 */
function filesOf(command: readonly string[], workdir: string): string[] | null {
  const [name = '', ...args] = command;
  const program = findProgram(name, workdir);
  if (program === null) return null;
  const files = args.map((arg) => path.resolve(workdir, arg)).filter(isFile);
  return [program, ...files];
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** sha256 over the files' bytes one after the other: for one file, what sha256sum prints. */
async function hashFiles(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex');
}
