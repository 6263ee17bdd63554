/**
 * What a claim is: a sentence that somebody said, what would show it, the thresholds that decide,
 * all fixed before any run, and a decision made from a results file. Pure.
 *
 *     verdict         because        meaning
 *     supported       -              the data show it
 *     refuted         -              the data show that it is not so
 *     inconclusive    unresolved     too few data or too much scatter; the sentence says what could
 *                                    have been seen
 *     inconclusive    depends        the data are clear, and not the same everywhere: see `flips`
 *     inconclusive    invalid-part   a part of the run that it rests on is invalid
 *     not-measurable  left-open      this run has no data for it; `command` names one that would
 *     not-measurable  machine        this machine cannot show it
 *     not-measurable  no-object      what the claim explains does not occur here
 *
 * A description has no verdict: it puts figures next to sources, and the reader judges.
 */

import { list } from '../findings/format.js';
import type { JudgedClaim } from '../results/judged.js';
import { partName, partOf } from '../results/quality.js';
import type { Results } from '../results/schema.js';

export type Verdict = NonNullable<JudgedClaim['verdict']>;
export type Because = Exclude<NonNullable<JudgedClaim['because']>, 'invalid-run'>;
/** A number of the sentence, or shown with it. lo and hi are null where there is no interval. */
export type Figure = Readonly<JudgedClaim['numbers'][number]>;
/** Fixed before a run, shown with the verdict. */
export type Threshold = Readonly<JudgedClaim['thresholds'][number]>;

/** The three parts of the list. */
export type Part = JudgedClaim['part'];
export const PARTS: Readonly<Record<Part, string>> = {
  cost: 'What it costs',
  reading: 'How it reads',
  mechanism: 'How it works',
};

/** What a decision rests on. */
export interface Findings {
  readonly numbers: readonly Figure[];
  /** Where the result differs from the verdict: a sentence each. */
  readonly flips: readonly string[];
  /** Conditions, subjects and metrics, or parts of the evidence. */
  readonly basedOn: readonly string[];
  /**
   * Parts of the run's quality that the verdict depends on: ids of conditions, names of pieces of
   * evidence. Unlike basedOn, without what is only shown with it.
   */
  readonly restsOn: readonly string[];
}

export interface Decision extends Findings {
  /** null: a description. */
  readonly verdict: Verdict | null;
  /** null where the verdict is supported or refuted, and where a description lacks nothing. */
  readonly because: Because | null;
  readonly sentence: string;
  /** For left-open: what would measure it. */
  readonly command: string | null;
}

/**
 * The part of the page that shows a claim: a chart, and which of its panels goes on the card (from
 * 0; -1: the last, which has most connections), or a part that is no chart.
 */
export type ShownBy =
  | {
      readonly chart:
        | 'cpu'
        | 'memory'
        | 'ratio'
        | 'split'
        | 'switch-cost'
        | 'voluntary'
        | 'wakeups';
      readonly panel: number;
    }
  | { readonly part: 'sources' | 'traces' };

export interface Claim {
  readonly id: string;
  readonly part: Part;
  readonly shownBy: ShownBy;
  /** The claim in our words. */
  readonly text: string;
  /** What would show it. */
  readonly experiment: string;
  /** Empty: it is described, not decided. */
  readonly thresholds: readonly Threshold[];
  decide(results: Results): Decision;
}

export const NO_FINDINGS: Findings = { numbers: [], flips: [], basedOn: [], restsOn: [] };

/** The command that gathers everything that any claim needs. */
export const FULL_RUN = 'npm run compare -- --profile full';

/** A claim whose decision says what it rests on, and is none where that is invalid. */
export function defineClaim({
  judge,
  ...stated
}: Omit<Claim, 'decide'> & { readonly judge: (results: Results) => Decision }): Claim {
  return { ...stated, decide: (results) => withinQuality(judge(results), results) };
}

/**
 * What is not measurable rests on nothing, unless it says that there is nothing to explain; and no
 * level of quality changes what sources say.
 */
function withinQuality(decision: Decision, { quality }: Results): Decision {
  const { verdict, because, sentence, restsOn } = decision;
  if (verdict === null) return decision;
  if (verdict === 'not-measurable' && because !== 'no-object') return decision;
  const parts = restsOn.map((id) => ({ id, name: partName(id), ...partOf(quality, id) }));
  const names = parts.map(({ name, level }) => (level === 'clean' ? name : `${name} (${level})`));
  const full = restsOn.length === 0 ? sentence : `${sentence} It rests on ${list(names)}.`;
  const invalid = parts.filter(({ level }) => level === 'invalid');
  if (invalid.length === 0) return { ...decision, sentence: full };
  const be = invalid.length === 1 ? 'is invalid and decides' : 'are invalid and decide';
  // The reasons are the run's own (results.quality), given once.
  const why = `${list(invalid.map(({ name }) => name))} ${be} nothing.`;
  return {
    ...decision,
    verdict: 'inconclusive',
    because: 'invalid-part',
    sentence: `Undecided: ${why} Measured: ${full}`,
  };
}

export function supported(sentence: string, findings: Findings): Decision {
  return { verdict: 'supported', because: null, sentence, command: null, ...findings };
}

export function refuted(sentence: string, findings: Findings): Decision {
  return { verdict: 'refuted', because: null, sentence, command: null, ...findings };
}

/** Figures next to sources: the reader judges. */
export function described(sentence: string, findings: Findings): Decision {
  return { verdict: null, sentence, because: null, command: null, ...findings };
}

/** The sentence says the smallest effect that could have been seen. */
export function unresolved(sentence: string, findings: Findings): Decision {
  return { verdict: 'inconclusive', because: 'unresolved', sentence, command: null, ...findings };
}

export function depends(sentence: string, findings: Findings): Decision {
  const text = `It depends: ${sentence}`;
  return {
    verdict: 'inconclusive',
    because: 'depends',
    sentence: text,
    command: null,
    ...findings,
  };
}

/** `why`: a clause about the run, without a full stop. */
export function leftOpen(why: string, findings: Findings = NO_FINDINGS): Decision {
  const sentence = `Left open: this run has no data for it (${why}); \`${FULL_RUN}\` measures it.`;
  const command = FULL_RUN;
  return { verdict: 'not-measurable', because: 'left-open', sentence, command, ...findings };
}

export function cannotHere(why: string, findings: Findings = NO_FINDINGS): Decision {
  const sentence = `Not measurable here: ${why}.`;
  return { verdict: 'not-measurable', because: 'machine', sentence, command: null, ...findings };
}

export function noObject(sentence: string, findings: Findings = NO_FINDINGS): Decision {
  return { verdict: 'not-measurable', because: 'no-object', sentence, command: null, ...findings };
}
