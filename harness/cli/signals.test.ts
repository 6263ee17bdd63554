import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StopSignal } from './io.js';
import { watchSignals } from './signals.js';
import { FakeIo } from './testing.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function watched() {
  const io = new FakeIo('/');
  const received: StopSignal[] = [];
  const watch = watchSignals(io, (name) => received.push(name));
  return { io, received, watch };
}

describe('watchSignals', () => {
  it('lets any number of servers listen, without a word from Node', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const { signal } = watched().watch;
    for (let i = 0; i < 20; i++) signal.addEventListener('abort', () => {});
    await setImmediate();
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('takes a Ctrl-C that is delivered several times for one', () => {
    const { io, received, watch } = watched();
    for (const pauseMs of [0, 3, 996]) {
      vi.advanceTimersByTime(pauseMs);
      io.raise('SIGINT');
    }
    expect(received).toEqual(['SIGINT']);
    expect(io.exits).toEqual([]);
    expect(watch.signal.reason).toBe('SIGINT');
    expect(watch.exitCode()).toBe(130);
  });

  it('takes it for a second one from a second on', () => {
    const { io, received } = watched();
    io.raise('SIGINT');
    vi.advanceTimersByTime(1000);
    io.raise('SIGINT');
    expect(received).toEqual(['SIGINT']);
    expect(io.exits).toEqual([130]);
  });

  it('takes another signal for another wish at any time', () => {
    const { io, received, watch } = watched();
    io.raise('SIGINT');
    io.raise('SIGTERM');
    expect(received).toEqual(['SIGINT']);
    expect(io.exits).toEqual([143]);
    expect(watch.exitCode()).toBe(130);
  });

  it('stops listening at its end', () => {
    const { io, watch } = watched();
    expect(watch.exitCode()).toBeNull();
    watch.end();
    expect(io.listeners).toBe(0);
  });
});
