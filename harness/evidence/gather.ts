/**
 * The evidence of a run, gathered after its last trial, so that nothing of it runs while anything
 * is timed: sources, traces, wake-ups, memory of idle connections, costs of switches.
 *
 * A part that cannot be gathered is null with its why; it does not stop the others. What was
 * gathered before an interruption is kept.
 */

import { readMachine } from '../plan/machine.js';
import type { Reading } from '../probe/reading.js';
import type {
  MemorySlope,
  SourceEvidence,
  SwitchCost,
  Trace,
  Wakeups,
} from '../results/evidence.js';
import { isPlainSubject, type Role, subjectOf } from '../results/roles.js';
import type { Gather, GatherInput } from '../run/input.js';
import { type Candidate, subjectOf as toSubject } from '../run/subject.js';
import type { Amounts } from './amounts.js';
import { idleMemory } from './idle-memory.js';
import { attempt, type Part, partOf, withSteal } from './part.js';
import { sourcesOf } from './sources.js';
import { switchCosts } from './switch-costs.js';
import { canTrace } from './traced-server.js';
import { phasesOf } from './traces.js';
import { countsWakeups, wakeupsOf } from './wakeups.js';

export function gatherer(amounts: Amounts): Gather {
  return async (input, found) => {
    const plain = plainOf(input);
    const cast = castOf(plain, input, ['thread', 'callback', 'coroutine', 'go']);
    const ours = castOf(plain, input, ['coroutine', 'go']);
    const all = amounts.who === 'all';
    const traceable = await canTrace(input.signal);
    found.sources = await allSources(plain, input);
    found.traces = await allTraces(all ? plain : ours, traceable, input);
    const { placement } = input.plan;
    found.wakeups = await withSteal(placement, () =>
      allWakeups(ours, amounts.wakeupsMs, traceable, input),
    );
    found.memory = await withSteal(placement, async () => {
      const memory = await attempt('memory of idle connections', input, () =>
        idleMemory(all ? plain : cast, amounts.memory, readMachine(), input),
      );
      return memory.ok ? memory.value : partOf<MemorySlope>([], [memory.why]);
    });
    found.switchCosts = await withSteal(placement, async () => {
      const costs = await attempt('costs of switches', input, () =>
        switchCosts(amounts.switches, input),
      );
      return costs.ok ? partOf(costs.value, []) : partOf<SwitchCost>([], [costs.why]);
    });
  };
}

/** Subjects without flags of their own; an A/A copy adds nothing. */
function plainOf({ candidates }: GatherInput): Candidate[] {
  return candidates.filter(({ subject }) => isPlainSubject(subject));
}

/** Those whom claims mean by these roles. */
function castOf(
  plain: readonly Candidate[],
  { plan }: GatherInput,
  roles: readonly Role[],
): Candidate[] {
  const header = { plan, subjects: plain.map(toSubject) };
  const ids = new Set(roles.flatMap((role) => subjectOf(header, role)?.id ?? []));
  return plain.filter(({ subject }) => ids.has(subject.id));
}

async function allSources(
  plain: readonly Candidate[],
  input: GatherInput,
): Promise<Part<SourceEvidence>> {
  const found = await each(plain, ({ subject }) =>
    attempt(`sources of ${subject.id}`, input, () => sourcesOf(subject.variant, input.root)),
  );
  return joined(found);
}

/** Apart from everything that is timed, and never timed itself: strace slows a server down. */
async function allTraces(
  candidates: readonly Candidate[],
  traceable: Reading<true>,
  input: GatherInput,
): Promise<Part<Trace>> {
  if (!traceable.ok) return partOf<Trace>([], [traceable.why]);
  const found = await each(candidates, (candidate) => {
    const subject = candidate.subject.id;
    return attempt(`system calls of ${subject}`, input, async () => {
      const phases = await phasesOf(candidate, input);
      return [{ subject, instrument: 'strace' as const, phases }];
    });
  });
  return joined(found);
}

/** Servers that count their wake-ups report them; the others are traced by their system calls. */
async function allWakeups(
  candidates: readonly Candidate[],
  windowMs: number,
  traceable: Reading<true>,
  input: GatherInput,
): Promise<Part<Wakeups>> {
  const found = await each(candidates, async (candidate): Promise<Reading<Wakeups[]>> => {
    const { id } = candidate.subject;
    const counts = await attempt(`counters of ${id}`, input, () => countsWakeups(candidate, input));
    if (!counts.ok) return counts;
    if (!counts.value && !traceable.ok) {
      return { ok: false, why: `${id} counts no wake-ups, and ${traceable.why}` };
    }
    const instrument = counts.value ? 'counters' : 'strace';
    return attempt(`wake-ups of ${id}`, input, () =>
      wakeupsOf(candidate, instrument, windowMs, input),
    );
  });
  return joined(found);
}

/** One after the other: they use the same CPUs. */
async function each<A, B>(all: readonly A[], body: (one: A) => Promise<B>): Promise<B[]> {
  const found: B[] = [];
  for (const one of all) found.push(await body(one));
  return found;
}

function joined<T>(found: readonly Reading<T[]>[]): Part<T> {
  return partOf(
    found.flatMap((one) => (one.ok ? one.value : [])),
    found.flatMap((one) => (one.ok ? [] : [one.why])),
  );
}
