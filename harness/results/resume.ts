/**
 * A run that ended early and was taken up again: a line of trials.ndjson between the trials before
 * and those after, and an entry of results.json.
 */
import { z } from 'zod';

export const resumeSchema = z.strictObject({
  kind: z.literal('resume'),
  /** When it was taken up again. */
  startedAt: z.string(),
  /** Trials that were there by then. */
  trialsBefore: z.int().min(0),
  /** Facts of the environment that had changed since the header was written: `name: then -> now`. */
  changed: z.array(z.string()),
});
export type Resume = z.infer<typeof resumeSchema>;
