/**
 * The measuring programs: where they are, how Go's is built, and one start of one of them.
 *
 * Each sample is a fresh process, pinned before its first instruction, that prints one JSON line.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { buildEnvironment } from '../build-environment.js';
import { UserError } from '../errors.js';
import { findProgram } from '../programs.js';
import { runTool } from '../run/tool.js';
import { type ProbeLine, probeLineSchema } from './schema.js';

/** A line, or why there is none. */
export type Outcome =
  | { readonly ok: true; readonly line: ProbeLine }
  | { readonly ok: false; readonly why: string };

/** The native program. Throws UserError when it is not built. */
export function probeProgram(root: string): string {
  const file = path.join(root, 'build', 'Release', 'probe');
  if (existsSync(file)) return file;
  throw new UserError(`The probe has not been built: ${file}`, 'npm run build');
}

export type GoProgram =
  | { readonly ok: true; readonly file: string; readonly version: string | null }
  | { readonly ok: false; readonly why: string };

/** Builds Go's program as the Go server is built. Rejects with Interrupted. */
export async function buildGo(root: string, signal: AbortSignal): Promise<GoProgram> {
  if (findProgram('go') === null) {
    return {
      ok: false,
      why: 'go is not installed: on Debian or Ubuntu: apt-get install golang-go',
    };
  }
  const folder = path.join(root, 'dist', 'micro');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'switchcost');
  const call = { workdir: path.join(root, 'go-reference'), env: buildEnvironment(), signal };
  const command = ['go', 'build', '-buildvcs=false', '-o', file, './cmd/switchcost'];
  const built = await runTool({ command, ...call });
  if (!built.ok) return { ok: false, why: `${built.why}: ${built.output}` };
  const version = await runTool({ command: ['go', 'version'], ...call });
  return { ok: true, file, version: version.ok ? version.output : null };
}

/** Runs a measuring program to its end. Rejects with Interrupted. */
export async function measureOnce(
  command: readonly string[],
  signal: AbortSignal,
): Promise<Outcome> {
  const result = await runTool({ command, workdir: '/', signal });
  if (!result.ok) return { ok: false, why: `${result.why}: ${result.output}` };
  const line = probeLineSchema.safeParse(jsonOrNull(result.output));
  if (line.success) return { ok: true, line: line.data };
  return { ok: false, why: `${command.join(' ')} printed ${JSON.stringify(result.output)}` };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Said by the caller, with the text.
    return null;
  }
}
