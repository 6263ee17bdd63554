/** Who was asked for and takes no part in a run. */
import { z } from 'zod';
import { workloadName } from './condition.js';

export const skippedSchema = z.strictObject({
  variant: z.string(),
  why: z.string(),
  /** It is left out of these workloads only; absent: of the whole run. */
  workloads: z.array(workloadName).optional(),
  /** It is here and something is wrong with it, so that the run is partial. */
  failed: z.literal(true).optional(),
});
export type Skipped = z.infer<typeof skippedSchema>;
