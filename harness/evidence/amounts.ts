/** How much evidence each profile gathers. Data, and what it takes. */
import { estimateRoundsMs } from '../micro/measure.js';
import type { ProfileName } from '../plan/profiles.js';
import type { MemoryAmount } from './idle-memory.js';
import { EVIDENCE_ROWS, type SwitchAmount } from './switch-costs.js';

export interface Amounts {
  /** Whom: the servers whose roles claims name, or all that take part. */
  readonly who: 'roles' | 'all';
  readonly switches: SwitchAmount;
  /** Each of three loads on each server that wakes coroutines or goroutines. */
  readonly wakeupsMs: number;
  readonly memory: MemoryAmount;
}

/** null: none. Six repetitions are the fewest with an interval. */
export const AMOUNTS: Readonly<Record<ProfileName, Amounts | null>> = {
  smoke: null,
  default: {
    who: 'roles',
    switches: { rounds: 10, sampleMs: 8 },
    wakeupsMs: 800,
    memory: { connections: [0, 1000, 2000], repetitions: 6, idleMs: 250 },
  },
  full: {
    who: 'all',
    switches: { rounds: 20, sampleMs: 25 },
    wakeupsMs: 2000,
    memory: { connections: [0, 1000, 5000, 10_000], repetitions: 6, idleMs: 600 },
  },
};

/** Start, settling, stop of one server, and the same under strace. */
const START_MS = 300;
const TRACE_MS = 5000;
/** Connecting one client to a server. */
const CONNECT_MS = 0.15;

/** About how long it takes with so many plain servers, ms: an estimate for people. */
export function estimateAmountsMs(amounts: Amounts | null, subjects: number): number {
  if (amounts === null) return 0;
  const { switches, wakeupsMs, memory, who } = amounts;
  const servers = who === 'all' ? subjects : Math.min(subjects, 4);
  const climbMs =
    START_MS +
    memory.connections.length * memory.idleMs +
    Math.max(...memory.connections) * CONNECT_MS;
  return (
    estimateRoundsMs(switches.rounds, switches.sampleMs, EVIDENCE_ROWS) +
    (who === 'all' ? subjects : 2) * TRACE_MS +
    2 * 3 * (START_MS + wakeupsMs) +
    (servers + 1) * memory.repetitions * climbMs
  );
}
