/**
 * What lies between client and server: loopback, or a veth pair between two network namespaces.
 *
 *     device server, 10.99.0.1/30 <--veth--> device client, 10.99.0.2/30
 *
 * The pair is made inside the namespaces, so it is invisible outside, its addresses clash with no
 * others, and it vanishes with them, however the run ends.
 */
import { UserError } from '../errors.js';
import { inNetns } from '../load/netns.js';
import { readText, valueOrNull } from '../probe/reading.js';
import { parseCapabilities } from '../probe/rights.js';
import type { Plan } from '../results/schema.js';
import { type Address, LOOPBACK } from '../server/start.js';
import { type Namespace, withNamespace } from './namespace.js';
import { runTool } from './tool.js';

/** A namespace that is absent is the harness' own. */
export interface Network extends Address {
  /** A process in the server's namespace, as long as the network is there; absent: the harness. */
  readonly serverNetPid?: number;
  readonly clientNetns?: string;
}

/** Inside the namespaces only. */
const SERVER_HOST = '10.99.0.1';
const CLIENT_HOST = '10.99.0.2';
const PREFIX_BITS = 30;

const INSTEAD = 'or measure over loopback: leave out --net veth';
const REFUSED = `see what the command says; seccomp and containers may forbid it even to root; ${INSTEAD}`;

/**
 * Makes the network, runs `body` and removes the network. Rejects with UserError when it cannot be
 * made, Interrupted, or what `body` rejects with.
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

async function withVeth<T>(
  signal: AbortSignal,
  body: (network: Network) => Promise<T>,
): Promise<T> {
  requireRights(valueOrNull(readText('/proc/self/status')) ?? '');
  await requireTools(signal);
  return withNamespace(REFUSED, (server) =>
    withNamespace(REFUSED, async (client) => {
      const pair = `link add server type veth peer name client netns ${client.pid}`;
      await ip(server, [pair], signal);
      await ip(server, side('server', SERVER_HOST), signal);
      await ip(client, side('client', CLIENT_HOST), signal);
      return body({
        serverHost: SERVER_HOST,
        serverNetns: server.path,
        serverNetPid: server.pid,
        clientNetns: client.path,
      });
    }),
  );
}

/** Devices get no IPv6 addresses, whose announcements would add traffic. */
function side(device: string, host: string): string[] {
  return [
    'link set lo up',
    `addr add ${host}/${PREFIX_BITS} dev ${device}`,
    `link set ${device} addrgenmode none`,
    `link set ${device} up`,
  ];
}

/** Throws UserError unless /proc/self/status shows the necessary capabilities. */
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
  for (const program of ['unshare', 'nsenter']) {
    await requireTool([program, '--version'], 'util-linux', signal);
  }
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

/** Runs `ip` in the namespace, once for each of the commands. */
export async function ip(
  { path }: Namespace,
  commands: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const args of commands) {
    const command = inNetns(path, ['ip', ...args.split(' ')]);
    const result = await runTool({ command, workdir: '/', signal });
    if (result.ok) continue;
    throw new UserError(`the network could not be made: ${result.why}`, REFUSED, {
      output: result.output,
    });
  }
}
