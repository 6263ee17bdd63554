/** What the command line gives to the lanes of the gate, and how a command that runs them ends. */
import path from 'node:path';
import type { LaneTools } from '../gate/lanes/lane-tools.js';
import { Interrupted } from '../server/wait.js';
import type { CommandContext } from './deps.js';
import { runsFolder } from './folders.js';
import { createProgress } from './progress.js';
import { makeRunId } from './runs.js';
import { watchSignals } from './signals.js';

/**
 * Resolves with the exit status: of the first signal, or of `body`. `name` begins the run's id,
 * `out` is where its folder is made (undefined: reports/), `ending` what a signal ends, in words.
 */
export async function withLaneTools(
  name: 'gate' | 'qualify',
  ending: string,
  out: string | undefined,
  { io, deps, argv }: CommandContext,
  body: (tools: LaneTools) => Promise<number>,
): Promise<number> {
  const root = deps.root();
  const watch = watchSignals(io, (signal) =>
    io.stderr.write(`${signal}: ${ending} (once more: at once)\n`),
  );
  const runId = `${name}-${makeRunId(new Date())}`;
  try {
    const exitCode = await body({
      run: deps.run,
      loadClient: deps.loadClient,
      readMachine: deps.readMachine,
      root,
      folder: path.join(runsFolder(out, io.cwd(), root), runId),
      runId,
      argv,
      signal: watch.signal,
      onText: (text) => void io.stderr.write(`${text}\n`),
      progress: (estimatedMs) => createProgress(io, { estimatedMs, now: () => performance.now() }),
    });
    return watch.exitCode() ?? exitCode;
  } catch (error) {
    // An interrupted run decides nothing.
    if (error instanceof Interrupted) return watch.exitCode() ?? 1;
    throw error;
  } finally {
    watch.end();
  }
}
