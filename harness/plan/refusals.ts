/**
 * Conditions that contradict each other, the client or the network: refused before anything starts.
 * Pure.
 */
import { UserError } from '../errors.js';
import type { Condition } from '../results/condition.js';
import type { Placement, Plan } from '../results/schema.js';
import { asksOf, modeOf, WORKLOADS } from '../results/workloads.js';
import { windowFloorMs } from './slices.js';

/**
 * A request that takes longer is a timeout (harness/load/native.ts, 5 s), and in a closed load of N
 * connections each waits for the work of all the others.
 */
const ROUND_MS_MAX = 4000;

/** Throws UserError (exit status 2) for the first that cannot be measured. */
export function refuseConditions(
  conditions: readonly Condition[],
  { client, net, placement, windowMs }: Pick<Plan, 'client' | 'net' | 'placement' | 'windowMs'>,
): void {
  for (const condition of conditions) {
    const { load } = condition;
    if (client !== 'native') refuseForeign(condition, client);
    if (load.kind === 'open') requireClientCpus(placement, `an open load (${condition.id})`);
    if (load.kind === 'closed' && load.pipeline > 1 && modeOf(condition) === 'greeting') {
      refuse('a connection per request has no pipeline', 'leave out --pipeline, or greeting');
    }
    if (asksOf(condition).upstream && net === 'veth') {
      const remedy = 'leave out relay, or --net veth';
      refuse('the upstream of relay is on the loopback device', remedy);
    }
    refuseLongRounds(condition, placement);
    refuseLongWaits(condition, Math.max(windowMs, windowFloorMs(condition, client)));
  }
}

function refuseForeign({ workload, load }: Condition, client: Plan['client']): void {
  const native = 'leave out --client: the native one can';
  if (load.kind === 'open') refuse(`${client} makes no open load`, native);
  if (WORKLOADS[workload].isNativeOnly) refuse(`${client} cannot do ${workload}`, native);
}

function refuseLongRounds(condition: Condition, { serverCpus }: Placement): void {
  const { connections, load } = condition;
  const workMs = (asksOf(condition).cpuUs ?? 0) / 1000;
  const pipeline = load.kind === 'closed' ? load.pipeline : 1;
  const roundMs = (connections * pipeline * workMs) / serverCpus.length;
  if (roundMs <= ROUND_MS_MAX) return;
  const time = `${connections} connections need ${Math.round(roundMs)} ms of CPU for one reply each`;
  refuse(`${condition.id}: ${time}`, `choose fewer --connections, or less work than ${workMs} ms`);
}

/** A window in which no request can get a reply would look like a hanging server. */
function refuseLongWaits(condition: Condition, windowMs: number): void {
  const { id } = condition;
  const replyMs = Math.ceil(asksOf(condition).waitMs ?? 0);
  if (2 * replyMs <= windowMs) return;
  const remedy = `give --window ${2 * replyMs}ms, or less to wait for`;
  refuse(`${id}: a reply takes ${replyMs} ms, and windows are ${windowMs} ms`, remedy);
}

/** Throws UserError: the generator of an open load spins, so it needs CPUs of its own. */
export function requireClientCpus({ serverCpus, clientCpus }: Placement, what: string): void {
  const shared = clientCpus.filter((cpu) => serverCpus.includes(cpu));
  if (shared.length === 0) return;
  throw new UserError(
    `${what} needs a CPU of its own for the client, which spins: server and client share CPU ${shared.join(', ')}`,
    'part them with --cpus server=0,client=1, or start it where two CPUs are allowed',
  );
}

function refuse(message: string, remedy: string): never {
  throw new UserError(message, remedy, { exitCode: 2 });
}
