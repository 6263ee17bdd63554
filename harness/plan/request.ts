import type { Plan } from '../results/schema.js';
import type { Workload } from '../results/workloads.js';
import type { ProfileName } from './profiles.js';

/** What a person asked for; what is absent comes from the profile. */
export interface PlanRequest {
  readonly profile: ProfileName;
  /** Names, or `all`; absent: every variant found that takes part by default. */
  readonly variants?: readonly string[];
  /** Absent: keepalive, and what the profile adds to it. */
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
