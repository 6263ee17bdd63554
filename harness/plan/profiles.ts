/**
 * The profiles: how much a run measures when nothing else is said. Data only.
 *
 * One trial costs warm-up + window + overhead (estimate.ts). Five subjects (four variants and the
 * A/A twin) at three connection counts make 15 trials a block:
 *
 *     smoke      2 blocks x 15 x 0.85 s =  26 s
 *     default   16 blocks x 15 x 1.05 s = 252 s
 *
 * Many short blocks rather than few long ones: the speed of a machine drifts, and what stands close
 * together in time can be compared (docs/METHOD.md).
 *
 * full measures what every claim needs (docs/METHOD.md, "The full profile"): the plain series in 16
 * blocks, with three more subjects at 64 connections, the other workloads and a ladder of open
 * loads in 10. Its windows, and then its blocks, shrink until the longest that it may take is
 * within its budget.
 *
 * Calibration, the sentinel between blocks and a block of instrumented trials come on top, and a
 * third more blocks at most when the machine was disturbed.
 *
 * Six blocks are the fewest that allow a 95 % interval of one paired ratio (two-sided signed rank,
 * p >= 2^(1-n)). To decide one of six primary metrics under Holm's correction takes eight, all of
 * one sign; ten leave room for a lost block, or for one that does not agree.
 */
import type { Workload } from '../results/condition.js';
import { defaultsOf, parseWorkload } from './workloads.js';

/** One look of the sentinel between two blocks. */
export const SENTINEL_MS = 300;

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
  /** Half-width of the CPU ratios at which a condition ends early; absent: it never does. */
  readonly precision?: number;
  /** For the whole run: no block begins that would exceed it. */
  readonly budgetMs?: number;
  /** What is measured in addition to the plain series, unless a person asks for something else. */
  readonly beside?: Beside;
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

export interface Beside {
  /** At so many connections, where the machine's limits allow it, in so many blocks. */
  readonly connections: number;
  readonly blocks: number;
  readonly workloads: readonly Workload[];
  /** Thread hand-offs per request, each a subject of the callback model of its own. */
  readonly handoffs: readonly number[];
}

export const PROFILES = {
  smoke: {
    summary: 'does everything work? in under 45 s, too short for conclusions',
    blocks: 2,
    warmupMs: 100,
    windowMs: 500,
    connections: [1, 64, 512],
    connectionsIfAllowed: [],
  },
  default: {
    summary: 'an answer with intervals in about 5 minutes',
    blocks: 16,
    warmupMs: 100,
    windowMs: 500,
    connections: [1, 64, 512],
    connectionsIfAllowed: [],
    precision: 0.03,
    budgetMs: 5 * 60_000,
    ladder: { connections: 64, blocks: 6, rates: 1, sloMs: 5 },
  },
  full: {
    summary: 'all that the claims need, in at most 45 minutes on two CPUs',
    blocks: 16,
    warmupMs: 250,
    windowMs: 540,
    connections: [1, 8, 64, 512],
    connectionsIfAllowed: [4096, 10_000],
    precision: 0.03,
    budgetMs: 30 * 60_000,
    beside: {
      connections: 64,
      blocks: 10,
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
