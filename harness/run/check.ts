/**
 * The check before anything is measured: each subject is started once and must speak
 * docs/PROTOCOL.md.
 *
 * Three requests for `/` on one connection: one in two segments, then two in one. Answers are
 * compared byte for byte (plain HTTP: status and body), `stats` must have counted them, the process
 * must have pinned itself, and SIGTERM must end it cleanly. Then one exchange of every workload
 * that the run has for it.
 */
import { UserError } from '../errors.js';
import { answersOf, bodyOf } from '../plan/variant.js';
import { formatCpuList } from '../probe/cpus.js';
import { readAllowedCpus } from '../probe/proc.js';
import type { Workload } from '../results/schema.js';
import type { Built } from './built.js';
import {
  answerWith,
  asksGreeting,
  checkGreeting,
  checkPaths,
  requestFor,
} from './check-workloads.js';
import type { Ready, Stats } from './control.js';
import { Dialogue } from './dialogue.js';
import { GREETING } from './exchange.js';
import type { RunLimits } from './limits.js';
import { type Launch, type Server, startServer } from './server.js';
import { unlessAborted } from './wait.js';

const REQUEST = requestFor('/');
const ANSWER = answerWith(GREETING);
const REQUESTS = 3;

/**
 * Starts, asks and stops one subject. Rejects with ServerFault or Interrupted; nothing is left of
 * it in any case.
 */
export async function checkServer(
  built: Built,
  { cpus, args }: Pick<Launch, 'cpus' | 'args'>,
  limits: RunLimits,
  signal: AbortSignal,
  workloads: readonly Workload[] = [],
): Promise<Ready> {
  const launch = { cpus, args };
  const { modes } = built.variant.serves;
  const greeting = () =>
    checkOne(built, { ...launch, mode: 'greeting' }, limits, signal, checkGreeting);
  if (!modes.includes('http')) return greeting();
  const ready = await checkOne(
    built,
    { ...launch, mode: 'http' },
    limits,
    signal,
    async (server) => {
      const { variant } = built;
      const isExact = answersOf(variant) === 'exact';
      if (isExact) await checkAnswers(server, limits);
      else await checkBody(server, bodyOf(variant), limits);
      await checkPaths(server, workloads, limits, isExact);
    },
  );
  if (asksGreeting(workloads)) await greeting();
  return ready;
}

async function checkOne(
  built: Built,
  launch: Launch,
  limits: RunLimits,
  signal: AbortSignal,
  ask: (server: Server, limits: RunLimits) => Promise<void>,
): Promise<Ready> {
  const server = await startServer(built, launch, limits, signal);
  try {
    checkName(server, built.variant.name);
    checkPinning(server, launch.cpus);
    await unlessAborted(signal, server.guard(ask(server, limits)));
    await unlessAborted(signal, server.stop());
    return server.ready;
  } catch (error) {
    throw await server.rootOf(error);
  } finally {
    await server.kill();
  }
}

function checkName(server: Server, name: string): void {
  if (server.ready.variant === name) return;
  throw server.fault('contract', `says in its ready line that it is ${server.ready.variant}`);
}

/** Every thread of the server must be confined to the CPUs that `--cpus` named. */
function checkPinning(server: Server, cpus: readonly number[]): void {
  const allowed = readAllowedCpus(server.pid);
  if (!allowed.ok || allowed.value.every((cpu) => cpus.includes(cpu))) return;
  const asked = formatCpuList(cpus);
  const runs = formatCpuList(allowed.value);
  throw server.fault('contract', `was told \`--cpus ${asked}\` and may run on CPUs ${runs}`);
}

async function checkAnswers(server: Server, limits: RunLimits): Promise<void> {
  const before = await server.stats();
  const dialogue = await Dialogue.open(server, limits.answerMs);
  try {
    const half = REQUEST.length >> 1;
    dialogue.send(REQUEST.slice(0, half));
    // The round trip lets the server read the first half alone; the answer must be the same if it
    // does not.
    await server.stats();
    dialogue.expectNothing('half a request');
    dialogue.send(REQUEST.slice(half));
    await dialogue.expect(ANSWER, 'a request in two segments');
    dialogue.send(REQUEST + REQUEST);
    await dialogue.expect(Buffer.concat([ANSWER, ANSWER]), 'two pipelined requests');
    checkCounted(server, before, await server.stats());
    dialogue.expectNothing('three requests that were already answered');
  } finally {
    dialogue.close();
  }
}

/** Plain HTTP: the same three requests, of whose answers status and body count. */
async function checkBody(server: Server, body: string, limits: RunLimits): Promise<void> {
  const before = await server.stats();
  const dialogue = await Dialogue.open(server, limits.answerMs);
  try {
    dialogue.send(REQUEST);
    await dialogue.expectBody(body, 'a request');
    dialogue.send(REQUEST + REQUEST);
    await dialogue.expectBody(body, 'the first of two pipelined requests');
    await dialogue.expectBody(body, 'the second of two pipelined requests');
    checkCounted(server, before, await server.stats());
    dialogue.expectNothing('three requests that were already answered');
  } finally {
    dialogue.close();
  }
}

function checkCounted(server: Server, before: Stats, after: Stats): void {
  const { requests: first } = before;
  const { requests: last } = after;
  // A server that cannot count requests leaves the key out.
  if (typeof first !== 'number' || typeof last !== 'number') return;
  if (last - first === REQUESTS) return;
  throw server.fault('stats', `answered ${REQUESTS} requests and counted ${last - first}`);
}

/** Throws UserError unless every server built on the native core is built on the same one. */
export function requireOneCore(
  servers: readonly { readonly id: string; readonly ready: Ready }[],
): void {
  const native = servers.filter(({ ready }) => ready.core !== undefined);
  const [first] = native;
  const other = native.find(({ ready }) => ready.core !== first?.ready.core);
  if (first === undefined || other === undefined) return;
  throw new UserError(
    `${first.id} (core ${first.ready.core}) and ${other.id} (core ${other.ready.core}) are built on different ` +
      'versions of the native core, so a comparison would not show the I/O model alone',
    'npm run build',
  );
}
