/**
 * The count lane of a qualification: equal servers, and one with a system call or a hand-off more
 * per request. Decisions take `trials` of the measured pairs, drawn at random.
 */
import type { GateConfig } from '../gate/config.js';
import { type CountSample, decideCounts } from '../gate/counts.js';
import { type Injection, ONE_HANDOFF, ONE_SYSCALL } from '../gate/injections.js';
import { DECISIONS, type Rate, tallied } from '../gate/qualification.js';
import { blockOrders } from '../plan/order.js';
import { buildVariant } from '../run/build.js';
import type { Built } from '../server/built.js';
import { measureCounts } from './gate-counts.js';
import type { QualifyJob } from './gate-qualify-job.js';

/** Pairs measured beyond those that a decision takes. */
const EXTRA_PAIRS = 2;

/** Rejects with Interrupted. */
export async function countRates(job: QualifyJob, { counts }: GateConfig): Promise<Rate[]> {
  const { variant, deps, signal } = job;
  const result = await buildVariant(variant, deps.root(), signal);
  if (result.kind !== 'built')
    throw new Error(`${variant.name} was measured and now is ${result.kind}`);
  const rates: Rate[] = [];
  for (const injection of [null, ONE_SYSCALL, ONE_HANDOFF]) {
    rates.push(...(await ratesOf(job, counts, result.built, injection)));
  }
  return rates;
}

async function ratesOf(
  { plan, variant, signal, seed, onText }: QualifyJob,
  counts: GateConfig['counts'],
  built: Built,
  injection: Injection | null,
): Promise<Rate[]> {
  const trials = counts.trials + EXTRA_PAIRS;
  // Memory does not depend on what a request costs.
  const idleConnections = injection === null ? counts.idleConnections : 0;
  const { samples } = await measureCounts({
    pairs: [
      {
        ...{ variant: variant.name, base: built, candidate: built },
        candidateArgs: injection?.args ?? [],
      },
    ],
    // The decisions are those of the first pairs: more of them fail nothing.
    config: { ...counts, trials, morePairs: 0, idleConnections },
    ...{ placement: plan.placement, signal, onText },
  });
  const conditions = [...new Set(samples.map(({ condition }) => condition))];
  return conditions.map((condition) => {
    const mine = samples.filter((sample) => sample.condition === condition);
    const what = injection === null ? 'A/A' : injection.args.join(' ');
    return {
      lane: 'counts',
      ...{ what, kind: injection === null ? 'same' : 'slower', variant: variant.name, condition },
      ...{ aim: null, effect: null, resampled: true, independent: 1 },
      ...tallied(decisions(mine, counts, `${seed} ${what}`, trials)),
    };
  });
}

/** What the lane says of each draw of pairs: the worst of its rows. */
function decisions(
  samples: readonly CountSample[],
  counts: GateConfig['counts'],
  seed: string,
  trials: number,
): ('fail' | 'pass' | 'inconclusive')[] {
  const all = Array.from({ length: trials }, (_, trial) => String(trial));
  const condition = samples[0]?.condition ?? '';
  // Every second order only mirrors the one before.
  const draws = blockOrders(seed, condition, all, 2 * DECISIONS).filter((_, i) => i % 2 === 0);
  return draws.map((order) => {
    const drawn = new Set(order.slice(0, counts.trials).map(Number));
    const rows = decideCounts(
      samples.filter(({ trial }) => drawn.has(trial)),
      counts,
    );
    const verdicts = rows.map(({ verdict }) => verdict);
    if (verdicts.includes('fail')) return 'fail';
    return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
  });
}
