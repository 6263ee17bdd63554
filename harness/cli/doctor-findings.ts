/** What `iomodels doctor` finds out: gathered here, laid out in doctor-page.ts. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { obstacle, openFilesNeeded } from '../plan/limits.js';
import type { MachineFacts } from '../plan/machine.js';
import { choosePlacement } from '../plan/placement.js';
import { type Ability, tryAbilities } from '../probe/abilities.js';
import type { Facts } from '../probe/kernel.js';
import { lookAround, type QuietLook } from '../probe/quiet.js';
import { readSystem } from '../probe/system.js';
import { findProgram } from '../programs.js';
import { THRESHOLDS } from '../results/thresholds.js';

/** A limit and what it allows. */
interface LimitRow {
  readonly name: string;
  readonly value: number | null;
  /** Connections that one server can have below it; null when the limit is unknown. */
  readonly connections: number | null;
}

/** A program that the harness can use and does not need. */
interface ToolRow {
  readonly name: string;
  readonly use: string;
  readonly found: boolean;
  readonly remedy: string;
}

export interface Findings {
  readonly facts: Facts;
  readonly abilities: readonly Ability[];
  readonly connections: number;
  readonly limits: readonly LimitRow[];
  /** What prevents `connections`, in words; null when nothing does. */
  readonly obstacle: { readonly what: string; readonly remedy: string } | null;
  readonly tools: readonly ToolRow[];
  readonly cpus: readonly number[];
  /** null where nothing can spin: the addon is missing. */
  readonly look: QuietLook | null;
}

const TOOLS: readonly (readonly [name: string, use: string, debianPackage: string])[] = [
  ['wrk', 'an independent load client (--client wrk)', 'wrk'],
  ['strace', 'tests of the system call counters', 'strace'],
  ['ip', 'client and server in network namespaces (--net veth)', 'iproute2'],
  ['nsenter', 'the same', 'util-linux'],
];

interface Question {
  readonly machine: MachineFacts;
  readonly connections: number;
  readonly lookMs: number;
}

/** Tries everything and looks at the machine for `lookMs`. */
export async function examine({ machine, connections, lookMs }: Question): Promise<Findings> {
  const abilities = tryAbilities();
  const canSpin = abilities[0]?.quality !== 'unavailable';
  const cpus = machine.allowedCpus;
  return {
    facts: readSystem(),
    abilities,
    connections,
    limits: limitRows(machine),
    obstacle: obstacle(connections, ['a thread per connection'], machine),
    tools: TOOLS.map(toolRow),
    cpus,
    look: canSpin ? await lookAround(cpus, pairOf(machine), lookMs, (ms) => sleepFor(ms)) : null,
  };
}

/** The CPUs that server and client get by default; null when they share one. */
function pairOf(machine: MachineFacts): readonly [number, number] | null {
  const { serverCpus, clientCpus } = choosePlacement(undefined, machine).placement;
  const [server] = serverCpus;
  const client = clientCpus.find((cpu) => cpu !== server);
  return server === undefined || client === undefined ? null : [server, client];
}

/** Limits in the order in which they are usually met. Pure. */
export function limitRows({ openFiles, ephemeralPorts, threadLimits }: MachineFacts): LimitRow[] {
  const spare = openFilesNeeded(0);
  const below = (value: number | null, room: number) =>
    value === null ? null : Math.max(0, value - room);
  return [
    { name: 'open files (ulimit -n)', value: openFiles, connections: below(openFiles, spare) },
    { name: 'local ports', value: ephemeralPorts, connections: ephemeralPorts },
    ...threadLimits.map(({ name, value }) => ({
      name: `threads: ${name}`,
      value,
      connections: below(value, spare),
    })),
  ];
}

function toolRow([name, use, debianPackage]: (typeof TOOLS)[number]): ToolRow {
  const remedy = `sudo apt-get install ${debianPackage}`;
  return { name, use, found: findProgram(name) !== null, remedy };
}

/** ok, warn or void, as the check of that name would grade it. Pure. */
export type Grade = 'ok' | 'warn' | 'void';

export function gradeOf(check: string, value: number): Grade {
  const { warn, void: limit } = THRESHOLDS[check] ?? { warn: null, void: null };
  if (limit !== null && value > limit) return 'void';
  return warn !== null && value > warn ? 'warn' : 'ok';
}
