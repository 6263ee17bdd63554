/** Judgements as results.json and `--json` give them. Pure. */
import type { JudgedClaim } from '../results/judged.js';
import type { Results } from '../results/schema.js';
import { type Judgement, judgeClaims } from './index.js';

/** The run with its judgements, in place of older ones. */
export function withClaims(results: Results): Results {
  return { ...results, claims: judgedClaims(judgeClaims(results)) };
}

export function judgedClaims(judgements: readonly Judgement[]): JudgedClaim[] {
  return judgements.map(({ claim, decision }) => ({
    id: claim.id,
    part: claim.part,
    text: claim.text,
    experiment: claim.experiment,
    thresholds: claim.thresholds.map((one) => ({ ...one })),
    verdict: decision.verdict,
    because: decision.because,
    sentence: decision.sentence,
    command: decision.command,
    numbers: decision.numbers.map((one) => ({ ...one })),
    flips: [...decision.flips],
    basedOn: [...decision.basedOn],
    restsOn: [...decision.restsOn],
  }));
}
