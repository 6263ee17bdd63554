/**
 * Whether an open trial kept a service level: p99 of the response time within a limit, at a rate
 * that the server kept up with. Pure.
 *
 * Kept: p99 (from the instant a request was due) at most the limit; replies for at least 99 % of
 * what was due; no failed request; and no backlog that grows: what is pending when the window
 * closes is no more than arrives within the limit, or than there are connections.
 */
import type { Condition, Trial } from '../results/schema.js';
import { FEWEST_BEYOND_QUANTILE } from './metrics.js';

const ACHIEVED_MIN = 0.99;

export interface Level {
  /** p99 of the response time, us; null when it was not measured. */
  readonly p99Us: number | null;
  readonly holds: boolean;
  /** null where it holds. */
  readonly why: string | null;
}

/** Of a trial of an open condition. `sloMs` is the limit, ms. */
export function levelOf(trial: Trial, condition: Condition, sloMs: number): Level {
  const p99Us = responseP99Us(trial);
  const why = whyNot(trial, condition, sloMs, p99Us);
  return { p99Us, holds: why === null, why };
}

/** null with fewer samples than a p99 needs: 10 beyond it. */
export function responseP99Us({ latency }: Trial): number | null {
  const response = latency?.response ?? null;
  if (response === null || response.count < 100 * FEWEST_BEYOND_QUANTILE) return null;
  return response.p99 / 1000;
}

/** Replies in the window as a share of what was due in it; null when it is not known. */
export function achievedShare({ counts }: Trial): number | null {
  const offered = counts?.offered ?? 0;
  return offered === 0 ? null : (counts?.completed ?? 0) / offered;
}

function whyNot(
  trial: Trial,
  condition: Condition,
  sloMs: number,
  p99Us: number | null,
): string | null {
  const { counts, reason } = trial;
  if (trial.status !== 'ok') return `${trial.status}: ${reason ?? 'no reason was given'}`;
  if (p99Us === null || counts === null) return 'fewer requests than a p99 needs';
  const failed = Object.values(counts.errors).reduce((sum, n) => sum + n, 0) + counts.timeouts;
  if (failed > 0) return `${failed} requests had no good reply`;
  const achieved = achievedShare(trial) ?? 0;
  if (achieved < ACHIEVED_MIN)
    return `replies for ${(100 * achieved).toFixed(1)} % of what was due`;
  if (p99Us > 1000 * sloMs) return `p99 of ${(p99Us / 1000).toFixed(2)} ms`;
  const pending = (counts.offered ?? 0) - counts.ok;
  const allowed = Math.max(condition.connections, (ratePerS(condition) * sloMs) / 1000);
  return pending > allowed ? `a backlog of ${pending} requests` : null;
}

function ratePerS({ load, id }: Condition): number {
  if (load.kind === 'open') return load.ratePerS;
  throw new Error(`${id} offers no rate`);
}
