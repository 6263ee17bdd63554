/** Who takes part in what: variants by what they serve, and servers with flags. Pure. */

import { UserError } from '../errors.js';
import { list } from '../findings/format.js';
import type { Condition } from '../results/condition.js';
import { modelOf } from '../results/roles.js';
import type { Skipped } from '../results/schema.js';
import type { Workload, WorkloadName } from '../results/workloads.js';
import type { Profile } from './profiles.js';
import type { Variant } from './variant.js';
import { needOf, needText, serves } from './workloads.js';

export interface PlannedSubject {
  readonly id: string;
  readonly variant: Variant;
  readonly aaOf?: string;
  /** Flags of its own for the server. */
  readonly args: readonly string[];
}

/**
 * Variants that serve at least one of the workloads; those that lack some, and those that lack all,
 * are reported as skipped. Throws UserError when a workload has nobody.
 */
export function splitByAbility(
  chosen: readonly Variant[],
  workloads: readonly Workload[],
): { able: Variant[]; skipped: Skipped[] } {
  const names = [...new Set(workloads.map(({ workload }) => workload))];
  if (chosen.length === 0) throw nobody('no variant was found');
  for (const workload of names) {
    const need = needOf({ workload });
    if (chosen.some((variant) => serves(variant.serves, need))) continue;
    throw nobody(`no chosen variant serves ${needText(need)}`);
  }
  const lacking = chosen.map((variant) => ({ variant, lacks: lacksOf(variant, names) }));
  return {
    able: lacking.filter(({ lacks }) => lacks.length < names.length).map(({ variant }) => variant),
    skipped: lacking.flatMap(({ variant, lacks }) => skippedOf(variant, lacks, names)),
  };
}

function nobody(why: string): UserError {
  const remedy = 'a variant is a folder with a variant.json in servers/, or --variant-dir';
  return new UserError(why, remedy);
}

function lacksOf(variant: Variant, names: readonly WorkloadName[]): WorkloadName[] {
  return names.filter((workload) => !serves(variant.serves, needOf({ workload })));
}

function skippedOf(
  { name }: Variant,
  lacks: readonly WorkloadName[],
  all: readonly WorkloadName[],
): Skipped[] {
  if (lacks.length === 0) return [];
  const needs = [...new Set(lacks.map((workload) => needText(needOf({ workload }))))];
  const why = `it does not serve ${list(needs)} (variant.json)`;
  if (lacks.length === all.length) return [{ variant: name, why }];
  return [{ variant: name, why: `left out of ${list(lacks)}: ${why}`, workloads: [...lacks] }];
}

/** docs/PROTOCOL.md, section 6: every native server has it. */
const HANDOFFS_FLAG = '--inject-handoffs';

/** The plain server of the callback model with thread hand-offs, for the dose-response. */
export function doseSubjects(
  able: readonly Variant[],
  conditions: readonly Condition[],
  profile: Profile,
): PlannedSubject[] {
  if (!conditions.some((condition) => isDosed(condition, profile))) return [];
  const model = modelOf('callback');
  const found = able.filter((one) => one.model === model && 'native' in one.launch);
  const variant = found.find(({ name }) => name === model) ?? found[0];
  if (variant === undefined) return [];
  return (profile.extra?.handoffs ?? []).map((count) => ({
    id: `${variant.name}:handoffs-${count}`,
    variant,
    args: [HANDOFFS_FLAG, String(count)],
  }));
}

/** The condition that has the doses: plain, at the connections of the profile's other workloads. */
export function isDosed({ workload, connections, load }: Condition, { extra }: Profile): boolean {
  const isPlain = workload === 'keepalive' && load.kind === 'closed' && load.pipeline === 1;
  return isPlain && extra !== undefined && connections === extra.connections;
}
