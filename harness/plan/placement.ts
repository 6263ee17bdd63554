/**
 * Which CPUs the server gets and which the client. Pure.
 *
 * By default the server has one CPU, the first that is allowed, and the client all others, but
 * those that share the server's core when there are more. --cpus replaces either side:
 * `server=0,client=1`. A comma separates both CPUs and sides: a piece with `=` begins a side, a
 * piece without goes on with the last one, so `server=0,1,client=2` is CPUs 0 and 1 for the server
 * and 2 for the client.
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

function defaultServer(client: readonly number[], { allowedCpus }: CpuFacts): readonly number[] {
  const free = allowedCpus.find((cpu) => !client.includes(cpu));
  const cpu = free ?? allowedCpus[0];
  if (cpu === undefined) throw new Error('no CPU is allowed');
  return [cpu];
}

function defaultClient(server: readonly number[], facts: CpuFacts): readonly number[] {
  const others = facts.allowedCpus.filter((cpu) => !server.includes(cpu));
  const apart = others.filter((cpu) => !sharesCore(cpu, server, facts));
  if (apart.length > 0) return apart;
  return others.length > 0 ? others : [...server];
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
