/**
 * Whether the candidate's servers work at all: they start, pass the check, answer every request
 * with the right bytes, and end. A candidate that does not, where its base does, fails at once.
 */
import { EMPTY_ROW, type GateRow, type RowVerdict } from './rows.js';

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

function judge(faults: readonly Fault[], n: number): { verdict: RowVerdict; why: string } {
  const of = (side: Fault['side']) => [
    ...new Set(faults.filter((fault) => fault.side === side).map(({ text }) => text)),
  ];
  const base = of('base');
  const candidate = of('candidate');
  if (candidate.length > 0 && base.length === 0) {
    return { verdict: 'fail', why: candidate.join('; ') };
  }
  if (candidate.length > 0) {
    return { verdict: 'inconclusive', why: `both sides: ${candidate.join('; ')}` };
  }
  if (base.length > 0) return { verdict: 'inconclusive', why: `the base: ${base.join('; ')}` };
  if (n === 0) return { verdict: 'inconclusive', why: 'no trial of the candidate was made' };
  return { verdict: 'pass', why: `${n} trials without a fault` };
}
