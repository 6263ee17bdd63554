/**
 * The profiles: how much a run measures when nothing else is said. Data only.
 *
 * One trial costs warm-up + window + TRIAL_OVERHEAD_MS. Five subjects (four variants and the A/A
 * twin) at three connection counts make 15 trials a block:
 *
 *     smoke      2 blocks x 15 x 0.85 s =  26 s
 *     default   10 blocks x 15 x 1.65 s = 248 s
 *     full      20 blocks x 30 x 6.25 s =  63 min
 *
 * Calibration, the sentinel between blocks and a block of instrumented trials come on top: 5 to 50
 * s, and a third more blocks at most when the machine was disturbed.
 *
 * Six blocks are the fewest that allow a 95 % interval of one paired ratio (two-sided signed rank,
 * p >= 2^(1-n)). To decide one of six primary metrics under Holm's correction takes eight, all of
 * one sign; ten leave room for a lost block, or for one that does not agree.
 */

/**
 * Start, check, connections, the two snapshots and stop of one trial: an estimate, for the time
 * left only.
 */
export const TRIAL_OVERHEAD_MS = 250;

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
    blocks: 10,
    warmupMs: 400,
    windowMs: 1000,
    connections: [1, 64, 512],
    connectionsIfAllowed: [],
  },
  full: {
    summary: 'narrow intervals and more connection counts, about an hour',
    blocks: 20,
    warmupMs: 1000,
    windowMs: 5000,
    connections: [1, 8, 64, 512],
    connectionsIfAllowed: [1024, 4096],
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;
export const PROFILE_NAMES = Object.keys(PROFILES) as readonly ProfileName[];
