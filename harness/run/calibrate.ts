/**
 * Calibration at the start of a run: what the instruments cost and can do on this machine, and
 * whether they are right about servers whose behaviour is known.
 *
 * full: all of it, at most 15 s for the usual plans. short: the self-tests and the clocks. What
 * cannot be measured is null with a reason; only a self-test that gave a wrong answer fails.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Spin } from '../probe/native.js';
import type { Calibration } from '../results/schema.js';
import { repositoryRoot } from '../root.js';
import { Interrupted, sleep } from '../server/wait.js';
import type { Bench } from './bench.js';
import { delayTest, stallTest } from './self-tests.js';
import { smtSlowdown } from './smt-slowdown.js';
import { runTool } from './tool.js';

export type CalibrationForm = 'full' | 'short';
export type Value = Calibration['values'][number];
type SelfTest = Calibration['selfTests'][number];

/** Rejects with Interrupted alone. */
export async function calibrate(
  input: Bench,
  form: CalibrationForm,
  spin: Spin | undefined,
): Promise<Calibration> {
  const startedMs = performance.now();
  const values = [await timerLateness(input.signal), ...(await probeValues(input, form))];
  if (form === 'full') {
    values.push(await smtSlowdown(spin, input.plan.placement, input.signal));
  }
  const selfTests: SelfTest[] = [];
  for (const test of [delayTest, stallTest]) selfTests.push(...(await test(input)));
  if (input.signal.aborted) throw new Interrupted();
  return { durationMs: Math.round(performance.now() - startedMs), values, selfTests };
}

const TIMERS = 40;
const TIMER_MS = 2;

/**
 * How late a timer of the harness fires: one closes each window. The window's length is measured.
 */
async function timerLateness(signal: AbortSignal): Promise<Value> {
  const lateUs: number[] = [];
  for (let i = 0; i < TIMERS; i += 1) {
    const before = performance.now();
    await sleep(TIMER_MS, signal);
    lateUs.push(1000 * (performance.now() - before - TIMER_MS));
  }
  lateUs.sort((a, b) => a - b);
  const value = Math.max(0, lateUs[Math.floor(0.9 * TIMERS)] ?? 0);
  const source = `p90 of ${TIMERS} timers of ${TIMER_MS} ms in the harness`;
  return { name: 'timer_lateness', unit: 'us', value, source };
}

interface ProbeRow {
  readonly name: string;
  readonly unit: string;
  /** The row of build/Release/probe, and its own arguments. */
  readonly args: readonly string[];
  /** thread: CPU time of the operation. wall: time that passes. */
  readonly clock: 'cpu' | 'wall';
  readonly ms: number;
  readonly crossesCpus: boolean;
  readonly forms: readonly CalibrationForm[];
}

const ONE_CPU = { unit: 'ns', crossesCpus: false } as const;
const FULL: readonly CalibrationForm[] = ['full'];

const PROBE_ROWS: readonly ProbeRow[] = [
  {
    ...ONE_CPU,
    name: 'clock_read',
    args: ['clock-monotonic'],
    clock: 'wall',
    ms: 50,
    forms: ['full', 'short'],
  },
  { ...ONE_CPU, name: 'loopback_floor', args: ['floor'], clock: 'cpu', ms: 200, forms: FULL },
  {
    ...ONE_CPU,
    name: 'same_core_switch',
    args: ['thread-pipe'],
    clock: 'cpu',
    ms: 200,
    forms: FULL,
  },
  {
    unit: 'ns',
    name: 'cross_core_wakeup',
    args: ['thread-pipe'],
    clock: 'wall',
    ms: 200,
    crossesCpus: true,
    forms: FULL,
  },
];

async function probeValues(input: Bench, form: CalibrationForm): Promise<Value[]> {
  const values: Value[] = [];
  for (const row of PROBE_ROWS) {
    if (row.forms.includes(form)) values.push(await probeValue(row, input));
  }
  return values;
}

async function probeValue(row: ProbeRow, { plan, signal }: Bench): Promise<Value> {
  const { name, unit } = row;
  const source = `probe ${row.args.join(' ')}, ${row.clock === 'cpu' ? 'CPU time' : 'elapsed time'}`;
  const unknown = (why: string): Value => ({ name, unit, value: null, source, why });
  const program = path.join(repositoryRoot(), 'build', 'Release', 'probe');
  if (!existsSync(program)) return unknown('build/Release/probe is not built');
  const [cpu = 0] = plan.placement.serverCpus;
  const other = row.crossesCpus ? plan.placement.clientCpus.find((one) => one !== cpu) : cpu;
  if (other === undefined) return unknown('server and client share their only CPU');
  const cpus = ['--cpu', String(cpu), '--other-cpu', String(other), '--ms', String(row.ms)];
  const command = [program, ...row.args, ...cpus];
  const result = await runTool({ command, workdir: repositoryRoot(), signal });
  if (!result.ok) return unknown(`${result.why}: ${result.output}`);
  const value = perOperation(result.output, row.clock);
  return value === null
    ? unknown(`not understood: ${result.output}`)
    : { name, unit, value, source };
}

const costSchema = z.object({ operations: z.number(), cpuNs: z.number(), wallNs: z.number() });
const lineSchema = z.object({ cost: costSchema, sameCalls: costSchema.optional() });

/**
 * Time of one operation, ns, less the same system calls without a switch; null for a line that is
 * no probe's.
 */
export function perOperation(line: string, clock: 'cpu' | 'wall'): number | null {
  const parsed = lineSchema.safeParse(parseJson(line));
  if (!parsed.success) return null;
  const { cost, sameCalls } = parsed.data;
  if (cost.operations === 0) return null;
  const all = (clock === 'cpu' ? cost.cpuNs : cost.wallNs) / cost.operations;
  return sameCalls === undefined ? all : all - sameCalls.cpuNs / Math.max(sameCalls.operations, 1);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
