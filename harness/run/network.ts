/**
 * What lies between client and server: loopback, or a veth pair between two network namespaces.
 *
 *     iomodels-<pid>-<n>-server            iomodels-<pid>-<n>-client
 *     device server, 10.99.0.1/30 <--veth--> device client, 10.99.0.2/30
 *
 * The pair is made inside the namespaces, so nothing of it is seen outside, its addresses clash
 * with nobody's, and it vanishes with them. They are removed however the run ends; those of a
 * harness that was killed are removed by the next run over veth: their names hold its pid.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.js';
import { isSystemError, readText, valueOrNull } from '../probe/reading.js';
import { parseCapabilities } from '../probe/rights.js';
import type { Plan } from '../results/schema.js';
import { runTool } from './tool.js';

export interface Network {
  /** The IPv4 address that servers listen on and clients connect to. */
  readonly serverHost: string;
  /** Paths of the namespaces; absent: the harness' own. */
  readonly serverNetns?: string;
  readonly clientNetns?: string;
}

export const LOOPBACK: Network = { serverHost: '127.0.0.1' };

/** Where iproute2 keeps its names. */
const NAMES_FOLDER = '/run/netns';
/** Inside the namespaces only. */
const SERVER_HOST = '10.99.0.1';
const CLIENT_HOST = '10.99.0.2';
const PREFIX_BITS = 30;

const INSTEAD = 'or measure over loopback: leave out --net veth';

/**
 * Makes the network, runs `body` and removes the network. Rejects with UserError when it cannot be
 * made or removed, Interrupted, or what `body` rejects with.
 */
export async function withNetwork<T>(
  net: Plan['net'],
  signal: AbortSignal,
  body: (network: Network) => Promise<T>,
): Promise<T> {
  switch (net) {
    case 'lo':
      return body(LOOPBACK);
    case 'veth':
      return withVeth(signal, body);
  }
}

let made = 0;

async function withVeth<T>(
  signal: AbortSignal,
  body: (network: Network) => Promise<T>,
): Promise<T> {
  requireRights(valueOrNull(readText('/proc/self/status')) ?? '');
  await requireTools(signal);
  await removeAll(namespaces().filter(isLeftOver));
  made += 1;
  const prefix = `iomodels-${process.pid}-${made}`;
  const names = { server: `${prefix}-server`, client: `${prefix}-client` };
  try {
    for (const args of vethCommands(names)) await ip(args, signal);
    return await body({
      serverHost: SERVER_HOST,
      serverNetns: path.join(NAMES_FOLDER, names.server),
      clientNetns: path.join(NAMES_FOLDER, names.client),
    });
  } finally {
    await removeAll(Object.values(names).filter((name) => namespaces().includes(name)));
  }
}

interface Names {
  readonly server: string;
  readonly client: string;
}

/** Devices make no IPv6 addresses, whose announcements would be traffic of their own. */
function vethCommands({ server, client }: Names): string[] {
  const pair = `link add server type veth peer name client netns ${client}`;
  return [
    `netns add ${server}`,
    `netns add ${client}`,
    `-n ${server} ${pair}`,
    ...side(server, 'server', SERVER_HOST),
    ...side(client, 'client', CLIENT_HOST),
  ];
}

function side(name: string, device: string, host: string): string[] {
  return [
    `-n ${name} link set lo up`,
    `-n ${name} addr add ${host}/${PREFIX_BITS} dev ${device}`,
    `-n ${name} link set ${device} addrgenmode none`,
    `-n ${name} link set ${device} up`,
  ];
}

/** Throws UserError unless /proc/self/status shows the capabilities that it takes. */
export function requireRights(status: string): void {
  const held = parseCapabilities(status) ?? [];
  const missing = ['net_admin', 'sys_admin'].filter((name) => !held.includes(name));
  if (missing.length === 0) return;
  const names = missing.map((name) => `CAP_${name.toUpperCase()}`).join(' and ');
  throw new UserError(
    `--net veth makes network namespaces, and this process lacks ${names}`,
    `run it as root (in a container: docker run --cap-add NET_ADMIN --cap-add SYS_ADMIN), ${INSTEAD}`,
  );
}

async function requireTools(signal: AbortSignal): Promise<void> {
  await requireTool(['ip', '-V'], 'iproute2', signal);
  await requireTool(['nsenter', '--version'], 'util-linux', signal);
}

/** Rejects with UserError when the program cannot be run, naming the Debian package that has it. */
export async function requireTool(
  command: readonly string[],
  debianPackage: string,
  signal: AbortSignal,
): Promise<void> {
  const result = await runTool({ command, workdir: '/', signal });
  if (result.ok) return;
  throw new UserError(
    `--net veth takes the program ${command[0]}: ${result.why}`,
    `apt-get install ${debianPackage}, ${INSTEAD}`,
  );
}

async function ip(args: string, signal: AbortSignal): Promise<void> {
  const result = await runTool({ command: ['ip', ...args.split(' ')], workdir: '/', signal });
  if (result.ok) return;
  throw new UserError(
    `the network namespaces could not be made: ${result.why}`,
    `see what the command says; seccomp and containers may forbid it even to root; ${INSTEAD}`,
    { output: result.output },
  );
}

/** Names of all namespaces of iproute2 on this machine. */
function namespaces(): string[] {
  try {
    return readdirSync(NAMES_FOLDER);
  } catch (error) {
    // Nobody has made one since boot.
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Of a harness whose process is gone. */
function isLeftOver(name: string): boolean {
  const pid = /^iomodels-(\d+)-\d+-(?:server|client)$/.exec(name)?.[1];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}

/** Also when the run was interrupted: nothing interrupts this. */
async function removeAll(names: readonly string[]): Promise<void> {
  const calm = new AbortController().signal;
  for (const name of names) {
    const command = ['ip', 'netns', 'delete', name];
    const result = await runTool({ command, workdir: '/', signal: calm });
    // Another harness may have been faster.
    if (result.ok || !namespaces().includes(name)) continue;
    throw new UserError(
      `the network namespace ${name} could not be removed: ${result.why}`,
      `remove it by hand: ip netns delete ${name}`,
      { output: result.output },
    );
  }
}
