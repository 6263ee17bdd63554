/**
 * Which hardware counters this machine has: found out by counting a little work of this process.
 * Many virtual machines have none, and some have counters that open and stay at 0.
 */
import { UserError } from '../errors.js';
import { HARDWARE_EVENTS, type HardwareEvent } from './native.js';
import { openCounters, type PerfReadings, type Trouble } from './perf.js';

interface HardwareCounters {
  /** Those that count here, in the order of HARDWARE_EVENTS. */
  readonly events: readonly HardwareEvent[];
  /** Why the others do not. */
  readonly missing: ReadonlyMap<HardwareEvent, Trouble>;
}

const STOOD_STILL = 'it opens, but counts 0 where there is something';

/** Counts some ms of work. */
export function tryHardware(): HardwareCounters {
  try {
    const options = { inherit: false, enableOnExec: false };
    const counters = openCounters(process.pid, options, HARDWARE_EVENTS);
    touchMemory();
    const readings = counters.read();
    counters.close();
    return hardwareIn(readings);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const trouble = { why: error.message, remedy: ['npm run build'] };
    return { events: [], missing: new Map(HARDWARE_EVENTS.map((event) => [event, trouble])) };
  }
}

let found: HardwareCounters | undefined;

/** The same, tried once per process: what servers can be counted by in measured trials. */
export function hardwareCounters(): HardwareCounters {
  found ??= tryHardware();
  return found;
}

const TOUCHED_BYTES = 16 * 2 ** 20;
const PAGE_BYTES = 4096;

/** Instructions, cycles, and more pages than any TLB or cache has: every counter has to move. */
function touchMemory(): void {
  const bytes = new Uint8Array(TOUCHED_BYTES);
  for (let round = 1; round <= 2; round += 1) {
    for (let at = 0; at < bytes.length; at += PAGE_BYTES) bytes[at] = round;
  }
}

/** What readings after some work say of the machine. Pure. */
export function hardwareIn(readings: PerfReadings): HardwareCounters {
  const missing = new Map<HardwareEvent, Trouble>();
  for (const event of HARDWARE_EVENTS) {
    const reading = readings.get(event);
    if (reading === undefined) missing.set(event, { why: 'not asked for', remedy: [] });
    else if (!reading.ok) missing.set(event, reading);
    else if (reading.value.value === 0) missing.set(event, { why: STOOD_STILL, remedy: [] });
  }
  return { events: HARDWARE_EVENTS.filter((event) => !missing.has(event)), missing };
}

/** For the environment: `all`, or what is missing and why. */
export function hardwareText({ events, missing }: HardwareCounters): string {
  if (missing.size === 0) return 'all';
  const whys = [...new Set([...missing.values()].map(({ why }) => why))].join('; ');
  if (events.length === 0) return `none: ${whys}`;
  return `${events.join(', ')}; not ${[...missing.keys()].join(', ')}: ${whys}`;
}
