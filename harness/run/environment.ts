/**
 * The environment record: what the machine and the tools were, one flat fact per key, null when it
 * is not known.
 *
 * From the system: see probe/system.ts, probe/kernel.ts and probe/hardware.ts. From the tools: node
 * and its libuv, compiler (of the native build), one key per variant's toolchain named after its
 * program (`go`), and the lock file's hash. The harness' own version and commit are in the header,
 * not here.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { hardwareCounters, hardwareText } from '../probe/hardware.js';
import type { Facts } from '../probe/kernel.js';
import { readText } from '../probe/reading.js';
import { findProgram } from '../programs.js';
import type { Environment, RunHeader } from '../results/schema.js';
import type { Built } from '../server/built.js';
import { runTool } from './tool.js';

/**
 * Facts of one run: `system` as it was before the builds, completed by the tools. `root` is the
 * repository.
 */
export async function readEnvironment(
  system: Facts,
  built: readonly Built[],
  root: string,
  signal: AbortSignal,
): Promise<Environment> {
  const compiler = process.env.CXX ?? 'g++';
  return {
    ...system,
    hardware_counters: hardwareText(hardwareCounters()),
    node: process.version,
    libuv: process.versions.uv ?? null,
    libc: await firstLine(['getconf', 'GNU_LIBC_VERSION'], root, signal),
    package_lock_sha256: lockHash(root),
    compiler: await firstLine([compiler, '--version'], root, signal),
    ...toolchains(built),
  };
}

/**
 * The version in package.json, and the commit of the working copy; commit and dirty are null
 * without git.
 */
export async function readHarness(
  root: string,
  signal: AbortSignal,
): Promise<RunHeader['harness']> {
  const manifest: unknown = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const { version } = z.object({ version: z.string() }).parse(manifest);
  const commit = await firstLine(['git', 'rev-parse', 'HEAD'], root, signal);
  if (commit === null) return { version, commit, dirty: null };
  const command = ['git', 'status', '--porcelain'];
  const status = await runTool({ command, workdir: root, signal });
  return { version, commit, dirty: status.ok ? status.output !== '' : null };
}

/** sha256 of package-lock.json; null when it is not there. */
function lockHash(root: string): string | null {
  const text = readText(path.join(root, 'package-lock.json'));
  return text.ok ? createHash('sha256').update(text.value).digest('hex') : null;
}

/** First line of what a program prints; null when it is not there or fails. */
async function firstLine(
  command: readonly string[],
  workdir: string,
  signal: AbortSignal,
): Promise<string | null> {
  if (findProgram(command[0] ?? '') === null) return null;
  const result = await runTool({ command, workdir, signal });
  return result.ok ? (result.output.split('\n')[0] ?? null) : null;
}

function toolchains(built: readonly Built[]): Environment {
  const facts: Environment = {};
  for (const { variant, toolchain } of built) {
    if ('native' in variant.launch || variant.launch.version === undefined) continue;
    facts[path.basename(variant.launch.version[0] ?? variant.name)] = toolchain;
  }
  return facts;
}
