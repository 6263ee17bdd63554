/**
 * SIGINT and SIGTERM during a run: the first ends it in good order, the second at once.
 *
 * One Ctrl-C may arrive several times: the terminal signals the whole foreground group, and npm or
 * timeout pass on what they got. So the same signal again within a second counts once; another
 * signal counts by itself.
 */
import { setMaxListeners } from 'node:events';
import type { CliIo, StopSignal } from './io.js';

const EXIT_CODE: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The same signal again within this time after the first is the first. */
const REPEAT_MS = 1000;

export interface SignalWatch {
  /** Aborted by the first signal, whose name is the reason. */
  readonly signal: AbortSignal;
  /** The exit status that the first signal asks for; null when there was none. */
  readonly exitCode: () => number | null;
  readonly end: () => void;
}

/** `onFirst` is called once. */
export function watchSignals(
  io: Pick<CliIo, 'on' | 'off' | 'exit'>,
  onFirst: (name: StopSignal) => void,
): SignalWatch {
  const controller = new AbortController();
  // As many servers as are started at a time listen to it: more than ten are no leak.
  setMaxListeners(0, controller.signal);
  let first: { readonly name: StopSignal; readonly atMs: number } | null = null;
  const receive = (name: StopSignal) => {
    const nowMs = performance.now();
    if (first === null) {
      first = { name, atMs: nowMs };
      onFirst(name);
      controller.abort(name);
    } else if (name !== first.name || nowMs - first.atMs >= REPEAT_MS) {
      io.exit(EXIT_CODE[name]);
    }
  };
  const listeners = SIGNALS.map((name) => {
    const listener = () => receive(name);
    io.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    exitCode: () => (first === null ? null : EXIT_CODE[first.name]),
    end: () => {
      for (const { name, listener } of listeners) io.off(name, listener);
    },
  };
}
