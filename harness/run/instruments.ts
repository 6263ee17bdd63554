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
 * They also hold the instruments against each other: switches by perf and by rusage.
 */
import { UserError } from '../errors.js';
import { hardwareCounters } from '../probe/hardware.js';
import { KERNEL_EVENTS, type PerfEvent } from '../probe/native.js';
import { openCounters } from '../probe/perf.js';
import { known, type Reading, unknown } from '../probe/reading.js';
import type { Plan, Trial } from '../results/schema.js';
import { perfAgainstRusage } from './counters.js';
import type { Journal } from './journal.js';
import type { RunRecord } from './measure.js';
import type { Candidate } from './prepare.js';
import { runTrial, type TrialPlace } from './trial.js';
import type { RunInput, RunLimits } from './types.js';
import { Interrupted } from './wait.js';

/** Blocks under counters of the processor: the fewest with a 95 % interval of the median. */
const HARDWARE_BLOCKS = 6;

export interface InstrumentedPlace extends TrialPlace {
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
  tools: Parameters<typeof runTrial>[1],
): Promise<Trial> {
  const trial = await runTrial(place, { ...tools, events });
  const comparable = trial.counts !== null && events.includes('context_switches');
  const checks = [...trial.checks, ...(comparable ? [perfAgainstRusage(trial.server)] : [])];
  return { ...trial, instrumented: true, checks };
}

/**
 * Runs the instrumented trials of a run into `record`; none where nothing can be counted, with a
 * note. A subject that fails is noted and does not stop the others. Rejects with Interrupted, or
 * UserError when a trial cannot be written down.
 */
export async function measureInstrumented(
  input: RunInput,
  candidates: readonly Candidate[],
  journal: Journal,
  limits: RunLimits,
  record: RunRecord,
  hardware: readonly PerfEvent[] = hardwareCounters().events,
): Promise<void> {
  for (const trial of record.trials.filter(({ instrumented }) => instrumented)) {
    if (trial.status !== 'ok') noteTrouble({ onEvent: () => {} }, trial, record);
  }
  const possible = canCount();
  const blocks = instrumentedBlocks(possible.ok, hardware);
  if (!possible.ok) {
    const text = `no trials under counters of the kernel: ${possible.why}; \`npm run doctor\` says what helps`;
    input.onEvent({ kind: 'note', level: 'info', text });
  }
  const byId = new Map(candidates.map((candidate) => [candidate.subject.id, candidate]));
  const places = instrumentedPlaces(input.plan, new Set(byId.keys()), record.trials, blocks);
  const total = record.trials.length + places.length;
  for (const place of places) {
    const candidate = byId.get(place.subject);
    if (candidate === undefined) throw new Error(`no candidate ${place.subject}`);
    if (input.signal.aborted) throw new Interrupted();
    const text = `${place.subject}, ${place.condition.id}, under counters`;
    input.onEvent({ kind: 'trial-start', index: record.trials.length + 1, total, text });
    const startedMs = performance.now();
    const { built, subject } = candidate;
    const trial = await runInstrumentedTrial(place, {
      ...input,
      built,
      args: subject.args,
      limits,
    });
    await journal.append(trial);
    record.trials.push(trial);
    if (trial.status !== 'ok') noteTrouble(input, trial, record);
    const index = record.trials.length;
    const remainingMs = (performance.now() - startedMs) * (total - index);
    input.onEvent({ kind: 'trial-end', index, total, trial, remainingMs });
  }
}

function noteTrouble(
  { onEvent }: Pick<RunInput, 'onEvent'>,
  trial: Trial,
  record: RunRecord,
): void {
  const text = `${trial.id} (${trial.subject}, under counters) ${trial.status}: ${trial.reason}`;
  record.problems.push(text);
  onEvent({ kind: 'note', level: 'warn', text });
}
