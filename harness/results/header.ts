/** What the header of a run has besides its plan, and the line of a run that was taken up again. */
import { z } from 'zod';
import { workloadName } from './condition.js';

/** Who was asked for and takes no part in a run. */
export const skippedSchema = z.strictObject({
  variant: z.string(),
  why: z.string(),
  /** It is left out of these workloads only; absent: of the whole run. */
  workloads: z.array(workloadName).optional(),
  /** It is here and something is wrong with it, so that the run is partial. */
  failed: z.literal(true).optional(),
});
export type Skipped = z.infer<typeof skippedSchema>;

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

/**
 * What the pilot of a sweep found before the plan was made: it chooses the rates and gives no
 * figure. A/A twins have no entries of their own.
 */
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

/**
 * A run that ended early and was taken up again: a line of trials.ndjson between the trials before
 * and those after, and an entry of results.json.
 */
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
