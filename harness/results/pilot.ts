/**
 * What the pilot of a sweep found before the plan was made: it chooses the rates and gives no
 * figure. A/A twins have no entries of their own.
 */
import { z } from 'zod';

export const pilotSchema = z.strictObject({
  durationMs: z.number(),
  /** Limits of the p99 of the response time, ms, ascending. */
  slosMs: z.array(z.number().positive()),
  /** Requests/s under the closed load; null with a why where there is no good trial. */
  capacities: z.array(
    z.strictObject({
      subject: z.string(),
      perS: z.number().positive().nullable(),
      /** lower: the client was the limit; the server may do more. */
      bound: z.enum(['lower']).optional(),
      /** CPU time of the client per request meanwhile, us; absent where it is not known. */
      clientUs: z.number().positive().optional(),
      why: z.string().optional(),
    }),
  ),
  /** Bisections. A step belongs to every search of its subject that it was of use for. */
  searches: z.array(
    z.strictObject({
      subject: z.string(),
      sloMs: z.number().positive(),
      steps: z.array(
        z.strictObject({
          ratePerS: z.number().positive(),
          p99Us: z.number().nullable(),
          holds: z.boolean(),
          /** Why it does not hold; null where it does. */
          why: z.string().nullable(),
        }),
      ),
      /** The highest rate that held below every one that did not; null: no rate held. */
      foundPerS: z.number().positive().nullable(),
    }),
  ),
});
export type Pilot = z.infer<typeof pilotSchema>;
export type PilotStep = Pilot['searches'][number]['steps'][number];
