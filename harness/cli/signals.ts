/** SIGINT and SIGTERM during a run: the first ends it in good order, the second at once. */
import type { CliIo, StopSignal } from './io.js';

const EXIT_CODE: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface SignalWatch {
  /** Aborted by the first signal, whose name is the reason. */
  readonly signal: AbortSignal;
  /** The exit status that the first signal asks for; null when there was none. */
  readonly exitCode: () => number | null;
  readonly end: () => void;
}

/** `onFirst` is told once. */
export function watchSignals(
  io: Pick<CliIo, 'on' | 'off' | 'exit'>,
  onFirst: (name: StopSignal) => void,
): SignalWatch {
  const controller = new AbortController();
  let code: number | null = null;
  const listeners = SIGNALS.map((name) => {
    const listener = () => {
      if (code !== null) {
        io.exit(EXIT_CODE[name]);
        return;
      }
      code = EXIT_CODE[name];
      onFirst(name);
      controller.abort(name);
    };
    io.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    exitCode: () => code,
    end: () => {
      for (const { name, listener } of listeners) io.off(name, listener);
    },
  };
}
