/**
 * The limits of the checks: data, fixed before a run and stored in its plan.
 *
 * A value beyond `warn` is kept with a warning; beyond `void` the trial is not used, and with it its
 * block. Only what the environment did may void a trial, never what was measured.
 */
import type { Threshold } from '../results/schema.js';

/** Of a plan's blocks, so many may be repeated because a void trial spoilt one. */
export const EXTRA_BLOCKS_SHARE = 0.3;

export const THRESHOLDS: Readonly<Record<string, Threshold>> = {
  steal_percent: { warn: 0.5, void: 3, unit: '%' },
  foreign_cpu_percent: { warn: 2, void: 10, unit: '%' },
  client_cpu_percent: { warn: 85, void: null, unit: '%' },
  request_counts_percent: { warn: 0.5, void: null, unit: '%' },
  stats_uncertainty_percent: { warn: 0.1, void: null, unit: '%' },
};
