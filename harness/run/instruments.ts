/**
 * Instrumented trials: what happened, never how fast.
 *
 * After the blocks of a run, one more trial of every subject under every condition, started under
 * the kernel's counters: context switches, migrations, page faults, CPU time and system calls of
 * all its threads, ended ones included. Then, where the processor can be counted, some blocks more
 * under its counters alone, enough for an interval. Counters cost something on each switch, and
 * the tracepoint of system calls on each call, so these trials have blocks of their own and no
 * figure of time comes from them.
 *
 * They also compare the instruments: switches by perf and by rusage.
 */
import { UserError } from '../errors.js';
import { INSTRUMENTED_MS_MAX } from '../plan/estimate.js';
import { hardwareCounters } from '../probe/hardware.js';
import { KERNEL_EVENTS, type PerfEvent } from '../probe/native.js';
import { openCounters } from '../probe/perf.js';
import { known, type Reading, unknown } from '../probe/reading.js';
import { type Plan, type Slicing, slicingOf, type Trial } from '../results/schema.js';
import { Interrupted } from '../server/wait.js';
import type { Bench } from './bench.js';
import { runLife } from './block.js';
import { perfAgainstRusage } from './counters.js';
import type { LifeTools } from './life.js';
import type { Measuring, RunRecord } from './measure.js';
import type { Place } from './place.js';

/** Blocks under counters of the processor: the fewest with a 95 % interval of the median. */
const HARDWARE_BLOCKS = 6;

export interface InstrumentedPlace extends Place {
  readonly events: readonly PerfEvent[];
}

/** The events of each instrumented block. Pure. */
export function instrumentedBlocks(
  kernel: boolean,
  hardware: readonly PerfEvent[],
): (readonly PerfEvent[])[] {
  return [
    ...(kernel ? [KERNEL_EVENTS] : []),
    ...(hardware.length === 0 ? [] : Array.from({ length: HARDWARE_BLOCKS }, () => hardware)),
  ];
}

/**
 * One place per block, condition and subject, in blocks of their own after all others, in the
 * orders of the plan's; without those that `measured` has already. Pure.
 */
export function instrumentedPlaces(
  plan: Plan,
  present: ReadonlySet<string>,
  measured: readonly Trial[],
  blocks: readonly (readonly PerfEvent[])[] = [KERNEL_EVENTS],
): InstrumentedPlace[] {
  const plain = measured.filter(({ instrumented }) => !instrumented);
  const first = Math.max(plan.blocks - 1, ...plain.map((trial) => trial.block)) + 1;
  const done = new Set(measured.filter((one) => one.instrumented).map(keyOf));
  return blocks
    .flatMap((events, i) =>
      plan.conditions.flatMap((condition, index) => {
        const orders = plan.order[index] ?? [];
        return (orders[i % orders.length] ?? [])
          .filter((subject) => present.has(subject))
          .map((subject, position) => ({ subject, condition, block: first + i, position, events }));
      }),
    )
    .filter((place) => !done.has(keyOf({ ...place, condition: place.condition.id })));
}

function keyOf({ subject, condition, block }: Pick<Trial, 'subject' | 'condition' | 'block'>) {
  return `${subject} ${condition} ${block}`;
}

/** Whether any counter of the kernel can be opened, tried on this process itself. */
export function canCount(): Reading<true> {
  try {
    const options = { inherit: false, enableOnExec: false };
    const counters = openCounters(process.pid, options, KERNEL_EVENTS);
    const readings = [...counters.read().values()];
    counters.close();
    if (readings.some(({ ok }) => ok)) return known(true);
    const [first] = readings;
    return unknown(first === undefined || first.ok ? 'no counter' : first.why);
  } catch (error) {
    if (error instanceof UserError) return unknown(error.message);
    throw error;
  }
}

/**
 * One trial under counters: the plain trial, marked, with the check of the instruments where they
 * count what rusage counts too.
 */
export async function runInstrumentedTrial(
  { events, ...place }: InstrumentedPlace,
  tools: LifeTools,
  slicing: Slicing,
): Promise<Trial> {
  const trial = await runLife(place, { ...tools, events }, slicing);
  const comparable = trial.counts !== null && events.includes('context_switches');
  const checks = [...trial.checks, ...(comparable ? [perfAgainstRusage(trial.server)] : [])];
  return { ...trial, instrumented: true, checks };
}

/** Counts need no more, and one window has no pauses that would count. */
function onceOf(plan: Plan, { condition }: Place): Slicing {
  const { firstWarmupMs, windowMs, rounds } = slicingOf(plan, condition.id);
  const most = Math.min(INSTRUMENTED_MS_MAX, rounds * windowMs);
  return { rounds: 1, firstWarmupMs, warmupMs: 0, windowMs: most, legs: [] };
}

/**
 * Runs the instrumented trials of a run into its record; none where nothing can be counted, with a
 * note. A subject that fails is noted and does not stop the others. Rejects with Interrupted, or
 * UserError when a trial cannot be written down.
 */
export async function measureInstrumented(
  measuring: Measuring,
  hardware: readonly PerfEvent[] = hardwareCounters().events,
): Promise<void> {
  const { bench, candidates, record } = measuring;
  for (const trial of record.trials.filter(({ instrumented }) => instrumented)) {
    if (trial.status !== 'ok') noteTrouble({ onEvent: () => {} }, trial, record);
  }
  const possible = canCount();
  const blocks = instrumentedBlocks(possible.ok, hardware);
  if (!possible.ok) {
    const text = `no trials under counters of the kernel: ${possible.why}; \`npm run doctor\` says what helps`;
    bench.onEvent({ kind: 'note', level: 'info', text });
  }
  const byId = new Map(candidates.map((candidate) => [candidate.subject.id, candidate]));
  const places = instrumentedPlaces(bench.plan, new Set(byId.keys()), record.trials, blocks);
  const total = record.trials.length + places.length;
  for (const place of places) {
    const candidate = byId.get(place.subject);
    if (candidate === undefined) throw new Error(`no candidate ${place.subject}`);
    const { built, subject } = candidate;
    await measureOne(place, { ...bench, built, args: subject.args }, measuring, total);
  }
}

async function measureOne(
  place: InstrumentedPlace,
  tools: LifeTools,
  { bench, journal, record }: Measuring,
  total: number,
): Promise<void> {
  if (bench.signal.aborted) throw new Interrupted();
  const text = `${place.subject}, ${place.condition.id}, under counters`;
  bench.onEvent({ kind: 'trial-start', index: record.trials.length + 1, total, text });
  const startedMs = performance.now();
  const trial = await runInstrumentedTrial(place, tools, onceOf(bench.plan, place));
  await journal.append(trial);
  record.trials.push(trial);
  if (trial.status !== 'ok') noteTrouble(bench, trial, record);
  const index = record.trials.length;
  const remainingMs = (performance.now() - startedMs) * (total - index);
  bench.onEvent({ kind: 'trial-end', index, total, trial, remainingMs });
}

function noteTrouble({ onEvent }: Pick<Bench, 'onEvent'>, trial: Trial, record: RunRecord): void {
  const text = `${trial.id} (${trial.subject}, under counters) ${trial.status}: ${trial.reason}`;
  record.problems.push(text);
  onEvent({ kind: 'note', level: 'warn', text });
}
