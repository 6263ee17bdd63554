/**
 * The rows of `iomodels micro` that claims read, measured within the run that they are to explain:
 * same machine, same hour. docs/MICRO.md says what each row is.
 */
import { measureRounds } from '../micro/measure.js';
import { buildGo, probeProgram } from '../micro/programs.js';
import { ROWS, type RowSpec } from '../micro/rows.js';
import type { Row, Sample } from '../micro/schema.js';
import { rowsOf } from '../micro/switches.js';
import { given } from '../optional.js';
import { COST_ROWS, SWITCH_ROWS, type SwitchCost } from '../results/evidence.js';
import type { GatherInput } from '../run/input.js';
import { median } from '../stats/quantile.js';

const NAMES: ReadonlySet<string> = new Set([
  ...Object.values(SWITCH_ROWS).flat(),
  ...Object.values(COST_ROWS).flat(),
]);

/** The rows of claims, out of all rows of `iomodels micro`. */
export const EVIDENCE_ROWS: readonly RowSpec[] = ROWS.filter(({ id }) =>
  NAMES.has(nameOf(id).name),
);

export interface SwitchAmount {
  readonly rounds: number;
  /** Measured time of one sample. */
  readonly sampleMs: number;
}

/** Rejects with UserError when the probe is not built, or with Interrupted. */
export async function switchCosts(
  { rounds, sampleMs }: SwitchAmount,
  { plan, onEvent, signal, root }: GatherInput,
): Promise<SwitchCost[]> {
  const { placement, seed } = plan;
  const [cpu] = placement.serverCpus;
  if (cpu === undefined) throw new Error('no CPU for the server');
  const otherCpu = placement.clientCpus.find((one) => one !== cpu) ?? null;
  const probe = probeProgram(root);
  const go = await buildGo(root, signal);
  const samples: Sample[] = [];
  const say = (text: string) => onEvent({ kind: 'phase', name: 'evidence', text });
  await measureRounds(
    {
      rounds,
      sampleMs,
      seed,
      cpu,
      otherCpu,
      probe,
      go,
      signal,
      rows: EVIDENCE_ROWS,
      onEvent: (event) =>
        event.kind === 'phase' ? say(`switches, ${event.text}`) : onEvent(event),
    },
    samples,
  );
  return costsOf(samples);
}

/** The rows that were measured. */
export function costsOf(samples: readonly Sample[]): SwitchCost[] {
  const measured = new Set(samples.map(({ row }) => row));
  return rowsOf(samples)
    .filter(({ id }) => measured.has(id))
    .map((row) => costOf(row, samples));
}

function costOf(row: Row, samples: readonly Sample[]): SwitchCost {
  const { id, ns, status, why, switches } = row;
  const reason = why ?? ns.why;
  return {
    ...nameOf(id),
    ns: ns.estimate,
    lo: ns.lo,
    hi: ns.hi,
    n: ns.n,
    callsNs: callsOf(samples.filter((sample) => sample.row === id)),
    verified: switches === null ? null : status === 'ok',
    ...given({ why: reason }),
  };
}

/** A thread that calls and never waits is not switched: void samples time its calls as well. */
function callsOf(samples: readonly Sample[]): number | null {
  const times = samples.flatMap(({ line }) => {
    const calls = line?.sameCalls;
    return calls === undefined || calls.operations === 0 ? [] : [calls.cpuNs / calls.operations];
  });
  return times.length === 0 ? null : median(times);
}

/** `thread-pipe-16384` -> thread-pipe with 16384 bytes touched; other ids are names. */
function nameOf(id: string): Pick<SwitchCost, 'name' | 'workingSetBytes'> {
  const [, name, bytes] = /^(thread-[a-z]+)-(\d+)$/.exec(id) ?? [];
  return name === undefined
    ? { name: id, workingSetBytes: 0 }
    : { name, workingSetBytes: Number(bytes) };
}
