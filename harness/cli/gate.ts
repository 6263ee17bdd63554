/**
 * `iomodels gate`: builds both sides, measures the lanes, decides, and says it everywhere.
 *
 * config, accepted losses -> plan -> sides -> counts -> timing -> rows -> files -> terminal.
 */
import path from 'node:path';
import pc from 'picocolors';
import { UserError } from '../errors.js';
import type { GateConfig } from '../gate/config.js';
import { CANNOT_MEASURE } from '../gate/parse.js';
import type { Lane } from '../gate/rows.js';
import type { GateFile } from '../gate/schema.js';
import { Interrupted } from '../server/wait.js';
import type { CliDeps } from './deps.js';
import type { Written } from './gate-files.js';
import { runGate } from './gate-run.js';
import { renderGate } from './gate-table.js';
import { type CliIo, hasColour, widthOf } from './io.js';
import { watchSignals } from './signals.js';

export interface GateRequest {
  /** What git takes for a commit; absent: a stored baseline takes its place. */
  readonly base?: string;
  /** Absent: the working tree. */
  readonly candidate?: string;
  readonly baseline?: string;
  readonly writeBaseline: boolean;
  readonly variants?: readonly string[];
  readonly variantDirs: readonly string[];
  readonly lanes: readonly Exclude<Lane, 'correctness'>[];
  readonly workloads?: GateConfig['timing']['workloads'];
  readonly connections?: readonly number[];
  readonly blocks?: number;
  /** Extra flags of the candidate's servers, to try the gate itself. */
  readonly candidateArgs: readonly string[];
  readonly config?: string;
  readonly accept?: string;
  readonly strict: boolean;
  readonly cpus?: string;
  readonly seed: string;
  readonly out?: string;
  readonly json: boolean;
  readonly argv: readonly string[];
}

/** Resolves with the exit status. Rejects with UserError, of exit status 3 if it can be. */
export async function gate(request: GateRequest, io: CliIo, deps: CliDeps): Promise<number> {
  const watch = watchSignals(io, (name) =>
    io.stderr.write(`${name}: ending the gate, nothing is decided (once more: at once)\n`),
  );
  try {
    const { file, written } = await runGate({ request, io, deps, signal: watch.signal });
    print(file, written, request, io);
    return watch.exitCode() ?? file.exitCode;
  } catch (error) {
    // What was measured of an interrupted gate decides nothing.
    if (error instanceof Interrupted) return watch.exitCode() ?? 1;
    throw asUnmeasurable(error);
  } finally {
    watch.end();
  }
}

/** Whatever keeps the gate from measuring has one exit status; an interruption keeps its own. */
function asUnmeasurable(error: unknown): unknown {
  if (!(error instanceof UserError) || error.exitCode > 2) return error;
  const { message, remedy, output, cause } = error;
  const said = output === undefined ? {} : { output };
  return new UserError(message, remedy, { ...said, exitCode: CANNOT_MEASURE, cause });
}

function print(file: GateFile, { page }: Written, { json }: GateRequest, io: CliIo): void {
  if (json) {
    io.stdout.write(`${JSON.stringify(file, null, 2)}\n`);
    return;
  }
  const { bold, dim } = pc.createColors(hasColour(io.stdout, io.env));
  const table = renderGate(file, widthOf(io.stdout), { title: bold, note: dim });
  const relative = path.relative(io.cwd(), page);
  const shown = relative.startsWith('..') ? page : relative;
  io.stdout.write(`\n${table}\nreport: ${shown}\n`);
}
