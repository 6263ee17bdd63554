/**
 * The generator's ceiling: what the run's client reaches under each closed condition against a
 * server that does nothing. It is a ceiling only where the client was busy: else the null server or
 * the round trip set the pace, and the client could do more.
 */
import type { Condition } from '../results/schema.js';
import { CLIENT_BUSY, ceilingName } from '../stats/limit.js';
import type { Bench } from './bench.js';
import type { Value } from './calibrate.js';
import { exchangeOf } from './exchange.js';
import { HTTP, measureNull, type NullLoad } from './null-server.js';

const WARMUP_MS = 150;
const WINDOW_MS = 300;
/** Later conditions go without. */
const BUDGET_MS = 6000;

export async function ceilings(input: Bench): Promise<Value[]> {
  const values: Value[] = [];
  const startedMs = performance.now();
  const known = new Map<string, Value>();
  for (const condition of input.plan.conditions) {
    if (condition.load.kind === 'open') continue;
    const load = nullLoad(condition);
    const key = JSON.stringify(load);
    const late = performance.now() - startedMs > BUDGET_MS;
    const value = known.get(key) ?? (await ceiling(input, condition, late ? 'late' : load));
    known.set(key, value);
    values.push({ ...value, name: ceilingName(condition.id) });
  }
  return values;
}

const UNIT = 'requests/s';
const SOURCE = 'the null server on the CPUs of the server';

function unknown({ id }: Condition, why: string): Value {
  return { name: ceilingName(id), unit: UNIT, value: null, source: SOURCE, why };
}

async function ceiling(
  input: Bench,
  condition: Condition,
  load: NullLoad | 'late' | null,
): Promise<Value> {
  if (load === 'late') return unknown(condition, 'no time was left for it');
  if (load === null) return unknown(condition, 'the readers set the pace');
  const outcome = await measureNull(input, load);
  if (!outcome.ok) return unknown(condition, outcome.why);
  const { completed, startNs, endNs, cpuUs, threads = 1 } = outcome.window;
  const seconds = Number(endNs - startNs) / 1e9;
  const rate = Math.round(completed / seconds);
  if (cpuUs.value === null) return unknown(condition, "the client's CPU time is unknown");
  const share = cpuUs.value / (seconds * 1e6 * threads);
  if (share >= CLIENT_BUSY) {
    return { name: ceilingName(condition.id), unit: UNIT, value: rate, source: SOURCE };
  }
  const used = `${Math.round(100 * share)} % of its CPU`;
  return unknown(condition, `not reached: at ${rate} requests/s the client used ${used}`);
}

/**
 * A reply of 12 bytes costs the client the same whatever the server did for it, so workloads that
 * differ in that alone share a ceiling. null: the readers of bulk set the pace.
 */
function nullLoad(condition: Condition): NullLoad | null {
  const times = { warmupMs: WARMUP_MS, windowMs: WINDOW_MS };
  const { connections, load: mode } = condition;
  const exchange = exchangeOf(condition);
  switch (condition.workload) {
    case 'keepalive':
    case 'idle':
    case 'work':
    case 'sleep':
    case 'relay':
      return { ...times, server: {}, load: { connections, mode, exchange: HTTP } };
    case 'greeting':
      return { ...times, server: { greeting: true }, load: { connections, mode, exchange } };
    case 'bulk':
      return null;
  }
}
