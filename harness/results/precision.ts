/** What a plan says of precision: a part of schema.ts. */
import { z } from 'zod';

/**
 * A condition stops at the first look at which its ratios are precise (stats/precision.ts). A plan
 * without it measures all of its blocks, whatever they show.
 */
export const precisionSchema = z.strictObject({
  /** Half-width that the CPU ratio of every subject is to reach; 0.03 is 3 %. */
  target: z.number().min(0.005).max(0.5),
  /** After how many planned blocks a condition is looked at, ascending; the last is the end. */
  looks: z.array(z.int().min(1)).min(1),
});
export type Precision = z.infer<typeof precisionSchema>;
