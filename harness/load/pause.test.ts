/** The native client's pauses: what the drain adds to a window, and that the load goes on after. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { addon } from './addon.js';
import type { Load, LoadSession, LoadWindow } from './client.js';
import { nativeClient } from './native.js';
import {
  answering,
  BODY,
  type FakeServer,
  fakeServer,
  lastWindow,
  loadOf,
  reply,
  unaccounted,
  until,
} from './testing.js';

const servers: { close(): Promise<void> }[] = [];
const sessions: LoadSession[] = [];

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
  for (const server of servers.splice(0)) await server.close();
});

async function serve(onRequests: Parameters<typeof fakeServer>[0]): Promise<FakeServer> {
  const server = await fakeServer(onRequests);
  servers.push(server);
  return server;
}

async function open(load: Load): Promise<LoadSession> {
  const session = await nativeClient().open(load);
  sessions.push(session);
  return session;
}

/** A window of so many replies, from start() to pause(). */
async function slice(session: LoadSession, replies: number): Promise<LoadWindow> {
  const before = session.snapshot().completed;
  session.start();
  session.openWindow();
  await until(() => session.snapshot().completed >= before + replies);
  session.closeWindow();
  const window = await session.pause();
  expect(unaccounted(window)).toBe(0);
  expect(window.service.count).toBe(window.ok);
  return window;
}

