/** What a run will measure and how long that takes, before anything starts. */

import { count, duration, list } from '../findings/format.js';
import type { ComparePlan } from '../plan/compare-plan.js';
import type { Duration } from '../plan/estimate.js';
import type { LadderSpec } from '../plan/ladder-plan.js';
import type { SweepSpec } from '../plan/sweep-plan.js';
import { formatCpuList } from '../probe/cpus.js';
import { type Condition, type Plan, workloadText } from '../results/schema.js';
import type { Progress } from './progress.js';

interface SweepAnnouncement {
  readonly spec: SweepSpec;
  readonly likelyMs: number;
}

export function announce(
  { plan, subjects, notes, ladder, duration: whole }: ComparePlan,
  progress: Progress,
  sweep: SweepAnnouncement | undefined,
): void {
  const { placement, conditions, net } = plan;
  const where =
    `server on CPU ${formatCpuList(placement.serverCpus)}, ` +
    `client on CPU ${formatCpuList(placement.clientCpus)}` +
    (net === 'veth' ? ', a veth pair between them' : '');
  progress.say(`comparing ${subjects.map(({ id }) => id).join(', ')}`);
  progress.say(`${whatText(conditions)}; ${where}; seed ${plan.seed}`);
  if (sweep !== undefined) progress.say(sweepText(sweep.spec));
  if (ladder !== undefined) progress.say(ladderText(ladder));
  const time = sweep ? `about ${duration(sweep.likelyMs)}` : durationText(whole);
  progress.say(`${blocksText(plan)}, each server ${plan.windowMs / 1000} s in each: ${time}`);
  for (const { level, text } of notes) progress.onEvent({ kind: 'note', level, text });
}

/** `keepalive at 1, 64 connections; relay, sleep 1 ms at 64 connections`. */
function whatText(conditions: readonly Condition[]): string {
  const counts = new Map<string, Set<number>>();
  for (const condition of conditions) {
    const name = workloadText(condition);
    counts.set(name, (counts.get(name) ?? new Set()).add(condition.connections));
  }
  const byCounts = new Map<string, string[]>();
  for (const [name, set] of counts) {
    const key = [...set].join(', ');
    byCounts.set(key, [...(byCounts.get(key) ?? []), name]);
  }
  return [...byCounts]
    .map(([key, names]) => `${names.join(', ')} at ${connectionsText(key)}`)
    .join('; ');
}

function connectionsText(counts: string): string {
  return `${counts} ${counts === '1' ? 'connection' : 'connections'}`;
}

/** `10 blocks`, `6 to 10 blocks`. */
function blocksText({ order, blocks }: Plan): string {
  const least = Math.min(...order.map((each) => each.length));
  return least === blocks ? count(blocks, 'block') : `${least} to ${count(blocks, 'block')}`;
}

/** The longest is worth saying where it differs by more than a rounding. */
function durationText({ likelyMs, longestMs }: Duration): string {
  const likely = `about ${duration(likelyMs)}`;
  return longestMs === likelyMs
    ? likely
    : `${likely}, ${duration(longestMs)} at most on a machine that disturbs`;
}

/** `sweep of open loads: 5 rates for all, shares 50 and 80 % of …, p99 within 1 and 5 ms`. */
function sweepText({ commonShares, ownShares, slosMs }: SweepSpec): string {
  const percents = (shares: readonly number[]) => shares.map((share) => 100 * share).join(', ');
  return (
    `sweep of open loads: ${percents(commonShares)} % of the slowest server's capacity, ` +
    `${percents(ownShares)} % of each one's own, and p99 within ${slosMs.join(' and ')} ms; a pilot finds them`
  );
}

/** `keepalive too at one rate for all …`, `keepalive too at 7 rates for each server …`. */
function ladderText({ rates, connections, blocks, slosMs }: LadderSpec): string {
  const size = `${count(connections, 'connection')}, ${count(blocks, 'block')}`;
  if (rates === 1) {
    return `keepalive too at one rate for all, 60 % of what the slowest can do: ${size}`;
  }
  const limits = `p99 within ${list(slosMs.map(String))} ms`;
  return `keepalive too at ${rates} rates for each server, which a pilot finds: ${size}, ${limits}`;
}
