/** The kernel's counters of a server, from its first instruction on. */
import type { PerfEvent } from '../probe/native.js';
import { openCounters, type PerfCounters } from '../probe/perf.js';
import type { Process } from './process.js';

/**
 * Waits for a line, then becomes the server in the same process: counters that are opened on it
 * meanwhile see every thread. A shell reads no further than the line, so that the rest of stdin is
 * the server's.
 */
export const GATE = ['/bin/sh', '-c', 'read -r _ && exec "$0" "$@"'];

/** Opens the counters on a program behind the gate, and opens the gate. */
export function attach(events: readonly PerfEvent[], server: Process): PerfCounters | undefined {
  // What could not be started shows by its exit.
  if (server.pid === undefined || events.length === 0) return undefined;
  const options = { inherit: true, enableOnExec: true };
  const counters = openCounters(server.pid, options, events);
  void server.exited.then(() => counters.close());
  server.write('\n');
  return counters;
}
