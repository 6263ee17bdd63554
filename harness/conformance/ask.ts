/**
 * Requests for `/` and the other targets whose answers are compared as closely as the variant's
 * are: byte for byte, or by status and body where they are plain HTTP.
 */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { answersOf, bodyOf, hasControl, type Variant } from '../plan/variant.js';
import { type Client, withClient } from '../server/client.js';
import { alphabet, answer, request } from '../server/messages.js';
import type { Server } from '../server/server.js';
import type { Suite } from './case.js';

/** What a right server answers to a GET of the target. */
export function wanted(variant: Variant, target = '/'): { status: 200 | 404; body: string } {
  const [, path = target, number] = /^(\/[a-z]*)(?:\?(?:us|n|ms)=(\d+))?$/.exec(target) ?? [];
  if (!variant.serves.targets.some((served) => served === path)) return { status: 404, body: '' };
  return { status: 200, body: path === '/bytes' ? alphabet(Number(number)) : bodyOf(variant) };
}

/** Waits for the answer to a GET of the target. */
export async function expectAnswer(client: Client, variant: Variant, target = '/'): Promise<void> {
  await expectReply(client, variant, wanted(variant, target), target);
}

/** Waits for this answer, in the form that the variant declares. */
export async function expectReply(
  client: Client,
  variant: Variant,
  { status, body }: ReturnType<typeof wanted>,
  target = 'the answer',
): Promise<void> {
  if (answersOf(variant) === 'exact') {
    await client.expect(Buffer.from(answer(status, body), 'latin1'));
    return;
  }
  const got = await client.response();
  assert.equal(got.status, status, `the status of ${target}`);
  if (status === 200) assert.equal(got.body, body, `the body of ${target}`);
}

/** Sends a request and waits for its answer. */
export async function ask(client: Client, variant: Variant, target = '/'): Promise<void> {
  await client.send(request(target));
  await expectAnswer(client, variant, target);
}

/** That a new connection is served. */
export async function expectServing(port: number, variant: Variant): Promise<void> {
  await withClient(port, (client) => ask(client, variant));
}

/** Long enough to be read alone; the answer has to be the same when it was not. */
const ALONE_MS = 2;

/**
 * Sends the pieces between the cuts, each after the server has read the one before, if it counts
 * reads.
 */
export async function sendPieces(
  { server, variant }: Pick<Suite, 'server' | 'variant'>,
  client: Client,
  text: string,
  cuts: readonly number[],
): Promise<void> {
  const before = hasControl(variant) ? await server.counts() : {};
  let start = 0;
  for (const cut of cuts) {
    await client.send(text.slice(start, cut));
    if (before.bytes_read === undefined) await pause(ALONE_MS);
    else await untilRead(server, client, before.bytes_read + cut);
    start = cut;
  }
  await client.send(text.slice(start));
}

/** An answer that comes too early ends the wait: it is what will be judged. */
function untilRead(server: Server, client: Client, bytes: number) {
  const isOver = (read = bytes) => read >= bytes || client.hasUnread;
  return server.countsWhere((stats) => isOver(stats.bytes_read), `${bytes} bytes read`);
}

/** Stats once every connection is closed; a server that does not count them is asked once. */
export function whenClosed(server: Server) {
  return server.countsWhere((s) => (s.connections_open ?? 0) === 0, 'every connection to end');
}
