/**
 * The control lines of docs/PROTOCOL.md section 2: ready and stats, checked before anything is
 * believed.
 */
import { z } from 'zod';

const port = z.int().min(1).max(65535);
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const readySchema = z
  .object({
    event: z.literal('ready'),
    port,
    pid: z.int().min(1),
    variant: z.string().min(1),
    core: z.string().min(1).optional(),
  })
  .catchall(scalar);
export type Ready = z.infer<typeof readySchema>;

const count = z.number().min(0);

const statsSchema = z
  .object({
    event: z.literal('stats'),
    monotonic_ns: count,
    // A server that does not know these leaves them out: /proc has them (probe/process.ts).
    user_cpu_us: count.optional(),
    system_cpu_us: count.optional(),
    voluntary_switches: count.optional(),
    involuntary_switches: count.optional(),
    max_rss_bytes: count.optional(),
    final: z.literal(true).optional(),
  })
  .catchall(scalar);
export type Stats = z.infer<typeof statsSchema>;

/** Counters of stats that rusage gives; all other counters are the server's own. */
export const RUSAGE_KEYS = [
  'user_cpu_us',
  'system_cpu_us',
  'voluntary_switches',
  'involuntary_switches',
] as const;

/** Whether a line lacks anything that the kernel's accounting of the process has. */
export function lacksUsage(stats: Stats): boolean {
  return [...RUSAGE_KEYS, 'max_rss_bytes'].some((key) => stats[key] === undefined);
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

export function parseReady(line: string): Parsed<Ready> {
  return parseLine(line, readySchema);
}

export function parseStats(line: string): Parsed<Stats> {
  return parseLine(line, statsSchema);
}

function parseLine<T>(line: string, schema: z.ZodType<T>): Parsed<T> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, why: 'not JSON' };
    throw error;
  }
  const result = schema.safeParse(json);
  if (result.success) return { ok: true, value: result.data };
  const issues = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'line'}: ${issue.message}`,
  );
  return { ok: false, why: issues.join('; ') };
}
