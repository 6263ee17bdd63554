/**
 * A made-up sweep for tests: servers that behave like queues with a given capacity, so that p99 is
 * a known function of the rate. Never used outside tests.
 */
import { conclude } from '../findings/quality.js';
import { openCondition } from '../plan/sweep-plan.js';
import { roundRate } from '../plan/sweep-search.js';
import type { Pilot } from './header.js';
import type { Results, Trial } from './schema.js';
import { makeRun } from './testing.js';
import { makeHistogram } from './testing-models.js';

/** p99 of an idle server, us; at a share x of capacity it is 1 / (1 - x) times that. */
export const FLOOR_US = 100;
export const CAPACITIES: Readonly<Record<string, number>> = {
  'go-net': 60_000,
  'callback-epoll': 80_000,
  'thread-per-connection': 40_000,
};
const SUBJECTS = ['go-net', 'go-net-twin', 'callback-epoll', 'thread-per-connection'];
const SLOWEST = 40_000;
const COMMON_SHARES = [0.1, 0.25, 0.5, 0.75, 0.9];
const WINDOW_MS = 700;
const BLOCKS = 6;
/** Of every histogram here; only its quantiles are looked at. */
const SHAPE = makeHistogram(1000, 0.3, 1000);

const PILOT: Pilot = {
  durationMs: 61_000,
  slosMs: [1, 5],
  capacities: Object.entries(CAPACITIES).map(([subject, perS]) => ({ subject, perS })),
  searches: Object.entries(CAPACITIES).flatMap(([subject, perS]) => [
    { subject, sloMs: 1, steps: [], foundPerS: roundRate(0.89 * perS) },
    { subject, sloMs: 5, steps: [], foundPerS: roundRate(0.97 * perS) },
  ]),
};

/** `edit` replaces a trial before anything is concluded. */
export function makeSweepResults(edit: (trial: Trial) => Trial = (trial) => trial): Results {
  const made = makeRun({ subjects: SUBJECTS, connections: [64], blocks: 1, windowMs: WINDOW_MS });
  const [closed] = made.header.plan.conditions;
  if (closed === undefined) throw new Error('no condition');
  const wishes = wishesOf();
  const rates = [...wishes.keys()].sort((a, b) => a - b);
  const conditions = rates.map((rate) => openCondition(closed, rate));
  const order = rates.map((rate) =>
    Array.from({ length: BLOCKS }, () => [...(wishes.get(rate) ?? [])]),
  );
  const plan = { ...made.header.plan, conditions, order, blocks: BLOCKS };
  const header = { ...made.header, plan, pilot: PILOT };
  const places = conditions.flatMap((condition, c) =>
    (order[c] ?? []).flatMap((ids, block) =>
      ids.map((subject, position) => ({ condition, subject, block, position })),
    ),
  );
  const trials = places.map((place) => edit(makeTrial(place, made.trials)));
  return {
    schemaVersion: 1,
    header,
    finishedAt: header.startedAt,
    outcome: 'complete',
    problems: [],
    trials,
    ...conclude(header, trials, null),
    evidence: null,
  };
}

function wishesOf(): Map<number, readonly string[]> {
  const wishes = new Map<number, readonly string[]>();
  for (const [subject, perS] of Object.entries(CAPACITIES)) {
    const family = SUBJECTS.filter((id) => id === subject || id === `${subject}-twin`);
    for (const share of [0.5, 0.8, 0.89, 0.97]) {
      const rate = roundRate(share * perS);
      wishes.set(rate, [...new Set([...(wishes.get(rate) ?? []), ...family])]);
    }
  }
  for (const share of COMMON_SHARES) wishes.set(roundRate(share * SLOWEST), SUBJECTS);
  return wishes;
}

interface Place {
  readonly condition: ReturnType<typeof openCondition>;
  readonly subject: string;
  readonly block: number;
  readonly position: number;
}

/** A closed trial of the subject as an open load leaves it: a queue, and above capacity a backlog. */
function makeTrial({ condition, subject, block, position }: Place, made: readonly Trial[]): Trial {
  const trial = made.find((one) => one.subject === subject);
  if (trial?.counts == null || trial.client === null) throw new Error(`no trial of ${subject}`);
  const { ratePerS } = condition.load;
  // Blocks differ by 1 % up and down.
  const capacity =
    (CAPACITIES[subject.replace(/-twin$/, '')] ?? 1) * (1 + 0.01 * ((block % 3) - 1));
  const offered = Math.round((ratePerS * WINDOW_MS) / 1000);
  const completed = Math.round(offered * Math.min(1, capacity / ratePerS));
  const p99 = ratePerS < capacity ? (1000 * FLOOR_US) / (1 - ratePerS / capacity) : 3e8;
  const response = { ...SHAPE, count: completed, p50: p99 / 4, p90: p99 / 2, p99, p999: 2 * p99 };
  const counts = { completed, sent: completed, ok: completed, unfinished: 0, offered, starved: 0 };
  return {
    ...trial,
    condition: condition.id,
    id: `${condition.id}-b${block}-p${position}`,
    block,
    position,
    counts: { ...trial.counts, ...counts },
    latency: { service: response, response, lateness: { ...SHAPE, count: completed, p99: 9000 } },
    client: {
      ...trial.client,
      cpuUs: { ...trial.client.cpuUs, value: WINDOW_MS * 1000 },
      busyShare: { value: 0.3, source: 'made up', quality: 'exact' },
    },
  };
}
