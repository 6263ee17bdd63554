/** How well the instruments of a run measure, found out before its first trial. */
import { z } from 'zod';

/** What the instruments themselves cost and can do, measured at the start of a run. */
export const calibrationSchema = z.strictObject({
  durationMs: z.number(),
  /** For example clock_read (ns), same_core_switch (ns). */
  values: z.array(
    z.strictObject({
      name: z.string(),
      unit: z.string(),
      value: z.number().nullable(),
      source: z.string(),
      why: z.string().optional(),
    }),
  ),
  /** Servers of known behaviour, measured like any other: one that fails makes each condition invalid. */
  selfTests: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), text: z.string() })),
});
export type Calibration = z.infer<typeof calibrationSchema>;
