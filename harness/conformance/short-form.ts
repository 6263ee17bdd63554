/**
 * What every run asks of a server before it measures it.
 *
 * The shortest form: it starts under its own name and stays on its CPUs; three requests for `/` on
 * one connection, one in two segments and then two in one, are answered as they must be, and are
 * counted; one exchange of every workload that the run has for it is answered; SIGTERM ends it
 * cleanly. The short form adds a few cases of the suite.
 */
import assert, { AssertionError } from 'node:assert/strict';
import { bodyOf, type Variant } from '../plan/variant.js';
import { formatCpuList } from '../probe/cpus.js';
import { readAllowedCpus } from '../probe/proc.js';
import { exchangeOf, modeOf } from '../run/exchange.js';
import type { Conformed, ConformingAsk } from '../run/prepare.js';
import { type Client, closeClients, withClient } from '../server/client.js';
import type { Ready, Stats } from '../server/control.js';
import { ServerFault } from '../server/fault.js';
import { GREETING, request } from '../server/messages.js';
import type { Server } from '../server/server.js';
import { startServer } from '../server/start.js';
import { Late, unlessAborted } from '../server/wait.js';
import { expectAnswer, expectReply } from './ask.js';
import type { Case } from './case.js';
import { SHORT_CASES } from './cases.js';
import { conform } from './conform.js';
import { reasonOf } from './reason.js';

const REQUESTS = 3;

/**
 * Starts, asks and stops one subject. Rejects with ServerFault or Interrupted; nothing is left of
 * it in any case.
 */
export async function shortForm(
  asked: ConformingAsk,
  cases: readonly Case[] = SHORT_CASES,
): Promise<Conformed> {
  const { built, args, signal } = asked;
  try {
    const ready = await talk(asked);
    const program = { ...built, command: [...built.command, ...args] };
    const results = cases.length === 0 ? [] : await conform(program, cases, signal);
    const bad = results.find(({ failure }) => failure !== null);
    const wrong = bad?.failure ? `${bad.name}: ${bad.failure.check}: ${bad.failure.reason}` : null;
    return { ready, wrong };
  } finally {
    closeClients();
  }
}

export function shortestForm(asked: ConformingAsk): Promise<Conformed> {
  return shortForm(asked, []);
}

/** In http mode, and in greeting mode where that is asked for or all that it has. */
async function talk(asked: ConformingAsk): Promise<Ready> {
  const { built, workloads } = asked;
  const isHttp = built.variant.serves.modes.includes('http');
  const ready = isHttp ? await talkIn('http', asked, askHttp) : undefined;
  const isGreeted = workloads.some((workload) => modeOf(workload) === 'greeting');
  if (ready !== undefined && !isGreeted) return ready;
  const greeted = await talkIn('greeting', asked, greet);
  return ready ?? greeted;
}

/** One server from its start to its stop. */
async function talkIn(
  mode: 'http' | 'greeting',
  asked: ConformingAsk,
  ask: (server: Server, asked: ConformingAsk) => Promise<void>,
): Promise<Ready> {
  const { built, cpus, args, limits, signal } = asked;
  const server = await startServer(built, { cpus, mode, args }, limits, signal);
  try {
    checkName(server, built.variant.name);
    checkPinning(server, cpus);
    await unlessAborted(signal, server.guard(ask(server, asked)));
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
  throw server.fault(
    'contract',
    `was started with \`--cpus ${asked}\` and may run on CPUs ${runs}`,
  );
}

async function askHttp(server: Server, { built, limits, workloads }: ConformingAsk): Promise<void> {
  const { variant } = built;
  await asking(server, 'three requests', () => askThrice(server, variant, limits.answerMs));
  const body = Buffer.from(bodyOf(variant));
  const exchanges = workloads.map((workload) => exchangeOf(workload, body));
  const questions = new Map(
    exchanges.flatMap((one) =>
      one.kind === 'http' && one.path !== '/'
        ? [[questionOf(one.path, one.bodyBytes), one.expectedBody] as const]
        : [],
    ),
  );
  for (const [text, expected] of questions) {
    const ask = async (client: Client) => {
      await client.send(text);
      await expectReply(client, variant, { status: 200, body: expected.toString('latin1') });
      assert.equal(client.hasUnread, false, 'bytes after the answer');
    };
    const what = text.slice(0, text.indexOf(' HTTP/'));
    await asking(server, what, () => withClient(server.port, ask, limits.answerMs));
  }
}

/** A GET, or a POST with a body of so many bytes. */
function questionOf(path: string, bodyBytes?: number): string {
  if (bodyBytes === undefined) return request(path);
  const headers = ['Host: a', `Content-Length: ${bodyBytes}`];
  return request(path, headers, 'POST') + 'x'.repeat(bodyBytes);
}

async function askThrice(server: Server, variant: Variant, limitMs: number): Promise<void> {
  const before = await server.stats();
  const text = request();
  const half = text.length >> 1;
  const ask = async (client: Client) => {
    await client.send(text.slice(0, half));
    // The round trip lets the server read the first half alone; the answer must be the same if it
    // does not.
    await server.stats();
    assert.equal(client.hasUnread, false, 'an answer to half a request');
    await client.send(text.slice(half));
    await expectAnswer(client, variant);
    await client.send(text + text);
    for (let index = 1; index < REQUESTS; index++) await expectAnswer(client, variant);
    checkCounted(server, before, await server.stats());
    assert.equal(client.hasUnread, false, 'bytes after three answers');
  };
  await withClient(server.port, ask, limitMs);
}

function checkCounted(server: Server, before: Stats, after: Stats): void {
  const { requests: first } = before;
  const { requests: last } = after;
  // A server that cannot count requests leaves the key out.
  if (typeof first !== 'number' || typeof last !== 'number') return;
  if (last - first === REQUESTS) return;
  throw server.fault('stats', `answered ${REQUESTS} requests and counted ${last - first}`);
}

/** In greeting mode: a byte, the greeting, end of file. */
async function greet(server: Server, { limits }: ConformingAsk): Promise<void> {
  const ask = async (client: Client) => {
    await client.send('x');
    assert.equal(await client.rest(), GREETING);
  };
  await asking(server, 'a greeting', () => withClient(server.port, ask, limits.answerMs));
}

/** What goes wrong meanwhile is the server's fault. */
async function asking(server: Server, what: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (error instanceof ServerFault) throw error;
    const kind = error instanceof Late ? 'hung' : 'wrong-answer';
    const how = error instanceof AssertionError ? 'wrongly' : 'not at all';
    throw server.fault(kind, `answered ${what} ${how}: ${reasonOf(error)}`);
  }
}
