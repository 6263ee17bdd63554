/**
 * Which CPUs the server gets and which the client. Pure.
 *
 * By default the server has one CPU, the first that is allowed, and the client up to four others.
 * No core is shared by both sides when there are more: a sibling thread of the server's CPU stays
 * idle. With three cores or more, the core of CPU 0 is left to the system: interrupts and timers of
 * the whole machine tend to run there.
 *
 * --cpus replaces either side: `server=0,client=1`. A comma separates both CPUs and sides: a piece
 * with `=` begins a side, a piece without continues the last one, so `server=0,1,client=2` is CPUs
 * 0 and 1 for the server and 2 for the client.
 */
import { UserError } from '../errors.js';
import { formatCpuList, parseCpuList } from '../probe/cpus.js';
import type { Placement } from '../results/schema.js';
import type { MachineFacts } from './machine.js';
import { nearest } from './nearest.js';

export interface PlanNote {
  readonly level: 'info' | 'warn';
  readonly text: string;
}

export interface Placed {
  readonly placement: Placement;
  readonly notes: readonly PlanNote[];
}

type CpuFacts = Pick<MachineFacts, 'allowedCpus' | 'coreMates'>;
type Side = 'server' | 'client';
type Sides = { readonly [side in Side]?: readonly number[] };

const SYNTAX =
  'write it as --cpus server=0,client=1; lists and ranges work too: server=0-1,client=2,3';

/**
 * Places both sides; `text` is the value of --cpus, undefined for the default. Throws UserError
 * (exit status 2).
 */
export function choosePlacement(text: string | undefined, facts: CpuFacts): Placed {
  const asked = text === undefined ? {} : parseCpus(text);
  requireAllowed(asked, facts.allowedCpus);
  const serverCpus = asked.server ?? defaultServer(asked.client ?? [], facts);
  const clientCpus = asked.client ?? defaultClient(serverCpus, facts);
  return {
    placement: { serverCpus: [...serverCpus], clientCpus: [...clientCpus] },
    notes: placementNotes(serverCpus, clientCpus, facts),
  };
}

/** The sides that --cpus names. Throws UserError. */
export function parseCpus(text: string): Sides {
  const pieces: Partial<Record<Side, string[]>> = {};
  let current: string[] | undefined;
  for (const piece of text.split(',').map((part) => part.trim())) {
    const equals = piece.indexOf('=');
    if (equals >= 0) {
      const side = parseSide(piece.slice(0, equals).trim());
      if (pieces[side]) throw bad(`--cpus names ${side} twice`);
      current = [];
      pieces[side] = current;
    }
    if (!current) throw bad(`--cpus ${text}: it does not say whose CPU ${piece} is`);
    current.push(piece.slice(equals + 1).trim());
  }
  const { server, client } = pieces;
  return {
    ...(server ? { server: parseList('server', server) } : {}),
    ...(client ? { client: parseList('client', client) } : {}),
  };
}

function parseSide(word: string): Side {
  if (word === 'server' || word === 'client') return word;
  const meant = nearest(word, ['server', 'client']);
  throw bad(
    `--cpus has a side ${word || '(none)'}; the sides are server and client` +
      (meant === null ? '' : `: did you mean ${meant}?`),
  );
}

function parseList(side: Side, pieces: readonly string[]): readonly number[] {
  const list = pieces.join(',');
  // Five digits at most: a range such as 0-999999999 must not be spelt out.
  const cpus = pieces.every((piece) => /^\d{1,5}(-\d{1,5})?$/.test(piece))
    ? parseCpuList(list)
    : null;
  if (cpus === null) throw bad(`--cpus ${side}=${list} is no list of CPUs`);
  return cpus;
}

function bad(message: string): UserError {
  return new UserError(message, SYNTAX, { exitCode: 2 });
}

function requireAllowed(sides: Sides, allowed: readonly number[]): void {
  const asked = [...(sides.server ?? []), ...(sides.client ?? [])];
  const denied = [...new Set(asked)].filter((cpu) => !allowed.includes(cpu));
  if (denied.length === 0) return;
  const list = formatCpuList(allowed);
  throw new UserError(
    `--cpus asks for CPU ${formatCpuList(denied)}; this process may use ${list}`,
    `choose among ${list}, or start it where more CPUs are allowed (taskset, the container's cpuset)`,
    { exitCode: 2 },
  );
}

function defaultServer(client: readonly number[], facts: CpuFacts): readonly number[] {
  const allowed = withoutSystemCore(facts);
  const free = allowed.filter((cpu) => !client.includes(cpu));
  const apart = free.find((cpu) => !sharesCore(cpu, client, facts));
  const cpu = apart ?? free[0] ?? facts.allowedCpus.find((one) => !client.includes(one));
  const chosen = cpu ?? allowed[0];
  if (chosen === undefined) throw new Error('no CPU is allowed');
  return [chosen];
}

/** More load threads than these warm the machine and no server here needs them. */
const CLIENT_CPUS_MAX = 4;

function defaultClient(server: readonly number[], facts: CpuFacts): readonly number[] {
  const outside = (cpus: readonly number[]) => cpus.filter((cpu) => !server.includes(cpu));
  const apart = (cpus: readonly number[]) =>
    outside(cpus).filter((cpu) => !sharesCore(cpu, server, facts));
  const best = [
    apart(withoutSystemCore(facts)),
    apart(facts.allowedCpus),
    outside(facts.allowedCpus),
    server,
  ].find((cpus) => cpus.length > 0);
  return (best ?? server).slice(0, CLIENT_CPUS_MAX);
}

/** One core for the system, one for the server, one for the client. */
const CORES_ENOUGH = 3;

/** The allowed CPUs but those of CPU 0's core, when there are enough cores to do without. */
function withoutSystemCore({ allowedCpus, coreMates }: CpuFacts): readonly number[] {
  const coreOf = (cpu: number) => coreMates.get(cpu)?.[0] ?? cpu;
  const cores = new Set(allowedCpus.map(coreOf));
  return cores.size < CORES_ENOUGH
    ? allowedCpus
    : allowedCpus.filter((cpu) => coreOf(cpu) !== coreOf(0));
}

function sharesCore(cpu: number, server: readonly number[], { coreMates }: CpuFacts): boolean {
  return (coreMates.get(cpu) ?? []).some((mate) => server.includes(mate));
}

function placementNotes(
  server: readonly number[],
  client: readonly number[],
  facts: CpuFacts,
): PlanNote[] {
  const both = client.filter((cpu) => server.includes(cpu));
  if (both.length > 0) {
    return [
      {
        level: 'warn',
        text:
          `server and client share CPU ${formatCpuList(both)}: they take time from each other, so throughput and latency ` +
          'say little about the server; CPU and switches per request are the figures to read',
      },
    ];
  }
  const mates = client.filter((cpu) => sharesCore(cpu, server, facts));
  if (mates.length === 0) return [];
  return [
    {
      level: 'info',
      text:
        `client CPU ${formatCpuList(mates)} and server CPU ${formatCpuList(server)} are two threads of one core: all servers ` +
        'look slower than alone on a core, by the same rule',
    },
  ];
}
