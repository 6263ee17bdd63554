/**
 * Bursts of full load on native servers, by the native client: for servers under sanitizers. Those
 * are slow, so a number of replies ends a burst, and no time.
 *
 *   node dist/scripts/tools/burst.js [variant...]
 *
 * Each server is asked over kept connections and by greetings. Every reply must be right, and the
 * server must end in good order. Prints a line for each; exit status 1 when one of them fails.
 * Servers are those of build/Release, or of the folder in IOMODELS_NATIVE.
 */
import { pathToFileURL } from 'node:url';
import { reasonOf } from '../../harness/conformance/reason.js';
import { withServer } from '../../harness/conformance/with-server.js';
import type { Exchange, LoadSession } from '../../harness/load/client.js';
import { nativeClient } from '../../harness/load/native.js';
import { readAllowedCpus } from '../../harness/probe/proc.js';
import type { Program } from '../../harness/server/built.js';
import { GREETING } from '../../harness/server/messages.js';
import type { Server } from '../../harness/server/server.js';
import { until } from '../../harness/server/wait.js';
import { programsOf } from './programs.js';

const CONNECTIONS = 16;
/** The load rests between bursts, with its connections open. */
const BURSTS = 3;
const REPLIES_PER_BURST = 500;
/** Far beyond what a server under a sanitizer needs on a loaded machine. */
const LIMIT_MS = 60_000;

const EXCHANGES: readonly Exchange[] = [
  { kind: 'http', path: '/', expectedBody: Buffer.from(GREETING) },
  { kind: 'greeting', expected: Buffer.from(GREETING) },
];

/** What went wrong with a server under all of the bursts, or nothing. */
export async function faultsUnderBursts(program: Program): Promise<string[]> {
  const faults: string[] = [];
  for (const exchange of EXCHANGES) {
    const { kind } = exchange;
    const add = (text: string) => faults.push(`${kind}: ${text}`);
    await loadAndStop(program, exchange).catch((error: unknown) => add(reasonOf(error)));
  }
  return faults;
}

/** Rejects with what is wrong. */
function loadAndStop(program: Program, exchange: Exchange): Promise<void> {
  const flags = exchange.kind === 'greeting' ? ['--mode', 'greeting'] : [];
  return withServer(program, flags, async (server) => {
    await load(server, exchange);
    const { connections_open: open } = await server.stop();
    if (open !== 0) throw new Error(`${open} connections were open at the end`);
  });
}

async function load(server: Server, exchange: Exchange): Promise<void> {
  const cpus = readAllowedCpus('self');
  if (!cpus.ok) throw new Error(cpus.why);
  const session = await nativeClient().open({
    target: { host: '127.0.0.1', port: server.port },
    connections: CONNECTIONS,
    mode: { kind: 'closed', pipeline: 1 },
    exchange,
    seed: 'burst',
    durationMsMax: BURSTS * LIMIT_MS,
    drainMs: LIMIT_MS,
    cpus: cpus.value,
  });
  try {
    for (let burst = 1; burst <= BURSTS; burst += 1) await answered(session, burst);
  } finally {
    await session.close();
  }
}

/** One burst. Rejects when a request of it failed, or has no reply. */
async function answered(session: LoadSession, burst: number): Promise<void> {
  session.start();
  session.openWindow();
  const wanted = burst * REPLIES_PER_BURST;
  const what = () => `${wanted} replies; there are ${session.snapshot().completed}`;
  const isOver = () => session.snapshot().completed >= wanted || session.snapshot().errors > 0;
  await until(() => isOver() || undefined, what, LIMIT_MS);
  session.closeWindow();
  const { firstError, unanswered } = await session.pause();
  if (firstError !== undefined) throw new Error(firstError);
  if (unanswered > 0) throw new Error(`${unanswered} requests have no reply`);
}

async function main(): Promise<void> {
  for (const program of await programsOf(process.argv.slice(2))) {
    const faults = await faultsUnderBursts(program);
    const verdict = faults.length === 0 ? 'ok' : `BAD: ${faults.join('; ')}`;
    process.stdout.write(`${program.variant.name} under bursts: ${verdict}\n`);
    if (faults.length > 0) process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
