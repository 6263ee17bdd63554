/**
 * What is measured: from a request and its profile to conditions, each with how many blocks it
 * gets. Pure.
 */
import { UserError } from '../errors.js';
import { type Condition, connectionsHeld, type LoadMode } from '../results/condition.js';
import type { Workload } from '../results/workloads.js';
import { type Obstacle, obstacle } from './limits.js';
import type { MachineFacts } from './machine.js';
import type { PlanNote } from './placement.js';
import type { PlanRequest, Profile } from './profiles.js';
import { conditionOf } from './workloads.js';

export interface PlannedCondition {
  readonly condition: Condition;
  readonly blocks: number;
}

/** What the machine must bear. */
interface Bearing {
  readonly machine: MachineFacts;
  /** Variants that start a thread per connection. */
  readonly threaded: readonly string[];
  readonly net: 'lo' | 'veth';
}

const PLAIN: readonly Workload[] = [{ workload: 'keepalive' }];
const CLOSED: LoadMode = { kind: 'closed', pipeline: 1 };

/** Whether the profile adds conditions to the plain series. */
export function asksNothingSpecial({
  workloads,
  connections,
  ratesPerS,
  pipeline,
}: PlanRequest): boolean {
  const own = [workloads, connections, ratesPerS].some((part) => part !== undefined);
  return !own && pipeline === 1;
}

/** The workloads that a request asks for, or its profile. */
export function workloadsOf(request: PlanRequest, { extra }: Profile): readonly Workload[] {
  if (request.workloads !== undefined) return request.workloads;
  return asksNothingSpecial(request) && extra ? [...PLAIN, ...extra.workloads] : PLAIN;
}

/** Throws UserError when the machine cannot bear what was asked for. */
export function planConditions(
  request: PlanRequest,
  profile: Profile,
  bearing: Bearing,
): { conditions: PlannedCondition[]; notes: PlanNote[] } {
  const plain = seriesOf(request, profile, bearing);
  const extra = extraOf(request, profile, bearing);
  const all = [...plain.conditions, ...extra.conditions];
  const unique = new Map(all.map((planned) => [planned.condition.id, planned]));
  const texts = new Set([...plain.left, ...extra.left]);
  const notes = [...texts].map((text): PlanNote => ({ level: 'warn', text }));
  return { conditions: [...unique.values()], notes };
}

interface Series {
  readonly conditions: PlannedCondition[];
  /** What is left out, and why. */
  readonly left: string[];
}

/** Each workload at each connection count under each load. */
function seriesOf(request: PlanRequest, profile: Profile, bearing: Bearing): Series {
  const { workloads = PLAIN, connections: asked } = request;
  const required = asked ?? profile.connections;
  const wished = asked === undefined ? profile.connectionsIfAllowed : [];
  const left: string[] = [];
  const conditions = workloads.flatMap((workload) => {
    const allowed = wished.filter((count) => {
      const found = obstacleTo(conditionOf(workload, count, CLOSED), bearing);
      if (found) left.push(`${count} connections left out: ${found.what}`);
      return found === null;
    });
    const counts = [...new Set([...required, ...allowed])].sort((a, b) => a - b);
    return counts.flatMap((count) =>
      loadsOf(request).map((load) => conditionOf(workload, count, load)),
    );
  });
  for (const condition of conditions) requireBearable(condition, bearing);
  const { blocks, blocksIfAllowed = blocks } = profile;
  const isExtra = ({ connections }: Condition) => wished.includes(connections);
  const planned = conditions.map((condition) => {
    return { condition, blocks: isExtra(condition) ? blocksIfAllowed : blocks };
  });
  return { conditions: planned, left };
}

function loadsOf({ pipeline, ratesPerS, arrivals = 'poisson' }: PlanRequest): LoadMode[] {
  if (ratesPerS === undefined) return [{ kind: 'closed', pipeline }];
  return ratesPerS.map((ratePerS) => ({ kind: 'open', ratePerS, arrivals }));
}

function extraOf(request: PlanRequest, profile: Profile, bearing: Bearing): Series {
  const { extra } = profile;
  if (extra === undefined || !asksNothingSpecial(request)) return { conditions: [], left: [] };
  const wished = extra.workloads.map((one) => conditionOf(one, extra.connections, CLOSED));
  const found = wished.map((condition) => ({
    condition,
    trouble: obstacleTo(condition, bearing),
  }));
  return {
    conditions: found
      .filter(({ trouble }) => trouble === null)
      .map(({ condition }) => ({ condition, blocks: extra.blocks })),
    left: found.flatMap(({ condition, trouble }) =>
      trouble === null ? [] : [`${condition.id} left out: ${trouble.what}`],
    ),
  };
}

function requireBearable(condition: Condition, bearing: Bearing): void {
  const found = obstacleTo(condition, bearing);
  if (found) throw new UserError(found.what, found.remedy);
}

/** Over loopback silent connections, and those of a greeting, have many source addresses. */
function obstacleTo(condition: Condition, { machine, threaded, net }: Bearing): Obstacle | null {
  const held = connectionsHeld(condition);
  const spread = net === 'lo' ? held - condition.connections : 0;
  return obstacle(held - spread, threaded, machine, spread);
}
