/**
 * How the gate itself does on one machine class: how often it fails what has not changed, and how
 * often it fails a slowdown of known size.
 *
 * The cheap form: many real blocks are measured once, and each decision takes a random half of what
 * a gate run takes for its first batch and another for its second, drawn without overlap. Decisions
 * that share blocks are not independent, so their number says nothing about certainty:
 * `independent` counts those that could be had without sharing, and the intervals of `resampled`
 * rates describe these blocks only.
 */
import { z } from 'zod';
import { blockOrders } from '../plan/order.js';
import { clopperPearson } from '../stats/clopper-pearson.js';
import { hodgesLehmann } from '../stats/hodges-lehmann.js';
import type { GateConfig, TimingMetric } from './config.js';
import { levelOf } from './level.js';
import type { Measured, Sides, Slowdowns } from './pairs.js';
import { parseFile } from './parse.js';
import { type Batch, confirm, judgeFirst, suspects } from './timing.js';

const rateSchema = z.strictObject({
  lane: z.enum(['counts', 'timing']),
  /** What was done to the candidate: nothing (A/A), or a cost per request; or to the machine. */
  what: z.string(),
  kind: z.enum(['same', 'slower', 'disturbed']),
  variant: z.string(),
  condition: z.string(),
  /** The slowdown of CPU per request that was aimed at; null: none. */
  aim: z.number().nullable(),
  /** The one that all blocks together show, with its 95 % interval. */
  effect: z
    .strictObject({
      change: z.number(),
      lo: z.number().nullable(),
      hi: z.number().nullable(),
      n: z.int(),
    })
    .nullable(),
  decisions: z.int(),
  resampled: z.boolean(),
  /** Decisions that share no block. */
  independent: z.int(),
  fail: z.int(),
  pass: z.int(),
  inconclusive: z.int(),
  /** Of failing: Clopper-Pearson, 95 %. null without decisions. */
  failRate: z.strictObject({ lo: z.number(), hi: z.number() }).nullable(),
  /** Why there are fewer decisions than planned, or none. */
  why: z.string().optional(),
});
export type Rate = z.infer<typeof rateSchema>;

export const qualificationSchema = z.strictObject({
  $schema: z.string().optional(),
  schemaVersion: z.literal(1),
  machineClass: z.string(),
  runId: z.string(),
  at: z.string(),
  commit: z.string().nullable(),
  durationMs: z.number(),
  blocks: z.int(),
  seed: z.string(),
  /** The decisions are of this configuration and of no other. */
  timing: z.record(z.string(), z.unknown()),
  environment: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  rates: z.array(rateSchema),
  qualified: z.boolean(),
  reasons: z.array(z.string()),
});
export type Qualification = z.infer<typeof qualificationSchema>;

export function parseQualification(text: string, file: string): Qualification {
  return parseFile(qualificationSchema, text, file, '`npm run gate:qualify` writes it anew');
}

/** Decisions that each rate of the timing lane is made of. */
export const DECISIONS = 100;

export interface Sampled {
  readonly what: string;
  readonly kind: Rate['kind'];
  readonly sides: Sides;
  readonly aim: number | null;
}

export interface SampleRequest {
  readonly measured: Measured;
  readonly slowdowns: readonly Slowdowns[];
  readonly config: GateConfig['timing'];
  readonly seed: string;
  readonly decisions: number;
}

type Decided = 'fail' | 'pass' | 'inconclusive';

/** The rate of one pair of subjects in one condition. */
export function rateOf(sampled: Sampled, condition: string, request: SampleRequest): Rate {
  const { measured, config, seed } = request;
  const { sides } = sampled;
  const mine = request.slowdowns.filter(
    (one) => one.variant === sides.variant && one.condition === condition,
  );
  const cpu = mine.find(({ metric }) => metric === 'cpu_us_per_request');
  const blocks = cpu?.blocks.map(({ block }) => block) ?? [];
  const size = config.blocks;
  const base = {
    lane: 'timing' as const,
    ...{ what: sampled.what, kind: sampled.kind, variant: sides.variant, condition },
    ...{ aim: sampled.aim, effect: effectOf(cpu), resampled: true },
    independent: Math.floor(blocks.length / (2 * size)),
  };
  if (blocks.length < 2 * size) {
    const why = `${blocks.length} good blocks, and a decision may take ${2 * size}`;
    // What a gate would say of so disturbed a run: once, of all there is.
    const all = new Set(blocks);
    const context = { measured, config, condition, kind: sampled.kind };
    const once = sampled.kind === 'disturbed' ? [decide(mine, all, new Set(), context)] : [];
    return { ...base, ...tallied(once), resampled: false, independent: once.length, why };
  }
  const draws = blockOrders(
    seed,
    `${condition} ${sides.variant}`,
    blocks.map(String),
    2 * request.decisions,
  );
  const decided = draws.flatMap((order, i) => {
    // Every second order only mirrors the one before.
    if (i % 2 === 1) return [];
    const drawn = order.map(Number);
    const first = new Set(drawn.slice(0, size));
    const second = new Set(drawn.slice(size, 2 * size));
    return [decide(mine, first, second, { measured, config, condition, kind: sampled.kind })];
  });
  return { ...base, ...tallied(decided) };
}

