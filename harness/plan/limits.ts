/**
 * Whether the machine lets one process have N connections. Pure: facts in, the first obstacle out.
 */
import type { MachineFacts } from './machine.js';

export interface Obstacle {
  readonly what: string;
  readonly remedy: string;
}

/** Files and threads that a process needs on top of its connections, with room to spare. */
const SPARE = 64;

/**
 * The first limit that `connections` would break, or null. `threaded` are the variants that start a
 * thread per connection. `spread` more connections come from addresses of their own, whose ports
 * nobody else needs.
 */
export function obstacle(
  connections: number,
  threaded: readonly string[],
  machine: MachineFacts,
  spread = 0,
): Obstacle | null {
  const all = connections + spread;
  return (
    filesObstacle(all, machine.openFiles) ??
    portsObstacle(connections, machine) ??
    (threaded.length === 0 ? null : threadsObstacle(all, threaded, machine))
  );
}

/**
 * Descriptors that one process needs for `connections`: the limit is each process's own, and a
 * socket has one end in the server and the other in the client.
 */
export function openFilesNeeded(connections: number): number {
  return connections + SPARE;
}

/** The obstacle that a soft limit of `openFiles` is; null when there is none or it is unknown. */
export function filesObstacle(connections: number, openFiles: number | null): Obstacle | null {
  const needed = openFilesNeeded(connections);
  if (openFiles === null || openFiles >= needed) return null;
  return {
    what: `${connections} connections need ${needed} open files; \`ulimit -n\` allows ${openFiles}`,
    remedy:
      `\`ulimit -n ${needed}\` and then the same command again; where the shell refuses, root has to raise the hard limit ` +
      '(/etc/security/limits.conf); or ask for fewer --connections',
  };
}

function portsObstacle(connections: number, { ephemeralPorts }: MachineFacts): Obstacle | null {
  if (ephemeralPorts === null || connections <= ephemeralPorts) return null;
  return {
    what: `${connections} connections need as many local ports; this machine has ${ephemeralPorts}`,
    remedy:
      'widen net.ipv4.ip_local_port_range (as root: `sysctl net.ipv4.ip_local_port_range="1024 65535"`), or fewer ' +
      '--connections',
  };
}

function threadsObstacle(
  connections: number,
  threaded: readonly string[],
  { threadLimits }: MachineFacts,
): Obstacle | null {
  const needed = connections + SPARE;
  const tight = threadLimits.find(({ value }) => value < needed);
  if (!tight) return null;
  const { name, value, remedy } = tight;
  return {
    what: `${threaded.join(', ')} would need ${needed} threads; ${name} allows ${value}`,
    remedy: `raise it: ${remedy.replace('N', String(needed))}; or fewer --connections; or choose other --variants`,
  };
}
