/**
 * A network namespace without a name: a process that waits for the end of its input is in it, and
 * with the last process the kernel removes it. The input ends with the harness, however that ends,
 * so nothing remains to be removed.
 */
import { UserError } from '../errors.js';
import { describeExit, type Exit, launch } from '../server/process.js';

export interface Namespace {
  /** Of the process that holds it. */
  readonly pid: number;
  /** What nsenter and setns(2) take. */
  readonly path: string;
}

/** `cat` waits for input that never comes; the line says that it is in the namespace. */
const HOLDER = ['unshare', '--net', '--', 'sh', '-c', 'echo held && exec cat'];

/**
 * Runs `body` with a namespace of its own. Rejects with UserError, `remedy` being what to do, when
 * there can be none, or with what `body` rejects with.
 */
export async function withNamespace<T>(
  remedy: string,
  body: (namespace: Namespace) => Promise<T>,
): Promise<T> {
  const holder = launch({ command: HOLDER, workdir: '/', env: {} });
  try {
    const held = holder.lines.filled().then((): Exit | null => null);
    const exit = await Promise.race([held, holder.exited]);
    if (exit !== null || holder.pid === undefined) {
      const why = exit === null ? '' : `: \`${HOLDER.join(' ')}\` ended with ${describeExit(exit)}`;
      throw new UserError(`no network namespace could be made${why}`, remedy, {
        output: holder.output(),
      });
    }
    return await body({ pid: holder.pid, path: `/proc/${holder.pid}/ns/net` });
  } finally {
    await holder.kill();
  }
}
