/**
 * What the kernel counted for a server between two stats lines, as entries of a trial, and how that
 * agrees with the server's own counters. Pure.
 */
import { HARDWARE_EVENTS, type PerfEvent } from '../probe/native.js';
import { type PerfReadings, perfDelta } from '../probe/perf.js';
import { unavailable } from '../probe/reading.js';
import type { Check, Trial } from '../results/schema.js';
import type { Stats } from '../server/control.js';
import { statsDeltas } from './deltas.js';

/** Entry of a trial <- counter, and the unit of the entry in those of the counter. */
const ENTRIES: readonly (readonly [name: string, event: PerfEvent, unit: number])[] = [
  ['perf_context_switches', 'context_switches', 1],
  ['perf_migrations', 'cpu_migrations', 1],
  ['perf_page_faults', 'page_faults', 1],
  ['perf_task_clock_us', 'task_clock', 1e-3],
  ['traced_syscalls', 'syscall_entries', 1],
  ...HARDWARE_EVENTS.map((event) => [`hw_${event}`, event, 1] as const),
];

/** A stats line and the counters read right after it. */
interface StatsReading {
  readonly stats: Stats;
  readonly counters?: PerfReadings;
}

/** What was counted between two stats lines: of the events that the server was started under. */
export function counterEntries(first: StatsReading, last: StatsReading): Trial['server'] {
  const { counters: start } = first;
  const { counters: end } = last;
  if (start === undefined || end === undefined) return {};
  const entries = ENTRIES.filter(([, event]) => start.has(event)).map(([name, event, unit]) => [
    name,
    perfDelta(event, start, end, unit),
  ]);
  return withoutBlindness(Object.fromEntries(entries), statsDeltas(first.stats, last.stats));
}

const BLIND =
  'it counted 0 where the server itself counted some: kernel events are excluded, so nothing is known';
const STILL = 'no instruction was counted while requests were answered: nothing is known';

/**
 * A counter whose kernel events are excluded counts 0 without an error. One that is 0 where the
 * server counts more is blind, and so are all of its kind. Under a hypervisor, hardware counters
 * may stay at 0.
 */
function withoutBlindness(entries: Trial['server'], stats: Trial['server']): Trial['server'] {
  const zero = (name: string) => entries[name]?.value === 0;
  const answered = (stats.requests?.value ?? 0) > 0;
  const blind = zero('perf_context_switches') && (switchesOf(stats) ?? 0) > 0;
  const still = answered && zero('hw_instructions');
  const whyNot = (name: string) => {
    if (name.startsWith('hw_')) return still ? STILL : null;
    const isBlind = blind || (name === 'traced_syscalls' && answered && zero(name));
    return isBlind ? BLIND : null;
  };
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => {
      const why = whyNot(name);
      return [name, why === null ? entry : unavailable(entry.source, why)];
    }),
  );
}

function switchesOf(server: Trial['server']): number | null {
  const voluntary = server.voluntary_switches?.value ?? null;
  const involuntary = server.involuntary_switches?.value ?? null;
  return voluntary === null || involuntary === null ? null : voluntary + involuntary;
}

export const PERF_AGAINST_RUSAGE = 'perf_against_rusage_percent';
const APART_PERCENT_MAX = 1;
/** The two are read one after the other: some switches may fall between. */
const APART_SLACK = 20;

/** Switches by perf and by the server's rusage over the same interval. */
export function perfAgainstRusage(server: Trial['server']): Check {
  const name = PERF_AGAINST_RUSAGE;
  const perf = server.perf_context_switches;
  const rusage = switchesOf(server);
  if (perf === undefined || perf.value === null || rusage === null) {
    const why = perf?.why ?? 'the server does not report its switches';
    const text = `switches by perf and by rusage could not be compared: ${why}`;
    return { name, value: null, level: 'warn', text };
  }
  const apart = Math.abs(perf.value - rusage);
  const percent = (100 * apart) / Math.max(rusage, 1);
  const agree = percent <= APART_PERCENT_MAX || apart <= APART_SLACK;
  const text = `perf counted ${perf.value} switches, rusage ${rusage} (limit ${APART_PERCENT_MAX} % apart)`;
  return { name, value: percent, level: agree ? 'ok' : 'warn', text };
}
