/**
 * The generator's ceiling: what the run's client reaches under each closed condition against a
 * server that does nothing. It is a ceiling only where the client was busy: else the null server or
 * the round trip set the pace, and the client could do more.
 */
import type { Condition } from '../results/schema.js';
import { CLIENT_BUSY, ceilingName } from '../stats/limit.js';
import type { Value } from './calibrate.js';
import { GREETING } from './check.js';
import { HTTP, measureNull, type NullLoad } from './null-server.js';
import type { RunInput } from './types.js';

const WARMUP_MS = 150;
const WINDOW_MS = 300;
/** Later conditions go without. */
const BUDGET_MS = 6000;

export async function ceilings(input: RunInput): Promise<Value[]> {
  const values: Value[] = [];
  const startedMs = performance.now();
  for (const condition of input.plan.conditions) {
    if (condition.load.kind === 'open') continue;
    const late = performance.now() - startedMs > BUDGET_MS;
    values.push(
      late ? unknown(condition, 'no time was left for it') : await ceiling(input, condition),
    );
  }
  return values;
}

const UNIT = 'requests/s';
const SOURCE = 'the null server on the CPUs of the server';

function unknown({ id }: Condition, why: string): Value {
  return { name: ceilingName(id), unit: UNIT, value: null, source: SOURCE, why };
}

async function ceiling(input: RunInput, condition: Condition): Promise<Value> {
  const outcome = await measureNull(input, nullLoad(condition));
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

function nullLoad({ workload, connections, load: mode }: Condition): NullLoad {
  const times = { warmupMs: WARMUP_MS, windowMs: WINDOW_MS };
  switch (workload) {
    case 'keepalive':
      return { ...times, server: {}, load: { connections, mode, exchange: HTTP } };
    case 'greeting': {
      const exchange = { kind: 'greeting', expected: GREETING } as const;
      return { ...times, server: { greeting: true }, load: { connections, mode, exchange } };
    }
  }
}
