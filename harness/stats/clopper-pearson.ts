/**
 * The exact interval of a rate from `hits` in `n` independent tries (Clopper and Pearson,
 * Biometrika 26, 1934): the rates that neither tail of the binomial distribution rejects.
 */
import { CONFIDENCE } from './interval.js';

interface RateInterval {
  readonly lo: number;
  readonly hi: number;
}

/** 0 <= hits <= n, n >= 1, whole numbers. */
export function clopperPearson(hits: number, n: number, confidence = CONFIDENCE): RateInterval {
  if (!(Number.isInteger(hits) && Number.isInteger(n) && n >= 1 && hits >= 0 && hits <= n)) {
    throw new Error(`${hits} of ${n}`);
  }
  const tail = (1 - confidence) / 2;
  return {
    lo: hits === 0 ? 0 : rising((rate) => 1 - atMost(hits - 1, n, rate), tail),
    hi: hits === n ? 1 : rising((rate) => 1 - atMost(hits, n, rate), 1 - tail),
  };
}

/** The rate at which a probability that rises with it reaches `target`. */
function rising(probability: (rate: number) => number, target: number): number {
  let lo = 0;
  let hi = 1;
  for (let step = 0; step < 60; step += 1) {
    const middle = (lo + hi) / 2;
    if (probability(middle) < target) lo = middle;
    else hi = middle;
  }
  return (lo + hi) / 2;
}

/** P(Binomial(n, rate) <= k), summed from logarithms: n may be thousands. */
function atMost(k: number, n: number, rate: number): number {
  let logTerm = n * Math.log1p(-rate);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i += 1) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(rate) - Math.log1p(-rate);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}
