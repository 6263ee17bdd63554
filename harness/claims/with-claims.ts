/** Judgements as results.json and `--json` give them. Pure. */
import type { JudgedClaim } from '../results/judged.js';
import type { Results } from '../results/schema.js';
import { type Judgement, judgeClaims } from './index.js';

/** The run with its judgements, in place of older ones. */
export function withClaims(results: Results): Results {
  return { ...results, claims: judgedClaims(judgeClaims(results)) };
}

export function judgedClaims(judgements: readonly Judgement[]): JudgedClaim[] {
  return judgements.map((judgement) => {
    const { id, part, text, experiment, thresholds } = judgement.claim;
    const stated = {
      id,
      part,
      text,
      experiment,
      thresholds: thresholds.map((one) => ({ ...one })),
    };
    const isDecided = judgement.kind === 'verdict';
    const found = isDecided ? judgement.decision : judgement.description;
    return {
      ...stated,
      verdict: isDecided ? judgement.decision.verdict : null,
      because: found.because,
      sentence: found.sentence,
      command: found.command,
      numbers: found.numbers.map((one) => ({ ...one })),
      flips: [...found.flips],
      basedOn: [...found.basedOn],
      restsOn: [...found.restsOn],
    };
  });
}
