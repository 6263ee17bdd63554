/**
 * The profiles: how much a run measures when nothing else is said; and what else can be said.
 *
 * A block has a life of every subject under one condition, measured in slices in turn
 * (plan/slices.ts). A condition ends when its CPU ratios are precise, at a look after 12 of 16
 * blocks, and a run when its budget is spent, but not before each condition has six blocks: the
 * fewest that allow a 95 % interval of one paired ratio (two-sided signed rank, p >= 2^(1-n)). To
 * decide one of six primary metrics under Holm's correction takes eight, all of one sign.
 *
 * Many short blocks rather than few long ones: lives of the same program differ by more than their
 * slices show, and only more lives show by how much (docs/METHOD.md).
 *
 * full measures what every claim needs (docs/METHOD.md, "The full profile"): the plain series, with
 * three more subjects at 64 connections, the other workloads, and a ladder of open loads.
 *
 * Calibration, the instrumented trials and the evidence come on top and are part of the budget.
 */

import type { Plan } from '../results/schema.js';
import type { Workload } from '../results/workloads.js';
import { defaultsOf, parseWorkload } from './workloads.js';

/** Fewest blocks with a 95 % interval of a ratio. */
export const FEWEST_BLOCKS_FOR_INTERVAL = 6;

export interface Profile {
  readonly summary: string;
  readonly blocks: number;
  readonly warmupMs: number;
  readonly windowMs: number;
  readonly connections: readonly number[];
  /** Measured too where the machine's limits allow it; left out with a note where they do not. */
  readonly connectionsIfAllowed: readonly number[];
  /** Blocks of those; absent: as of the others. */
  readonly blocksIfAllowed?: number;
  /** Half-width of the CPU ratios at which a condition ends early; absent: it never does. */
  readonly precision?: number;
  /** For the whole run: no block begins that would exceed it. */
  readonly budgetMs?: number;
  /** What is measured in addition to the plain series, unless a person asks for something else. */
  readonly extra?: Extra;
  /** Keepalive at open loads, the same for all servers, unless a person asks for something else. */
  readonly ladder?: Ladder;
}

export interface Ladder {
  readonly connections: number;
  readonly blocks: number;
  /** One: at 60 % of the slowest capacity. More: up to more than any server can do. */
  readonly rates: number;
  /** p99 that the rates are judged by, ms. */
  readonly sloMs: number;
}

interface Extra {
  /** At so many connections, where the machine's limits allow it, in so many blocks. */
  readonly connections: number;
  /** The fewest that have a 99 % interval. */
  readonly blocks: number;
  readonly workloads: readonly Workload[];
  /** Thread hand-offs per request, each a subject of the callback model of its own. */
  readonly handoffs: readonly number[];
}

export const PROFILES = {
  smoke: {
    summary: 'does everything work? in under 45 s, too short for conclusions',
    blocks: 2,
    warmupMs: 50,
    windowMs: 300,
    connections: [1, 64, 512],
    connectionsIfAllowed: [],
  },
  default: {
    summary: 'an answer with intervals in about 5 minutes',
    blocks: 16,
    warmupMs: 20,
    windowMs: 400,
    connections: [1, 64, 512],
    connectionsIfAllowed: [],
    precision: 0.03,
    budgetMs: 5 * 60_000,
    ladder: { connections: 64, blocks: 6, rates: 1, sloMs: 5 },
  },
  full: {
    summary: 'all that the claims need, in at most 30 minutes on two CPUs',
    blocks: 16,
    warmupMs: 20,
    windowMs: 400,
    connections: [1, 8, 64, 512],
    connectionsIfAllowed: [4096, 10_000],
    blocksIfAllowed: 8,
    precision: 0.03,
    budgetMs: 30 * 60_000,
    extra: {
      connections: 64,
      blocks: 8,
      workloads: [
        ...(['greeting', 'idle'] as const).flatMap(defaultsOf),
        ...parseWorkload('idle:10000'),
        ...(['relay', 'bulk', 'work', 'sleep'] as const).flatMap(defaultsOf),
      ],
      handoffs: [1, 2, 4],
    },
    ladder: { connections: 64, blocks: 6, rates: 7, sloMs: 5 },
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;
export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];

/** What a person asked for; what is absent comes from the profile. */
export interface PlanRequest {
  readonly profile: ProfileName;
  /** Names, or `all`; absent: every variant found that takes part by default. */
  readonly variants?: readonly string[];
  /** Absent: keepalive, and what the profile measures besides it. */
  readonly workloads?: readonly Workload[];
  readonly connections?: readonly number[];
  /** Open loads at these rates, requests/s, in place of the closed one. */
  readonly ratesPerS?: readonly number[];
  readonly arrivals?: 'poisson' | 'fixed';
  readonly blocks?: number;
  readonly warmupMs?: number;
  readonly windowMs?: number;
  /** For the whole run; windows and blocks shrink until it fits. */
  readonly budgetMs?: number;
  /** A condition stops when its CPU ratios have this half-width; 0.03 is 3 %. */
  readonly precision?: number;
  readonly pipeline: number;
  readonly cpus?: string;
  readonly seed: string;
  readonly client: Plan['client'];
  /** Absent: loopback. */
  readonly net?: Plan['net'];
  /** ms that the evidence takes with so many servers; absent: none is gathered. */
  readonly evidenceMs?: (servers: number) => number;
}
