/**
 * What must hold before the first server starts, for every plan. UserError says how to fix it.
 */
import { UserError } from '../errors.js';
import { filesObstacle } from '../plan/limits.js';
import { formatCpuList } from '../probe/cpus.js';
import { readAllowedCpus, readOpenFilesLimit } from '../probe/proc.js';
import type { Reading } from '../probe/reading.js';
import { connectionsHeld, type Placement, type Plan } from '../results/schema.js';

/** Throws UserError when a CPU of the plan may not be used. */
export function requireCpus(placement: Placement, allowed: Reading<readonly number[]>): void {
  // Where the mask cannot be read, the server's own attempt to pin itself decides.
  if (!allowed.ok) return;
  const wanted = [...placement.serverCpus, ...placement.clientCpus];
  const denied = [...new Set(wanted)].filter((cpu) => !allowed.value.includes(cpu));
  if (denied.length === 0) return;
  const list = formatCpuList(allowed.value);
  throw new UserError(
    `CPU ${formatCpuList(denied)} may not be used: this process is confined to CPUs ${list}`,
    `choose CPUs of that list with --cpus, or widen it: \`taskset -apc <list> $$\` in this shell, ` +
      "or the container's cpuset (docker: --cpuset-cpus)",
  );
}

/** Throws UserError when a condition has more connections than the limit lets a process open. */
export function requireOpenFiles({ conditions }: Pick<Plan, 'conditions'>, limit: Reading<number>) {
  const most = Math.max(0, ...conditions.map(connectionsHeld));
  const found = filesObstacle(most, limit.ok ? limit.value : null);
  if (found) throw new UserError(found.what, found.remedy);
}

/** All of it, on this machine. */
export function preflight(plan: Plan): void {
  requireCpus(plan.placement, readAllowedCpus('self'));
  requireOpenFiles(plan, readOpenFilesLimit());
}
