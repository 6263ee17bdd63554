/** One made-up run per claim and verdict. Never used outside tests. */
import type { Results } from '../results/schema.js';
import type { Verdict } from './claim.js';
import {
  CALLBACK,
  COROUTINE,
  doseId,
  GO,
  type Made,
  madeResults,
  THREAD,
  usualCpu,
  usualSwitches,
} from './testing.js';
import {
  LISTEN_AS_CLAIMED,
  LISTEN_AS_IS,
  memorySlopes,
  SERVED,
  SERVED_OTHERWISE,
  switchTable,
  traces,
  WAKEUPS_BY_ALL,
  wakeups,
} from './testing-evidence.js';

/** A trace shows it or shows otherwise: what rests on one alone is never inconclusive. */
export type Cases = Readonly<Partial<Record<Verdict, () => Results>>>;

const DOSES = [1, 2, 4];

/** Threads cost `us` more per request than callbacks, from `from` connections on. */
function threadsCost(us: number, from = 0): NonNullable<Made['cpuUs']> {
  return (subject, connections) => {
    if (subject !== THREAD) return usualCpu(subject, connections);
    return usualCpu(CALLBACK, connections) + (connections >= from ? us : 0);
  };
}

/** Hand-offs cost `us` per switch, two switches each; threads cost what `threadUs` says. */
function dosed(threadUs: number, us: number): Made {
  const handoffs = (subject: string) => DOSES.find((k) => doseId(k) === subject) ?? 0;
  return {
    doses: DOSES,
    cpuUs: (subject, connections) => {
      const extra = subject === THREAD ? threadUs : 2 * us * handoffs(subject);
      const plain = subject === THREAD || handoffs(subject) > 0 ? CALLBACK : subject;
      return usualCpu(plain, connections) + extra;
    },
    switches: (subject, connections) => usualSwitches(subject, connections) + 2 * handoffs(subject),
    evidence: switchTable(),
  };
}

/** Coroutines and Go cost this many times what callbacks cost. */
function coroutinesCost(factor: number): NonNullable<Made['cpuUs']> {
  return (subject, connections) =>
    subject === COROUTINE || subject === GO
      ? usualCpu(CALLBACK, connections) * factor
      : usualCpu(subject, connections);
}

function switching(perRequest: number): NonNullable<Made['switches']> {
  return (subject, connections) => (subject === THREAD || connections < 8 ? 1 : perRequest);
}

const BOTH = [GO, COROUTINE];

/** A mechanism: as claimed (whatever the run is worth), otherwise, and not traced. */
function traced(good: [string, string], bad: [string, string]): Cases {
  return {
    supported: () => madeResults({ evidence: traces(BOTH, ...good), quality: 'invalid' }),
    refuted: () => madeResults({ evidence: traces(BOTH, ...bad) }),
    'not-measurable': () => madeResults({ evidence: {} }),
  };
}

const SERVING = traced([LISTEN_AS_IS, SERVED], [LISTEN_AS_IS, SERVED_OTHERWISE]);

const NOBODY = { find_runnable_blocking: 9000, find_runnable_nonblocking: 9000, sysmon: 0 };
const DEADLINES = { find_runnable_blocking: 900, sysmon: 1, deadline: 500, in_vain: 0 };
const FEW = { find_runnable_blocking: 20, sysmon: 0, in_vain: 0 };

function woken(counts: Record<string, number>) {
  return () =>
    madeResults({
      evidence: wakeups(COROUTINE, { idle: counts, medium: counts, saturated: counts }),
    });
}

function remembered(thread: [number, number], width?: number) {
  const slopes = { [THREAD]: thread, [COROUTINE]: [9000, 2000], [GO]: [6500, 2000] } as const;
  return () => madeResults({ evidence: memorySlopes(slopes, width) });
}

/** By claim id; descriptions are not here. */
export const CASES: Readonly<Record<string, Cases>> = {
  'switch-cost': {
    supported: () => madeResults({ evidence: switchTable() }),
    refuted: () => madeResults({ evidence: switchTable({ pipe: 900, eventfd: 850, futex: 800 }) }),
    inconclusive: () => madeResults({ evidence: switchTable({ futex: 1510 }) }),
    'not-measurable': () => madeResults(),
  },
  'threads-slow': {
    supported: () => madeResults(),
    refuted: () => madeResults({ cpuUs: threadsCost(0.1) }),
    inconclusive: () => madeResults({ cpuUs: threadsCost(0.6), noise: 0.05 }),
    'not-measurable': () => madeResults({ without: [CALLBACK] }),
  },
  'threads-slow-because-switches': {
    supported: () => madeResults(dosed(2.6, 1.8)),
    refuted: () => madeResults(dosed(20, 1.8)),
    inconclusive: () => madeResults(dosed(3.6, 1.8)),
    'not-measurable': () => madeResults({ ...dosed(2.6, 1.8), doses: [] }),
  },
  'epoll-better': {
    supported: () => madeResults(),
    refuted: () => madeResults({ cpuUs: threadsCost(0) }),
    inconclusive: () => madeResults({ noise: 0.2 }),
    'not-measurable': () => madeResults({ connections: [64, 512] }),
  },
  'coroutine-switch-cheap': {
    supported: () => madeResults({ evidence: switchTable() }),
    refuted: () => madeResults({ evidence: switchTable({ pipe: 30, eventfd: 30, futex: 30 }) }),
    inconclusive: () => madeResults({ evidence: switchTable({ channel: 340 }) }),
    'not-measurable': () => madeResults({ evidence: {} }),
  },
  'coroutines-as-fast': {
    supported: () => madeResults(),
    refuted: () => madeResults({ cpuUs: coroutinesCost(1.3) }),
    inconclusive: () => madeResults({ cpuUs: coroutinesCost(1.1), noise: 0.05 }),
    'not-measurable': () => madeResults({ without: [COROUTINE] }),
  },
  'coroutines-avoid-switches': {
    supported: () => madeResults(),
    refuted: () => madeResults({ switches: switching(0.6) }),
    inconclusive: () => madeResults({ blocks: 4 }),
    'not-measurable': () => madeResults({ connections: [1, 512] }),
  },
  memory: {
    supported: remembered([13_000, 20_000]),
    refuted: remembered([9000, 3000]),
    inconclusive: remembered([13_000, 9000], 0.2),
    'not-measurable': () => madeResults({ evidence: {} }),
  },
  'listen-sequence': traced([LISTEN_AS_CLAIMED, SERVED], [LISTEN_AS_IS, SERVED]),
  'epoll-flags': SERVING,
  'accept-parks': SERVING,
  'accept-adds': SERVING,
  'read-parks': SERVING,
  'write-parks': SERVING,
  'netpoll-wakes': {
    supported: () => madeResults({ evidence: wakeups(COROUTINE, WAKEUPS_BY_ALL) }),
    refuted: woken(DEADLINES),
    inconclusive: woken(FEW),
    'not-measurable': () => madeResults({ evidence: {} }),
  },
  'sysmon-wakes': {
    supported: () => madeResults({ evidence: wakeups(COROUTINE, WAKEUPS_BY_ALL) }),
    refuted: woken(NOBODY),
    inconclusive: woken(FEW),
    'not-measurable': () => madeResults({ without: [GO, COROUTINE, 'go-net-twin'] }),
  },
};
