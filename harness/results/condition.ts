/**
 * A condition: what clients do, how many of them, and when they ask. Part of the shape of a run
 * (schema.ts).
 */
import { z } from 'zod';
import {
  asksOf,
  PARAMETER_KEYS,
  type ParameterKey,
  parameterKeys,
  WORKLOAD_NAMES,
  type Workload,
} from './workloads.js';

export const workloadName = z.enum(WORKLOAD_NAMES);

const count = z.int().min(1).optional();
export const parametersSchema = z.strictObject(
  Object.fromEntries(PARAMETER_KEYS.map((key) => [key, count])) as {
    readonly [key in ParameterKey]: typeof count;
  },
);

/**
 * When requests are sent. closed: each connection waits for its reply before it sends again. open:
 * at instants that were computed before the run, whatever the server does; `poisson` arrivals are
 * drawn from the run's seed.
 */
export const loadModeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('closed'), pipeline: z.int().min(1) }),
  z.strictObject({
    kind: z.literal('open'),
    ratePerS: z.number().positive(),
    arrivals: z.enum(['poisson', 'fixed']),
  }),
]);
export type LoadMode = z.infer<typeof loadModeSchema>;

/**
 * workload x connections x load mode x CPU placement. `id` is unique in a run, for example
 * `keepalive-c64`.
 */
export const conditionSchema = z
  .strictObject({
    id: z.string(),
    workload: workloadName,
    /** Present where the workload has any. */
    parameters: parametersSchema.optional(),
    /** That ask: those of `idle` that are silent come on top. */
    connections: z.int().min(1),
    load: loadModeSchema,
  })
  .refine(hasItsParameters, 'parameters are not those of the workload');
export type Condition = z.infer<typeof conditionSchema>;

function hasItsParameters({ workload, parameters = {} }: Workload): boolean {
  const found = Object.keys(parameters).sort();
  return found.join() === parameterKeys(workload).sort().join();
}

/** Requests that can be under way at one time. */
export function inFlightMax({ connections, load }: Condition): number {
  return load.kind === 'closed' ? connections * load.pipeline : connections;
}

/** Connections that a server holds: those that ask and those that are silent. */
export function connectionsHeld(condition: Workload & { readonly connections: number }): number {
  return condition.connections + (asksOf(condition).silent ?? 0);
}

/** A condition as rows name it: `load` is its text. */
export interface RowPlace extends Workload {
  readonly connections: number;
  readonly load: string;
}

/** Equal for rows and conditions that belong together, and for no others. */
export function placeKey({ workload, parameters = {}, connections, load }: RowPlace): string {
  const values = parameterKeys(workload).map((key) => parameters[key]);
  return JSON.stringify([workload, ...values, connections, load]);
}
