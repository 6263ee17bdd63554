/** Values as results.json has them: what was read, from where, and how reliable it is. */
import { z } from 'zod';

/** A value read from one source, with its quality. */
export const measuredSchema = z.strictObject({
  value: z.number().nullable(),
  source: z.string(),
  quality: z.enum(['exact', 'sampled', 'partial', 'unavailable']),
  why: z.string().optional(),
});
export type Measured = z.infer<typeof measuredSchema>;

/**
 * A latency histogram: HdrHistogram V2 compressed base64 (readable by every HdrHistogram tool),
 * with its main quantiles.
 */
export const histogramSchema = z.strictObject({
  unit: z.literal('ns'),
  digits: z.int(),
  count: z.int(),
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  p999: z.number(),
  v2: z.string(),
});
export type Histogram = z.infer<typeof histogramSchema>;
