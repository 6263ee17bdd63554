/** Plans that know their rates only when a pilot has found what the servers can take. */

import { count } from '../findings/format.js';
import { withLadder } from '../plan/ladder-plan.js';
import { planSweep } from '../plan/sweep-plan.js';
import type { Plan, RunHeader } from '../results/schema.js';
import type { Bench } from './bench.js';
import type { RunInput } from './input.js';
import { runLadderPilot, runPilot } from './pilot.js';
import type { Candidate } from './subject.js';

export interface Rated {
  readonly plan: Plan;
  readonly pilot: RunHeader['pilot'];
  /** What could not be planned, in words. */
  readonly problems: readonly string[];
}

/** Runs the pilot that the run needs, if any. Rejects with UserError or Interrupted. */
export async function withRates(
  input: RunInput,
  bench: Bench,
  candidates: readonly Candidate[],
): Promise<Rated> {
  const { plan } = bench;
  const subjects = candidates.map(({ subject }) => subject);
  if (input.kind === 'sweep') {
    const pilot = await runPilot(bench, input.sweep, candidates);
    return announced(bench, { plan: planSweep(plan, input.sweep, pilot, subjects), pilot });
  }
  const ladder = input.kind === 'fresh' ? input.ladder : undefined;
  if (ladder === undefined) return { plan, pilot: null, problems: [] };
  const pilot = await runLadderPilot(bench, ladder, candidates);
  if (pilot.capacities.some(({ perS }) => perS !== null)) {
    return announced(bench, { plan: withLadder(plan, ladder, pilot, subjects), pilot });
  }
  const why = pilot.capacities[0]?.why ?? 'no server took part';
  const problem = `no open loads are measured: the pilot found no capacity (${why})`;
  bench.onEvent({ kind: 'note', level: 'warn', text: problem });
  return { plan, pilot: null, problems: [problem] };
}

function announced(
  { onEvent }: Bench,
  { plan, pilot }: { readonly plan: Plan; readonly pilot: NonNullable<RunHeader['pilot']> },
): Rated {
  const rates = plan.conditions.filter(({ load }) => load.kind === 'open').length;
  const found = `${count(plan.order.flat(2).length, 'trial')}, at ${count(rates, 'rate')}`;
  const text = `the pilot took ${Math.round(pilot.durationMs / 1000)} s: ${found}`;
  onEvent({ kind: 'note', level: 'info', text });
  return { plan, pilot, problems: [] };
}