export function tallied(decided: readonly Decided[]) {
  const count = (verdict: Decided) => decided.filter((one) => one === verdict).length;
  const fail = count('fail');
  return {
    decisions: decided.length,
    ...{ fail, pass: count('pass'), inconclusive: count('inconclusive') },
    failRate: decided.length === 0 ? null : clopperPearson(fail, decided.length),
  };
}

interface DecideContext {
  readonly measured: Measured;
  readonly config: GateConfig['timing'];
  readonly condition: string;
  readonly kind: Rate['kind'];
}

/**
 * One decision as a gate run would make it. Of a slowdown the row of CPU per request decides; of no
 * change any row may be the false one.
 */
function decide(
  slowdowns: readonly Slowdowns[],
  first: ReadonlySet<number>,
  second: ReadonlySet<number>,
  { measured, config, condition, kind }: DecideContext,
): Decided {
  const batchOf = (blocks: ReadonlySet<number>): Batch => {
    const { level, blur } = levelOf(measured, condition, blocks);
    const believed = {
      levelOf: () => level,
      blurOf: (_: string, metric: TimingMetric) => blur[metric],
    };
    return { ...believed, slowdowns: only(slowdowns, blocks) };
  };
  const batch = batchOf(first);
  const rows = judgeFirst(batch, config);
  const suspected = suspects(rows, config, batch);
  const final = suspected.length === 0 ? rows : confirm(rows, suspected, batchOf(second));
  const counted =
    kind === 'slower' ? final.filter((r) => r.metric === 'cpu_us_per_request') : final;
  const verdicts = counted.map(({ verdict }) => verdict);
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';
}

function only(slowdowns: readonly Slowdowns[], blocks: ReadonlySet<number>): Slowdowns[] {
  return slowdowns.map((one) => ({
    ...one,
    blocks: one.blocks.filter(({ block }) => blocks.has(block)),
  }));
}

/** The slowdown over all blocks; null without any. */
export function effectOf(cpu: Slowdowns | undefined): Rate['effect'] {
  if (cpu === undefined || cpu.blocks.length === 0) return null;
  const { estimate, lo, hi, n } = hodgesLehmann(cpu.blocks.map(({ log }) => log));
  const relative = (log: number | null) => (log === null ? null : Math.expm1(log));
  return { change: Math.expm1(estimate ?? 0), lo: relative(lo), hi: relative(hi), n };
}

/** What a machine class must show before its timing lane may fail anything. */
export const FEWEST_SAME_DECISIONS = 40;

/** Why the class is not qualified; empty when it is. */
export function shortcomings(rates: readonly Rate[]): string[] {
  const timing = rates.filter(({ lane }) => lane === 'timing');
  const same = timing.filter(({ kind }) => kind === 'same');
  const decisions = same.reduce((sum, rate) => sum + rate.decisions, 0);
  const falseAlarms = timing.filter(({ kind, fail }) => kind !== 'slower' && fail > 0);
  const caught = timing.some(({ kind, fail }) => kind === 'slower' && fail > 0);
  return [
    ...(decisions < FEWEST_SAME_DECISIONS
      ? [`${decisions} of the ${FEWEST_SAME_DECISIONS} A/A decisions that are needed`]
      : []),
    ...falseAlarms.map(
      ({ what, condition, fail, decisions: n }) =>
        `false failures: ${fail} of ${n} (${what}, ${condition})`,
    ),
    ...(caught ? [] : ['no slowdown was ever caught: the machine is too noisy for this lane']),
  ];
}

/** Whether a qualification is of this machine class and configuration, and what it says. */
export function qualificationOf(
  found: Qualification | null,
  machineClass: string,
  timing: GateConfig['timing'],
): { readonly qualified: boolean; readonly text: string } {
  const how = '`npm run gate:qualify` measures the gate on it';
  if (found === null) {
    return { qualified: false, text: `unqualified machine class ${machineClass}: ${how}` };
  }
  if (JSON.stringify(found.timing) !== JSON.stringify(decisive(timing))) {
    const text = `unqualified: ${machineClass} was qualified with another gate.config.json`;
    return { qualified: false, text };
  }
  const day = found.at.slice(0, 10);
  if (found.qualified) return { qualified: true, text: `qualified on ${machineClass}, ${day}` };
  return { qualified: false, text: `unqualified on ${day}: ${found.reasons.join('; ')}` };
}

/** The fields of the configuration that decide how often the timing lane is wrong. */
export function decisive(timing: GateConfig['timing']): Record<string, unknown> {
  const { workloads: _workloads, connections: _connections, ...decides } = timing;
  return decides;
}
