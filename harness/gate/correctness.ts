/**
 * Whether the candidate's servers work at all: they start, pass the check, answer every request
 * with the right bytes, and end. A candidate that does not, where its base does, fails at once.
 */
import { EMPTY_ROW, type GateRow } from './rows.js';

/** Something that went wrong with a side of a variant, in words. */
export interface Fault {
  readonly variant: string;
  readonly side: 'base' | 'candidate';
  readonly text: string;
}

/** A row per variant: failed, or passed with the number of trials that say so. */
export function decideCorrectness(
  variants: readonly string[],
  faults: readonly Fault[],
  trials: ReadonlyMap<string, number>,
): GateRow[] {
  return variants.map((variant) => {
    const mine = faults.filter((fault) => fault.variant === variant);
    const n = trials.get(variant) ?? 0;
    return {
      lane: 'correctness',
      ...{ variant, condition: 'all', metric: 'faults', unit: '' },
      ...EMPTY_ROW,
      n,
      ...judge(mine, n),
    };
  });
}

function judge(faults: readonly Fault[], n: number): Pick<GateRow, 'verdict' | 'why'> {
  const of = (wanted: Fault['side']) => {
    const texts = faults.filter(({ side }) => side === wanted).map(({ text }) => text);
    return texts.length === 0 ? null : [...new Set(texts)].join('; ');
  };
  const [base, candidate] = [of('base'), of('candidate')];
  const open = (why: string) => ({ verdict: 'inconclusive' as const, why });
  if (candidate !== null) {
    return base === null ? { verdict: 'fail', why: candidate } : open(`both sides: ${candidate}`);
  }
  if (base !== null) return open(`the base: ${base}`);
  if (n === 0) return open('no trial of the candidate was made');
  return { verdict: 'pass', why: `${n} trials without a fault` };
}
