/** Connections of a closed loop that move in cohorts (native/loadgen/cohorts.hpp). */
import type net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { LoadSession } from './client.js';
import { nativeClient } from './native.js';
import {
  type FakeServer,
  fakeServer,
  type LoadOptions,
  loadOf,
  reply,
  unaccounted,
  until,
} from './testing.js';

/** Requests of a connection that nothing holds up. */
const TIMES = 20;

/** A server whose replies the test gives: it knows how often each connection asked. */
interface Served extends FakeServer {
  /** Requests so far, of each connection in the order of their first request. */
  readonly asked: () => number[];
  /** Replies to the newest request of that connection. */
  answer(index: number): void;
  /** Resets it. */
  reset(index: number): void;
}

const servers: FakeServer[] = [];
const sessions: LoadSession[] = [];

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
  for (const server of servers.splice(0)) await server.close();
});

/** replies: whether the server answers that request at once; the newest one is not answered else. */
async function serve(replies: (index: number, request: number) => boolean): Promise<Served> {
  const sockets: net.Socket[] = [];
  const asked: number[] = [];
  const server = await fakeServer((socket, requests) => {
    if (!sockets.includes(socket)) asked[sockets.push(socket) - 1] = 0;
    const index = sockets.indexOf(socket);
    const request = (asked[index] ?? 0) + requests;
    asked[index] = request;
    if (replies(index, request)) socket.write(reply());
  });
  servers.push(server);
  return {
    ...server,
    asked: () => [...asked],
    answer: (index) => sockets[index]?.write(reply()),
    reset: (index) => sockets[index]?.resetAndDestroy(),
  };
}

/** A load that has sent its first requests: in the order in which its connections were made. */
async function begin(server: Served, connections: number, more: LoadOptions = {}) {
  const load = loadOf(server.port, { connections, drainMs: 100, ...more });
  const session = await nativeClient().open(load);
  sessions.push(session);
  await until(() => server.accepted() === connections);
  session.start();
  session.openWindow();
  await until(() => server.asked().length === connections);
  return session;
}

/** Until so many connections have asked TIMES times more; returns those that asked once at most. */
async function stuck(server: Served, advancing: number): Promise<number[]> {
  const before = server.asked();
  const more = (index: number) => (server.asked()[index] ?? 0) - (before[index] ?? 0);
  const indices = before.map((_, index) => index);
  await until(() => indices.filter((index) => more(index) >= TIMES).length >= advancing);
  return indices.filter((index) => more(index) <= 1);
}

/**
 * Answers the first requests one by one. Which connections asked for a second time because of each
 * reply: the client reports a reply when it has sent what it sends for it, and what it has sent can
 * be read in the next turn.
 */
async function oneByOne(order: (index: number) => number): Promise<number[][]> {
  const server = await serve(() => false);
  const session = await begin(server, 16);
  const groups: number[][] = [];
  for (let given = 0; given < 16; given++) {
    const before = server.asked();
    server.answer(order(given));
    await until(() => session.snapshot().completed === given + 1);
    await new Promise((resolve) => setImmediate(resolve));
    const after = server.asked();
    groups.push(after.flatMap((count, index) => (count === before[index] ? [] : [index])));
  }
  return groups;
}

const ORDERS: readonly (readonly [string, (index: number) => number])[] = [
  ['the first one first', (index) => index],
  ['the last one first', (index) => 15 - index],
  ['across', (index) => (index * 7) % 16],
];

describe('16 connections', () => {
  test.each(ORDERS)('send again when all four of a cohort have a reply: %s', async (_, order) => {
    const groups = await oneByOne(order);
    const answered = new Set<number>();
    for (const [given, group] of groups.entries()) {
      answered.add(order(given));
      if (group.length === 0) continue;
      expect(group).toHaveLength(4);
      expect(group).toContain(order(given));
      expect(group.filter((index) => !answered.has(index))).toEqual([]);
    }
    expect(groups.flat().sort((a, b) => a - b)).toEqual(Array.from(Array(16).keys()));
  });

  test('two runs have the same cohorts', async () => {
    const order = (index: number) => (index * 5) % 16;
    expect(await oneByOne(order)).toEqual(await oneByOne(order));
  });

  test('a reply that does not come holds up the three mates of its connection alone', async () => {
    let withheld = 0;
    const server = await serve((index) => index !== withheld);
    await begin(server, 16);
    const cohorts = new Set<string>();
    for (let index = 0; index < 16; index++) {
      const before = withheld;
      withheld = index;
      if (before !== index) server.answer(before);
      // Its mates may be up to one round ahead of it.
      await stuck(server, 12);
      const waiting = await stuck(server, 12);
      expect(waiting).toHaveLength(4);
      expect(waiting).toContain(index);
      cohorts.add(waiting.join());
    }
    expect(cohorts.size).toBe(4);
  });

  test('a lost connection does not stop its mates', async () => {
    const server = await serve((index) => index !== 3);
    const session = await begin(server, 16);
    expect(await stuck(server, 12)).toHaveLength(4);
    server.reset(3);
    expect(await stuck(server, 15)).toEqual([3]);
    session.closeWindow();
    const window = await session.pause();
    expect(window).toMatchObject({ errors: { reset: 1 }, unanswered: 0 });
    expect(unaccounted(window)).toBe(0);
  });

  test('a connection that is lost while it waits does not stop its mates either', async () => {
    const server = await serve((index) => index !== 3);
    const session = await begin(server, 16);
    const mates = (await stuck(server, 12)).filter((index) => index !== 3);
    const [lost = -1] = mates;
    server.reset(lost);
    await until(() => session.snapshot().errors === 1);
    server.answer(3);
    expect(await stuck(server, 12)).toContain(lost);
    await until(() => mates.every((index) => index === lost || (server.asked()[index] ?? 0) > 1));
  });

  test('after a pause all send again, and then the unanswered one holds up its mates', async () => {
    let silent = true;
    const server = await serve((index) => index !== 6 || !silent);
    const session = await begin(server, 16);
    const waiting = await stuck(server, 12);
    expect(waiting).toHaveLength(4);
    session.closeWindow();
    expect(await session.pause()).toMatchObject({ errors: {}, unanswered: 1 });
    const before = server.asked();
    session.start();
    session.openWindow();
    // The one that has no reply yet has nothing to send.
    const asks = (index: number) => (server.asked()[index] ?? 0) > (before[index] ?? 0);
    await until(() => before.every((_, index) => index === 6 || asks(index)));
    await stuck(server, 12);
    expect(await stuck(server, 12)).toEqual(waiting);
    silent = false;
    server.answer(6);
    expect(await stuck(server, 16)).toEqual([]);
    session.closeWindow();
    expect(await session.pause()).toMatchObject({ errors: {}, unanswered: 0 });
  });
});

describe('each connection sends at once', () => {
  test.each([
    ['15 connections', 15, {}],
    ['16 connections with a pipeline', 16, { pipeline: 2 }],
    ['16 connections on two threads', 16, { cpus: [0, 1] }],
  ] as const)('%s', async (_, connections, more) => {
    const server = await serve((index) => index !== 2);
    await begin(server, connections, more);
    expect(await stuck(server, connections - 1)).toEqual([2]);
  });

  test('a lone connection', async () => {
    const server = await serve(() => true);
    await begin(server, 1);
    expect(await stuck(server, 1)).toEqual([]);
  });
});
