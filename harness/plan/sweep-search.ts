/**
 * The bisection of a sweep's pilot: which rate to offer next, given what held so far. Pure.
 *
 * It begins at 80 % of the capacity under a closed load, goes up by 15 % while the rate holds, to
 * 120 % at most (250 % where the capacity is a lower bound: the client was the limit), and down by
 * half while none does, to 1/128; between a rate that held and one that did not it takes their
 * geometric mean, until they are less than 6 % apart: the border is then known to +-3 %. So the
 * backlog of a rate far above capacity, under which every quantile is the length of the window, is
 * rarely met.
 */
import type { PilotStep } from '../results/header.js';

const START = 0.8;
const UP = 1.15;
const DOWN = 0.5;
const HIGHEST = { known: 1.2, lower: 2.5 };
const LOWEST = 1 / 128;
/** The ends of an interval around its geometric mean of +-3 %. */
const CLOSE_ENOUGH = 1.03 ** 2;

type Held = Pick<PilotStep, 'ratePerS' | 'holds'>;

/** Highest rate that held below every one that did not, and the lowest that did not. */
export function bracketOf(steps: readonly Held[]): { held: number | null; failed: number | null } {
  const rates = (holds: boolean) =>
    steps.filter((step) => step.holds === holds).map(({ ratePerS }) => ratePerS);
  const failed = Math.min(...rates(false));
  const held = Math.max(...rates(true).filter((rate) => rate < failed));
  return {
    held: Number.isFinite(held) ? held : null,
    failed: Number.isFinite(failed) ? failed : null,
  };
}

/**
 * The next rate to offer, requests/s; null when the search is over. `bound`: the server may do more
 * than its capacity says.
 */
export function nextRate(
  capacityPerS: number,
  steps: readonly Held[],
  bound: 'known' | 'lower' = 'known',
): number | null {
  const { held, failed } = bracketOf(steps);
  if (held === null && failed === null) return roundRate(START * capacityPerS);
  if (held === null) return within(roundRate(DOWN * (failed as number)), LOWEST * capacityPerS);
  if (failed === null) {
    const top = roundRate(HIGHEST[bound] * capacityPerS);
    return held >= top ? null : Math.min(top, roundRate(UP * held));
  }
  const next = roundRate(Math.sqrt(held * failed));
  return failed / held <= CLOSE_ENOUGH || next <= held || next >= failed ? null : next;
}

function within(rate: number, lowest: number): number | null {
  return rate >= Math.max(lowest, 1) ? rate : null;
}

/** To three significant digits, at least 1: a rate that people can read and offer again. */
export function roundRate(perS: number): number {
  return Math.max(1, Number(perS.toPrecision(3)));
}
