/**
 * How much two CPUs slow each other down: a thread spins on the server's alone, on the client's
 * alone, then on both at once, in turns, so that a slow moment of the machine hits all three. Two
 * threads of one core share its units and slow each other down, also where a hypervisor calls them
 * cores.
 *
 * Speed is turns per ms of a thread's CPU time, without the gaps in which it did not run: other
 * programs and steal do not count. A changing CPU clock does, so rounds must agree.
 */

import { SMT_SLOWDOWN } from '../findings/hidden-smt.js';
import type { Spin } from '../probe/native.js';
import type { Calibration, Placement } from '../results/schema.js';
import { Interrupted } from '../server/wait.js';
import { median } from '../stats/quantile.js';

type Value = Calibration['values'][number];

const ROUNDS = 6;
const SPIN_MS = 100;
/** Between the second lowest and the second highest round: beyond it nothing is known. */
const SPREAD_MAX = 0.2;

/** Some 1.8 s. Rejects with Interrupted. */
export async function smtSlowdown(
  spin: Spin | undefined,
  { serverCpus, clientCpus }: Placement,
  signal: AbortSignal,
): Promise<Value> {
  const unknown = (why: string): Value => {
    return { name: SMT_SLOWDOWN, unit: 'ratio', value: null, source: SOURCE, why };
  };
  const [server] = serverCpus;
  const client = clientCpus.find((cpu) => !serverCpus.includes(cpu));
  if (spin === undefined) return unknown('no thread can spin here');
  if (server === undefined || client === undefined) {
    return unknown('server and client share their only CPU');
  }
  const rounds: number[] = [];
  while (rounds.length < ROUNDS) {
    if (signal.aborted) throw new Interrupted();
    try {
      const round = await slowdownOnce(spin, server, client);
      if (round === null) return unknown('a spinning thread never ran');
      rounds.push(round);
    } catch (error) {
      if (error instanceof Error) return unknown(error.message);
      throw error;
    }
  }
  return judgeRounds(rounds);
}

const SOURCE = 'threads that spin on both CPUs, together and alone';

/** The mean of both CPUs' slowdowns (geometric); null when one did not run. */
async function slowdownOnce(spin: Spin, a: number, b: number): Promise<number | null> {
  const alone = [await spin(a, SPIN_MS), await spin(b, SPIN_MS)];
  const together = await Promise.all([spin(a, SPIN_MS), spin(b, SPIN_MS)]);
  const [aloneA, aloneB, bothA, bothB] = [...alone, ...together].map((one) => one.turnsPerMs ?? 0);
  if (!aloneA || !aloneB || !bothA || !bothB) return null;
  return Math.sqrt((aloneA / bothA) * (aloneB / bothB));
}

/** The median of at least four rounds; null where they disagree. Pure. */
export function judgeRounds(rounds: readonly number[]): Value {
  const sorted = [...rounds].sort((a, b) => a - b);
  const text = (at: number) => (sorted.at(at) ?? Number.NaN).toFixed(2);
  const source = `${SOURCE}: ${rounds.length} rounds, from ${text(0)} to ${text(-1)}`;
  const found = { name: SMT_SLOWDOWN, unit: 'ratio', source };
  const spread = (sorted.at(-2) ?? Number.NaN) - (sorted.at(1) ?? Number.NaN);
  if (spread <= SPREAD_MAX) return { ...found, value: median(sorted) };
  return { ...found, value: null, why: `noisy: the rounds go from ${text(0)} to ${text(-1)}` };
}
