/**
 * What a run says about each claim (harness/claims), as results.json gives it: for readers who do
 * not run the code that decides. Computed from the rest of the file; it can be computed again.
 */
import { z } from 'zod';

/** docs/CLAIMS.md has their meanings. */
export const VERDICTS = ['supported', 'refuted', 'inconclusive', 'not-measurable'] as const;

const numberSchema = z.strictObject({
  label: z.string(),
  value: z.number(),
  lo: z.number().nullable(),
  hi: z.number().nullable(),
  unit: z.string(),
});

export const judgedClaimSchema = z.strictObject({
  id: z.string(),
  part: z.enum(['cost', 'reading', 'mechanism']),
  text: z.string(),
  experiment: z.string(),
  /** Fixed before the run. */
  thresholds: z.array(z.strictObject({ label: z.string(), value: z.number(), unit: z.string() })),
  /** null: a description, which puts figures next to sources and leaves the judgement to the reader. */
  verdict: z.enum(VERDICTS).nullable(),
  /**
   * Why there is no clear verdict; null where there is one. docs/CLAIMS.md has the meanings.
   * invalid-run: of files from before levels were by part.
   */
  because: z
    .enum([
      'unresolved',
      'depends',
      'invalid-part',
      'left-open',
      'machine',
      'no-object',
      'invalid-run',
    ])
    .nullable(),
  sentence: z.string(),
  /** For left-open: what would measure it. */
  command: z.string().nullable(),
  numbers: z.array(numberSchema),
  /** Where it turns out otherwise than the verdict says. */
  flips: z.array(z.string()),
  basedOn: z.array(z.string()),
  /** Parts of the run's quality, by their ids: an invalid one leaves the claim undecided. */
  restsOn: z.array(z.string()).optional(),
});
export type JudgedClaim = z.infer<typeof judgedClaimSchema>;