/** CPU time of this process' load threads, in clock ticks. */
function loadTicks(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

describe('the drain', () => {
  test('mean latency times throughput is the number of connections, in a short window too', async () => {
    // A tenth of the requests takes longer than the window: cut off there, the mean would be 20 ms.
    // From 16 on connections would wait for their cohort, which is no latency (cohorts.test.ts).
    const CONNECTIONS = 15;
    const [SLOW_MS, QUICK_MS] = [400, 20];
    let count = 0;
    const { port } = await serve((socket) => {
      setTimeout(() => socket.write(reply()), ++count % 10 === 0 ? SLOW_MS : QUICK_MS);
    });
    const session = await open(loadOf(port, { connections: CONNECTIONS, drainMs: 3000 }));
    session.start();
    const soFar = () => session.snapshot().completed;
    await until(() => soFar() > 20 * CONNECTIONS);
    session.openWindow();
    const before = soFar();
    await until(() => soFar() > before + 3 * CONNECTIONS);
    session.closeWindow();
    const window = await session.pause();
    expect(window).toMatchObject({ errors: {}, unfinished: 0, unanswered: 0 });
    expect(window.ok).toBe(window.sent);
    const expectedNs = (CONNECTIONS * Number(window.endNs - window.startNs)) / window.completed;
    expect(window.service.mean / expectedNs).toBeGreaterThan(0.6);
    expect(window.service.mean / expectedNs).toBeLessThan(1.7);
  });

  test('a reply that comes after the window has its latency, and is no part of throughput', async () => {
    let late = () => {};
    let count = 0;
    const { port } = await serve((socket) => {
      if (++count === 10) late = () => socket.write(reply());
      else socket.write(reply());
    });
    const session = await open(loadOf(port));
    session.start();
    session.openWindow();
    await until(() => count === 10);
    session.closeWindow();
    const pausing = session.pause();
    setTimeout(() => late(), 50);
    const window = await pausing;
    expect(window.completed).toBeLessThanOrEqual(9);
    expect(window.ok).toBe(window.sent);
    expect(window.unanswered).toBe(0);
    expect(window.service.max).toBeGreaterThan(40e6);
  });

  test.each([1, 2])(
    'a server that swallows every n-th request is found out (%i threads)',
    async (threads) => {
      let count = 0;
      const { port } = await serve((socket) => {
        if (++count % 400 !== 0) socket.write(reply());
      });
      const cpus = threads === 1 ? [0] : [0, 1];
      // On one thread each of them holds up its cohort, so that the fourth one would be the last.
      const session = await open(loadOf(port, { connections: 16, drainMs: 100, cpus }));
      const window = await slice(session, 1500);
      expect(window.errors).toEqual({});
      expect(window.unanswered).toBeGreaterThanOrEqual(3);
      expect(window.unanswered).toBeGreaterThanOrEqual(window.unfinished);
    },
  );

  test('a connection that was dead before the window shows', async () => {
    let count = 0;
    const { port } = await serve((socket) => {
      if (++count !== 1) socket.write(reply());
    });
    const session = await open(loadOf(port, { connections: 2, drainMs: 60 }));
    session.start();
    await until(() => count > 100);
    session.openWindow();
    await until(() => count > 200);
    session.closeWindow();
    expect(await session.pause()).toMatchObject({ unfinished: 0, unanswered: 1, errors: {} });
  });

  test('an open load beyond capacity: what waits is dropped, nothing is left in flight', async () => {
    let delayMs = 10;
    let asked = 0;
    const { port } = await serve((socket) => {
      asked++;
      setTimeout(() => socket.write(reply()), delayMs);
    });
    const mode = { kind: 'open', ratePerS: 2000, arrivals: 'fixed' } as const;
    const session = await open(loadOf(port, { connections: 2, mode, drainMs: 200, cpus: [1] }));
    const window = await slice(session, 60);
    expect(window.unanswered).toBe(0);
    expect(window.censored?.count).toBe((window.offered ?? 0) - window.sent);
    const dropped = window.censored?.count ?? 0;
    expect(dropped).toBeGreaterThan(200);
    // None of these is sent when the load goes on.
    delayMs = 0;
    asked = 0;
    expect((await slice(session, 20)).unanswered).toBe(0);
    expect(asked).toBeLessThan(dropped);
  });
});

describe('a load goes on after a pause', () => {
  const http = { kind: 'http', path: '/', expectedBody: Buffer.from(BODY) } as const;
  const fixed = { kind: 'open', ratePerS: 1000, arrivals: 'fixed' } as const;
  const kinds: readonly (readonly [string, Partial<Load>])[] = [
    ['closed', { mode: { kind: 'closed', pipeline: 1 } }],
    ['closed, pipeline', { mode: { kind: 'closed', pipeline: 5 } }],
    ['closed, two threads', { mode: { kind: 'closed', pipeline: 1 }, cpus: [0, 1] }],
    ['open', { mode: fixed }],
    ['open, two threads', { mode: fixed, cpus: [0, 1] }],
    ['slow readers', { mode: { kind: 'closed', pipeline: 1 }, readBytesPerS: 200_000 }],
    ['silent ones too', { mode: { kind: 'closed', pipeline: 1 }, silent: 5 }],
  ];

  test.each(kinds)('%s: on the same connections, window by window', async (_, change) => {
    const { port, accepted, received } = await serve(answering());
    const session = await open(loadOf(port, { connections: 6, exchange: http, ...change }));
    for (let round = 0; round < 4; round++) {
      const before = session.snapshot().completed;
      const window = await slice(session, 60);
      expect(window).toMatchObject({ errors: {}, unfinished: 0, unanswered: 0, timeouts: 0 });
      expect(window.ok).toBe(window.sent);
      const { completed } = session.snapshot();
      // Counts begin at zero in each.
      expect(window.completed).toBeLessThanOrEqual(completed - before);
      const bytes = received();
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(session.snapshot().completed).toBe(completed);
      expect(received()).toBe(bytes);
    }
    expect(accepted()).toBe(6 + (change.silent ?? 0));
  });

  test.each(['closed', 'open'] as const)('connection per request, %s', async (kind) => {
    const server = addon().startNullServer([0], { greeting: true });
    servers.push({ close: async () => server.stop() });
    const exchange = { kind: 'greeting', expected: Buffer.from(BODY) } as const;
    const mode = kind === 'open' ? fixed : ({ kind, pipeline: 1 } as const);
    const session = await open(loadOf(server.port, { connections: 4, exchange, mode, cpus: [1] }));
    for (let round = 0; round < 3; round++) {
      const window = await slice(session, 50);
      expect(window).toMatchObject({ errors: {}, unanswered: 0 });
    }
  });

  test('an open load: the schedule stands still in a pause', async () => {
    const { port } = await serve(answering());
    const mode = { kind: 'open', ratePerS: 200, arrivals: 'fixed' } as const;
    const session = await open(loadOf(port, { connections: 4, mode, cpus: [1] }));
    await slice(session, 10);
    const pauseMs = 1500;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const window = await slice(session, 10);
    // In the pause 300 requests were due; none of them is made up for: the first would be as late
    // as the pause is long. Less than that is what a busy machine does to this thread.
    const seconds = Number(window.endNs - window.startNs) / 1e9;
    expect(window.offered).toBeLessThanOrEqual(200 * seconds + 2);
    expect(window.lateness?.max).toBeLessThan(pauseMs * 1e6);
  });

  test('an open load that is parked leaves its CPU alone', async () => {
    const { port } = await serve(answering());
    const session = await open(loadOf(port, { mode: fixed, cpus: [1] }));
    await slice(session, 10);
    const before = loadTicks();
    await new Promise((resolve) => setTimeout(resolve, 500));
    // Spinning would take 50 ticks.
    expect(loadTicks() - before).toBeLessThan(25);
  });

  test('a connection lost in a pause counts', async () => {
    const server = await fakeServer(answering());
    const session = await open(loadOf(server.port));
    expect((await slice(session, 10)).firstError).toBeUndefined();
    await server.close();
    await until(() => session.snapshot().errors > 0);
    session.start();
    session.openWindow();
    session.closeWindow();
    expect((await lastWindow(session)).firstError).toMatch(/^(closed|reset): /);
  });
});
