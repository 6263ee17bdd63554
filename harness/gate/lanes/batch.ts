/** A batch of blocks: its plan, and the run that measures it. */
import path from 'node:path';
import { shortestForm } from '../../conformance/short-form.js';
import { type ComparePlan, makePlan } from '../../plan/compare-plan.js';
import { estimateMs } from '../../plan/estimate.js';
import { legsOf, sliced } from '../../plan/gate-plan.js';
import type { MachineFacts } from '../../plan/machine.js';
import type { PlanRequest } from '../../plan/profiles.js';
import type { Variant } from '../../plan/variant.js';
import { parseWorkload } from '../../plan/workloads.js';
import { spinSentinel } from '../../probe/native.js';
import type { Plan, Results } from '../../results/schema.js';
import type { Batch } from '../../run/input.js';
import type { RunSubject } from '../../run/subject.js';
import { Interrupted } from '../../server/wait.js';
import type { GateConfig } from '../config.js';
import { refusal } from '../parse.js';
import type { LaneTools } from './lane-tools.js';

type TimingConfig = GateConfig['timing'];

/** Conditions, placement and limits of a comparison of these variants. Throws UserError. */
export function comparisonOf(
  variants: readonly Variant[],
  { workloads, connections, blocks, warmupMs, windowMs }: TimingConfig,
  { seed, cpus }: Pick<PlanRequest, 'seed' | 'cpus'>,
  machine: MachineFacts,
): ComparePlan {
  const request: PlanRequest = {
    profile: 'default',
    variants: variants.map(({ name }) => name),
    workloads: workloads.flatMap(parseWorkload),
    connections,
    blocks,
    warmupMs,
    windowMs,
    pipeline: 1,
    seed,
    client: 'native',
    ...(cpus === undefined ? {} : { cpus }),
  };
  return makePlan(request, variants, machine);
}

/** The variant of that name. Throws UserError. */
export function variantOf(all: readonly Variant[], name: string): Variant {
  const found = all.find((variant) => variant.name === name);
  if (found !== undefined) return found;
  throw refusal(`there is no ${name} to pair with`, 'restore its folder');
}

/** The plan with its subjects measured in turn, slice by slice. */
export function inTurn(
  plan: Plan,
  subjects: readonly RunSubject[],
  { slices: rounds, sliceWarmupMs: warmupMs, windowMs }: TimingConfig,
  hasBase = true,
): Plan {
  return sliced(plan, { rounds, warmupMs, windowMs }, legsOf(subjects, hasBase));
}

export interface BatchAsk extends Pick<Batch, 'plan' | 'subjects' | 'calibration'> {
  /** Absent: each server is asked for the shortest form of the suite. */
  readonly conform?: Batch['conform'];
  /** Ends the id of the batch's run. */
  readonly part: string;
  /** Within the folder of the gate run; absent: named after the part. */
  readonly folder?: string;
}

/** Rejects with Interrupted, as half a batch is none, and with what harness/run rejects with. */
export async function measureBatch(ask: BatchAsk, tools: LaneTools): Promise<Results> {
  const { part, folder = part, plan, conform = shortestForm, ...asked } = ask;
  const { argv, signal } = tools;
  const progress = tools.progress(estimateMs(plan));
  try {
    const { results } = await tools.run({
      kind: 'batch',
      ...asked,
      conform,
      plan,
      skipped: [],
      folder: path.join(tools.folder, folder),
      runId: `${tools.runId}-${part}`,
      argv,
      signal,
      client: tools.loadClient(plan.client),
      onEvent: progress.onEvent,
      spin: spinSentinel,
    });
    if (signal.aborted) throw new Interrupted();
    return results;
  } finally {
    progress.end();
  }
}
