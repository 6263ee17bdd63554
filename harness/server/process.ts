/**
 * A child process in a process group of its own: its lines, its last output, its end.
 *
 * It is tracked from the moment it exists, and its whole group is killed as soon as it ends, and
 * what it started in sessions of their own, so that nothing outlives it.
 */
import { randomUUID } from 'node:crypto';
import { execa } from 'execa';
import { forgetGroup, killGroup, killRestOfGroup, trackGroup } from './groups.js';
import { endAll, MARK, processesMarked } from './left-behind.js';
import { eachLine, LastLines, LineQueue } from './lines.js';
import { within } from './wait.js';

/** How a process ended. `failure` is set when it could not even be started. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly failure?: string;
  /** What it had started in sessions of their own, which we ended after it; absent: nothing. */
  readonly left?: readonly number[];
}

const OUTPUT_LINES_MAX = 50;
/**
 * After the end of a process its pipes close at once, unless a process outside its group holds
 * them.
 */
const CLOSE_LIMIT_MS = 5_000;

export interface Process {
  /** undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Lines of stdout. */
  readonly lines: LineQueue;
  /** Resolves when the process has ended, its group is dead and its output is complete. */
  readonly exited: Promise<Exit>;
  /** The last lines of stderr. */
  output(): string;
  /** Writes to stdin. Drops what a dead process can no longer read: `exited` reports its end. */
  write(text: string): void;
  /** End of file on its stdin. */
  endInput(): void;
  /** Closes our ends of all its pipes, as the kernel does when the harness is killed. */
  abandon(): void;
  /** Sends a signal to the process itself. */
  signal(name: NodeJS.Signals): void;
  /** SIGKILL to the whole group, and waits for the end. */
  kill(): Promise<void>;
}

export interface Command {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly workdir: string;
  /** Added to the harness' own environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a program. A failure to start is an Exit like any other. */
export function launch({ command, workdir, env }: Command): Process {
  const [file = '', ...args] = command;
  const mark = randomUUID();
  const child = spawn(file, args, workdir, { ...env, [MARK]: mark });
  const lines = new LineQueue();
  const lastLines = new LastLines(OUTPUT_LINES_MAX);
  eachLine(child.stdout, (line) => lines.add(line));
  eachLine(child.stderr, (line) => lastLines.add(line));
  // EPIPE of a server that has just died: `exited` reports its end.
  child.stdin.on('error', () => {});
  const exited = watchExit(child, mark);
  if (child.pid !== undefined) trackGroup(child.pid, mark);
  return {
    pid: child.pid,
    lines,
    exited,
    output: () => lastLines.text(),
    write: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    abandon: () => {
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
    },
    signal: (name) => void child.kill(name),
    kill: async () => {
      if (child.pid !== undefined && !hasEnded(child)) killGroup(child.pid);
      await exited;
    },
  };
}

function spawn(
  file: string,
  args: readonly string[],
  workdir: string,
  env: Readonly<Record<string, string>>,
) {
  return execa(file, args, {
    cwd: workdir,
    env,
    detached: true,
    buffer: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    // We must end a detached process: see groups.ts.
    cleanup: false,
  });
}

type Child = ReturnType<typeof spawn>;

function hasEnded(child: Child): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function watchExit(child: Child, mark: string): Promise<Exit> {
  if (child.pid === undefined) {
    const result = await child;
    return { code: null, signal: null, failure: result.originalMessage ?? result.message ?? '' };
  }
  const pid = child.pid;
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const exit = await new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  killRestOfGroup(pid);
  const left = endAll(() => processesMarked(mark, pid));
  forgetGroup(pid);
  const close = await within(closed, CLOSE_LIMIT_MS);
  if (close.late) {
    child.stdout.destroy();
    child.stderr.destroy();
  }
  return left.length === 0 ? exit : { ...exit, left };
}

/** `exit status 3`, `signal SIGKILL`, or why it could not be started. */
export function describeExit(exit: Exit): string {
  if (exit.failure !== undefined) return exit.failure;
  const how = exit.signal === null ? `exit status ${exit.code}` : `signal ${exit.signal}`;
  return exit.left === undefined ? how : `${how}; it ${describeLeft(exit.left)}`;
}

/** Of a program that continued in the background, or that did not end what it had started. */
export function describeLeft(pids: readonly number[]): string {
  const which = `process${pids.length === 1 ? '' : 'es'} ${pids.join(', ')}`;
  return `left ${which} running in a session of its own (setsid), which was ended: a server stays in the foreground`;
}

/** EX_UNAVAILABLE of sysexits.h. */
export const CANNOT_RUN = 69;

/**
 * Why a server says that this machine cannot run it (docs/PROTOCOL.md, section 1): the last line of
 * its stderr. null: it gave no reason.
 */
export function cannotRun({ code }: Exit, output: string): string | null {
  if (code !== CANNOT_RUN) return null;
  return output.trimEnd().split('\n').at(-1) || 'it does not say why';
}
