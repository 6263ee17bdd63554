import { readFileSync } from 'node:fs';
import type net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { autocannonClient } from './autocannon.js';
import { LoadError, type LoadSession } from './client.js';
import {
  answering,
  type FakeServer,
  fakeServer,
  lastWindow,
  loadOf,
  measure,
  reply,
  unaccounted,
  until,
} from './testing.js';

const client = autocannonClient();
const servers: FakeServer[] = [];

async function serve(onRequests: Parameters<typeof fakeServer>[0]): Promise<FakeServer> {
  const server = await fakeServer(onRequests);
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const completed = (count: number) => (session: LoadSession) =>
  session.snapshot().completed >= count;
const lostAll = (session: LoadSession) => session.snapshot().connectionsOpen === 0;

/**
 * Good replies first, so that the worker has surely opened the window before anything goes wrong:
 * it hears of start and openWindow one after the other.
 */
function goodAtFirst(then: (socket: net.Socket) => void): (socket: net.Socket) => void {
  let count = 0;
  return (socket) => {
    if (++count <= 50) socket.write(reply());
    else then(socket);
  };
}

/** The worker processes of this one. */
function childPids(): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

test.each([
  [1, 1],
  [8, 1],
  [4, 8],
])('%i connections, pipeline %i', async (connections, pipeline) => {
  const { port } = await serve(answering());
  const load = loadOf(port, { connections, pipeline });
  const window = await measure(client, load, completed(connections * pipeline * 20));
  expect(window.errors).toEqual({});
  expect(window.firstError).toBeUndefined();
  expect(unaccounted(window)).toBe(0);
  expect(window.ok).toBeGreaterThan(0);
  expect(window.service.count).toBe(window.ok);
  expect(window.completed - window.ok).toBeLessThanOrEqual(connections * pipeline);
  expect(window.unfinished).toBeLessThanOrEqual(connections * pipeline);
  expect(window.bytesRead).toBeGreaterThanOrEqual(window.completed * reply().length);
  expect(window.cpuUs.value).toBeGreaterThan(0);
  expect(childPids()).toEqual([]);
});

test('all connections are there after open, and nothing is sent before start', async () => {
  const { port, accepted, received } = await serve(answering());
  const session = await client.open(loadOf(port, { connections: 8 }));
  expect(session.snapshot()).toMatchObject({ completed: 0, errors: 0, connectionsOpen: 8 });
  await until(() => accepted() === 8);
  expect(received()).toBe(0);
  await session.close();
});

test('a server that takes 5 ms: the latency says so, in fractions of milliseconds', async () => {
  const { port } = await serve((socket, requests) => {
    setTimeout(() => socket.write(reply().repeat(requests)), 5);
  });
  const window = await measure(client, loadOf(port, { connections: 2 }), completed(100));
  expect(window.service.p50).toBeGreaterThanOrEqual(4e6);
  expect(window.service.p50).toBeLessThan(50e6);
});

test('bodies of 1 MiB', async () => {
  const body = 'z'.repeat(1 << 20);
  const { port } = await serve(answering(reply(body)));
  const load = loadOf(port, { expectedBody: Buffer.from(body) });
  const window = await measure(client, load, completed(10));
  expect(window.errors).toEqual({});
});

describe('failures', () => {
  test.each([
    ['wrong_bytes', reply('I am Server!'), /character 5: expected "server!"/],
    ['bad_status', reply('', '404 Not Found'), /expected status 200, received 404/],
    ['protocol', 'SSH-2.0-x\r\n', /^protocol: /],
  ])('%s', async (kind, text, words) => {
    const { port } = await serve(goodAtFirst((socket) => socket.write(text)));
    const window = await measure(client, loadOf(port), lostAll);
    expect(Object.keys(window.errors)).toEqual([kind]);
    expect(window.firstError).toMatch(words);
    expect(unaccounted(window)).toBe(0);
  });

  test('a closed connection is counted and not made again', async () => {
    const { port, accepted } = await serve(
      goodAtFirst((socket) => socket.end(reply().slice(0, 30))),
    );
    const window = await measure(client, loadOf(port, { connections: 3 }), lostAll);
    expect(window.errors).toEqual({ closed: 3 });
    expect(unaccounted(window)).toBe(0);
    expect(accepted()).toBe(3);
  });

  test('a reset', async () => {
    const { port } = await serve(goodAtFirst((socket) => socket.resetAndDestroy()));
    const window = await measure(client, loadOf(port), lostAll);
    expect(window.errors).toEqual({ reset: 1 });
    expect(window.firstError).toMatch(/ECONNRESET/);
  });

  test('a server that stops answering', async () => {
    let count = 0;
    const { port } = await serve((socket) => {
      if (++count <= 50) socket.write(reply());
    });
    const window = await measure(client, loadOf(port), completed(50));
    expect(window).toMatchObject({ errors: {}, unfinished: 1, unanswered: 1 });
    expect(unaccounted(window)).toBe(0);
  });

  test('refused', async () => {
    const server = await fakeServer(answering());
    await server.close();
    const opening = client.open(loadOf(server.port, { connections: 3 }));
    await expect(opening).rejects.toBeInstanceOf(LoadError);
    await expect(opening).rejects.toThrow(/3 connections to .* failed: .*ECONNREFUSED/);
    expect(childPids()).toEqual([]);
  });

  test('a CPU that does not exist', async () => {
    const { port } = await serve(answering());
    const opening = client.open(loadOf(port, { cpus: [1000] }));
    await expect(opening).rejects.toThrow(/cannot pin to CPU 1000/);
    expect(childPids()).toEqual([]);
  });

  test('its process is killed: pause says so', async () => {
    const { port } = await serve(answering());
    const session = await client.open(loadOf(port));
    session.start();
    session.openWindow();
    for (const pid of childPids()) process.kill(pid, 'SIGKILL');
    session.closeWindow();
    await expect(lastWindow(session)).rejects.toThrow(/autocannon's process ended unexpectedly/);
  });
});

test('waits for the replies of the window; after a pause it is over', async () => {
  const { port } = await serve((socket) => setTimeout(() => socket.write(reply()), 50));
  const session = await client.open(loadOf(port, { connections: 3 }));
  session.start();
  await until(() => session.snapshot().completed > 3);
  session.openWindow();
  await until(() => session.snapshot().completed > 9);
  session.closeWindow();
  const window = await session.pause();
  expect(window).toMatchObject({ errors: {}, unfinished: 0, unanswered: 0 });
  expect(window.ok).toBe(window.sent);
  expect(window.service.count).toBe(window.ok);
  expect(() => session.start()).toThrow('over: this client does not resume after a pause');
  expect(childPids()).toEqual([]);
});

test('close at every phase leaves no process', async () => {
  const { port } = await serve(answering());
  const steps = ['start', 'openWindow', 'closeWindow'] as const;
  for (let phase = 0; phase <= steps.length; phase++) {
    const session = await client.open(loadOf(port, { connections: 2 }));
    for (const step of steps.slice(0, phase)) session[step]();
    await session.close();
    await session.close();
    expect(childPids()).toEqual([]);
    expect(session.snapshot().connectionsOpen).toBe(2);
  }
});
