/**
 * How the gate itself does on one machine class: how often it fails what has not changed, and how
 * often it fails a slowdown of known size.
 *
 * The cheap form: many real blocks are measured once, and each decision takes a random half of what
 * a gate run takes for its first batch and another for its second, drawn without overlap. Decisions
 * that share blocks are not independent, so their number says nothing about certainty:
 * `independent` counts those that are possible without sharing, and the intervals of `resampled`
 * rates describe these blocks only.
 */
import { z } from 'zod';
import type { Sides } from '../plan/gate-plan.js';
import { blockOrders } from '../plan/order.js';
import { clopperPearson } from '../stats/clopper-pearson.js';
import { hodgesLehmann } from '../stats/signed-rank.js';
import { type GateConfig, TIMING_METRICS } from './config.js';
import { type CountSample, decideCounts } from './counts.js';
import { batchOf, levelOf } from './level.js';
import { type Measured, type Slowdowns, slowdownsOf } from './pairs.js';
import { parseFile } from './parse.js';
import { type GateRow, grouped } from './rows.js';
import { type Batch, confirm, judgeFirst, suspects } from './timing.js';
import { worstOf } from './verdict.js';

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
const DECISIONS = 100;

/** A pair of subjects that decisions are made of. */
export interface Sampled {
  readonly what: string;
  readonly kind: Rate['kind'];
  readonly sides: Sides;
  /** As a rate has it. */
  readonly aim: number | null;
  /** The only one in which the pair was measured; absent: all. */
  readonly condition?: string;
}

export interface SampleRequest {
  readonly measured: Measured;
  readonly config: GateConfig['timing'];
  readonly seed: string;
  /** Per rate; absent: DECISIONS. */
  readonly decisions?: number;
}

/** The rate of each pair in each condition that it was measured in. */
export function ratesOf(sampled: readonly Sampled[], request: SampleRequest): Rate[] {
  const { measured } = request;
  const sides = sampled.map((one) => one.sides);
  const slowdowns = slowdownsOf(measured, sides, TIMING_METRICS);
  return measured.header.plan.conditions.flatMap(({ id }) => {
    const here = slowdowns.filter(({ condition }) => condition === id);
    return sampled
      .filter(({ condition = id }) => condition === id)
      .map((one) => {
        const mine = here.filter(({ variant }) => variant === one.sides.variant);
        return rateOf({ ...one, condition: id }, mine, request);
      });
  });
}

function rateOf(
  { what, kind, aim, sides: { variant }, condition }: Required<Sampled>,
  slowdowns: readonly Slowdowns[],
  { measured, config, seed, decisions = DECISIONS }: SampleRequest,
): Rate {
  const cpu = slowdowns.find(({ metric }) => metric === 'cpu_us_per_request');
  const good = cpu?.blocks.map(({ block }) => block) ?? [];
  const size = config.blocks;
  const batchFrom = (drawn: readonly number[]): Batch => {
    const wanted = new Set(drawn);
    const drawnOf = ({ blocks }: Slowdowns) => blocks.filter(({ block }) => wanted.has(block));
    const only = slowdowns.map((one) => ({ ...one, blocks: drawnOf(one) }));
    return batchOf([levelOf(measured, condition, wanted)], only);
  };
  const about = { what, kind, variant, condition, aim, effect: effectOf(cpu) };
  if (good.length < 2 * size) {
    const why = `${good.length} good blocks, and a decision may take ${2 * size}`;
    // What a gate would decide about such a disturbed run: once, from all blocks.
    const all = batchFrom(good);
    const once = kind === 'disturbed' ? [decide(all, () => batchFrom([]), config, kind)] : [];
    const independent = once.length;
    return { lane: 'timing', ...about, resampled: false, independent, ...tallied(once), why };
  }
  const decided = draws(seed, `${condition} ${variant}`, good, decisions).map((drawn) => {
    const second = () => batchFrom(drawn.slice(size, 2 * size));
    return decide(batchFrom(drawn.slice(0, size)), second, config, kind);
  });
  const independent = Math.floor(good.length / (2 * size));
  return { lane: 'timing', ...about, resampled: true, independent, ...tallied(decided) };
}

/**
 * One decision as a gate run would make it. For a slowdown the row of CPU per request decides; with
 * no change, any failed row is a false alarm.
 */
function decide(
  first: Batch,
  second: () => Batch,
  config: GateConfig['timing'],
  kind: Rate['kind'],
): Decided {
  const rows = judgeFirst(first, config);
  const suspected = suspects(rows, config, first);
  const final = suspected.length === 0 ? rows : confirm(rows, suspected, second());
  const isCounted = ({ metric }: GateRow) => kind !== 'slower' || metric === 'cpu_us_per_request';
  return worstOf(final.filter(isCounted));
}

/** So many random orders of the numbers. */
function draws(seed: string, label: string, from: readonly number[], count: number): number[][] {
  const orders = blockOrders(seed, label, from.map(String), 2 * count);
  // Every second order only mirrors the one before.
  return orders.filter((_, i) => i % 2 === 0).map((order) => order.map(Number));
}

/** The rate of a count in each condition; a decision takes `config.trials` of the pairs. */
export function countRatesOf(
  samples: readonly CountSample[],
  { what, kind, variant }: Pick<Rate, 'what' | 'kind' | 'variant'>,
  config: GateConfig['counts'],
  seed: string,
): Rate[] {
  return grouped(samples, ({ condition }) => condition).map((mine) => {
    const condition = mine[0]?.condition ?? '';
    const trials = [...new Set(mine.map(({ trial }) => trial))];
    const decided = draws(`${seed} ${what}`, condition, trials, DECISIONS).map((drawn) => {
      const first = drawn.slice(0, config.trials);
      const taken = mine.filter(({ trial }) => first.includes(trial));
      return worstOf(decideCounts(taken, config));
    });
    const about = { what, kind, variant, condition, aim: null, effect: null };
    return { lane: 'counts', ...about, resampled: true, independent: 1, ...tallied(decided) };
  });
}

type Decided = ReturnType<typeof worstOf>;

function tallied(decided: readonly Decided[]) {
  const count = (verdict: Decided) => decided.filter((one) => one === verdict).length;
  const [fail, pass, inconclusive] = [count('fail'), count('pass'), count('inconclusive')];
  const failRate = decided.length === 0 ? null : clopperPearson(fail, decided.length);
  return { decisions: decided.length, fail, pass, inconclusive, failRate };
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
