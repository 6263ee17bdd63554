/** Runs a program to its end, for what it does or prints: a build, `git`, `g++ --version`. */
import { execa } from 'execa';
import { forgetGroup, killGroup, signalGroup, trackGroup } from '../server/groups.js';
import { Interrupted } from '../server/wait.js';

export interface ToolCall {
  readonly command: readonly string[];
  readonly workdir: string;
  /** On top of the harness' own; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export type ToolResult =
  | { readonly ok: true; readonly output: string }
  | { readonly ok: false; readonly why: string; readonly output: string };

const OUTPUT_LINES_MAX = 50;
/** For an interrupted program to remove what it has made: compilers have temporary folders. */
const GRACE_MS = 2000;

/**
 * Output is stdout and stderr as they came, trimmed; on failure its last lines. Rejects with
 * Interrupted.
 */
export async function runTool({ command, workdir, env, signal }: ToolCall): Promise<ToolResult> {
  if (signal.aborted) throw new Interrupted();
  const [file = '', ...args] = command;
  const child = execa(file, args, {
    cwd: workdir,
    env: { ...env },
    all: true,
    detached: true,
    reject: false,
    stdin: 'ignore',
    cleanup: false,
  });
  const { pid } = child;
  if (pid !== undefined) trackGroup(pid);
  const end = new GentleEnd(pid);
  signal.addEventListener('abort', end.begin, { once: true });
  const result = await child;
  signal.removeEventListener('abort', end.begin);
  end.finish();
  if (signal.aborted) throw new Interrupted();
  const lines = result.all.trim().split('\n');
  if (!result.failed) return { ok: true, output: lines.join('\n') };
  return {
    ok: false,
    why: describe(command, result),
    output: lines.slice(-OUTPUT_LINES_MAX).join('\n'),
  };
}

/** SIGINT to a group, and SIGKILL to what is left of it after the grace or after its leader. */
class GentleEnd {
  readonly #pid: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(pid: number | undefined) {
    this.#pid = pid;
  }

  readonly begin = (): void => {
    const pid = this.#pid;
    if (pid === undefined) return;
    signalGroup(pid, 'SIGINT');
    this.#timer = setTimeout(() => killGroup(pid), GRACE_MS);
  };

  /** To be called when the leader has ended. */
  finish(): void {
    if (this.#pid === undefined) return;
    clearTimeout(this.#timer);
    if (this.#timer !== undefined) killGroup(this.#pid);
    forgetGroup(this.#pid);
  }
}

interface Ended {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly originalMessage?: string | undefined;
}

function describe(
  command: readonly string[],
  { exitCode, signal, originalMessage }: Ended,
): string {
  const call = `\`${command.join(' ')}\``;
  if (exitCode !== undefined) return `${call} ended with exit status ${exitCode}`;
  if (signal !== undefined) return `${call} ended with signal ${signal}`;
  return `${call} could not be started: ${originalMessage ?? 'no reason given'}`;
}
