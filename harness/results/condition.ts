/**
 * A condition: what clients do, how many of them, and when they ask. Part of the shape of a run
 * (schema.ts).
 */
import { z } from 'zod';

/**
 * What clients do (docs/METHOD.md, "Workloads").
 *
 * keepalive: `GET /` again and again on the same connections. greeting: the article's own protocol,
 * a connection per request; the server closes first. idle: keepalive beside connections that say
 * nothing. relay: the server asks an upstream and forwards its answer. bulk: large replies to slow
 * readers. work: CPU time per request. sleep: a wait per request.
 */
export const workloadName = z.enum([
  'keepalive',
  'greeting',
  'idle',
  'relay',
  'bulk',
  'work',
  'sleep',
]);
export type WorkloadName = z.infer<typeof workloadName>;

/** What tells two conditions of one workload apart. Each workload has its own keys, or none. */
export const parametersSchema = z.strictObject({
  /** idle: connections that are open and say nothing, beside `connections` that ask. */
  silentConnections: z.int().min(1).optional(),
  /** bulk: the body of each reply. */
  replyBytes: z.int().min(1).optional(),
  /** bulk: how fast each client reads at most. */
  readBytesPerS: z.int().min(1).optional(),
  /** work: CPU time that each request burns in the server. */
  workUs: z.int().min(1).optional(),
  /** sleep: how long each request waits in the server. */
  sleepMs: z.int().min(1).optional(),
});
export type Parameters = z.infer<typeof parametersSchema>;

/** The keys that a workload has. */
export const PARAMETERS: Readonly<Record<WorkloadName, readonly (keyof Parameters)[]>> = {
  keepalive: [],
  greeting: [],
  idle: ['silentConnections'],
  relay: [],
  bulk: ['replyBytes', 'readBytesPerS'],
  work: ['workUs'],
  sleep: ['sleepMs'],
};

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
  return found.join() === [...PARAMETERS[workload]].sort().join();
}

/** What clients do, as a condition or a row has it. */
export interface Workload {
  readonly workload: WorkloadName;
  readonly parameters?: Parameters | undefined;
}

/** Requests that can be under way at one time. */
export function inFlightMax({ connections, load }: Condition): number {
  return load.kind === 'closed' ? connections * load.pipeline : connections;
}

/** Connections that a server holds: those that ask and those that are silent. */
export function connectionsHeld({
  connections,
  parameters,
}: Pick<Condition, 'connections' | 'parameters'>): number {
  return connections + (parameters?.silentConnections ?? 0);
}

const MIB = 2 ** 20;

/** `1 MiB`, `1000 bytes`. */
function bytesText(bytes: number): string {
  return bytes % MIB === 0 ? `${bytes / MIB} MiB` : `${bytes} bytes`;
}

/** `keepalive`, `idle, 1000 silent`, `work 10 us`, `sleep 1 ms`, `bulk 1 MiB`. */
export function workloadText({ workload, parameters = {} }: Workload): string {
  const { silentConnections, replyBytes, workUs, sleepMs } = parameters;
  return [
    workload,
    ...(workUs === undefined ? [] : [` ${workUs} us`]),
    ...(sleepMs === undefined ? [] : [` ${sleepMs} ms`]),
    ...(replyBytes === undefined ? [] : [` ${bytesText(replyBytes)}`]),
    ...(silentConnections === undefined ? [] : [`, ${silentConnections} silent`]),
  ].join('');
}

/** A condition as rows name it: `load` is its text. */
export interface RowPlace extends Workload {
  readonly connections: number;
  readonly load: string;
}

/** Equal for rows and conditions that belong together, and for no others. */
export function placeKey({ workload, parameters = {}, connections, load }: RowPlace): string {
  const values = PARAMETERS[workload].map((key) => parameters[key]);
  return JSON.stringify([workload, ...values, connections, load]);
}
