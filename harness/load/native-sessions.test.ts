import type net from 'node:net';
import { describe, expect, test } from 'vitest';
import { addon } from './addon.js';
import { LoadError, type LoadSession } from './client.js';
import { nativeClient, requestTimeoutMs } from './native.js';
import {
  answering,
  fakeServer,
  lastWindow,
  loadOf,
  measure,
  reply,
  serving,
  unaccounted,
  until,
} from './testing.js';

const client = nativeClient();
const serve = serving();

const completed = (count: number) => (session: LoadSession) =>
  session.snapshot().completed >= count;
const anyError = (session: LoadSession) => session.snapshot().errors > 0;
const lostAll = (session: LoadSession) => session.snapshot().connectionsOpen === 0;

describe('lost connections', () => {
  test('closed in the middle of a reply', async () => {
    const { port } = await serve((socket) => socket.end(reply().slice(0, 30)));
    const window = await measure(client, loadOf(port), lostAll);
    expect(window.errors).toEqual({ closed: 1 });
    expect(window.firstError).toMatch(/inside a reply/);
  });

  test('closed after a good reply', async () => {
    const { port } = await serve((socket) => socket.end(reply()));
    const window = await measure(client, loadOf(port, { connections: 4 }), lostAll);
    // The next request is either unanswered or could no longer be sent; both are seen.
    expect(Object.values(window.errors).reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(unaccounted(window)).toBe(0);
  });

  test('reset', async () => {
    const { port } = await serve((socket) => socket.resetAndDestroy());
    const window = await measure(client, loadOf(port), lostAll);
    expect(window.errors).toEqual({ reset: 1 });
    expect(window.firstError).toMatch(/Connection reset by peer/);
  });

  test('one of several: the others go on', async () => {
    let doomed: net.Socket | undefined;
    const { port } = await serve((socket, requests) => {
      doomed ??= socket;
      if (socket === doomed) socket.destroy();
      else socket.write(reply().repeat(requests));
    });
    const load = loadOf(port, { connections: 4 });
    const window = await measure(client, load, (session) => {
      const { completed, errors } = session.snapshot();
      return errors > 0 && completed > 200;
    });
    expect(Object.values(window.errors)).toEqual([1]);
    expect(window.completed).toBeGreaterThan(200);
    expect(unaccounted(window)).toBe(0);
  });

  test('before any traffic', async () => {
    const server = await fakeServer(answering());
    const session = await client.open(loadOf(server.port));
    await server.close();
    await until(() => anyError(session));
    session.start();
    session.openWindow();
    session.closeWindow();
    const window = await lastWindow(session);
    expect(window.sent).toBe(0);
    expect(window.firstError).toMatch(/^(closed|reset): /);
  });

  test('a server that never answers leaves its requests unfinished', async () => {
    const { port, received } = await serve(() => {});
    const session = await client.open(loadOf(port, { connections: 3, pipeline: 4 }));
    session.start();
    await until(() => received() > 0);
    session.openWindow();
    session.closeWindow();
    const window = await lastWindow(session);
    expect(window).toMatchObject({ completed: 0, sent: 0, ok: 0, errors: {}, unfinished: 0 });
    expect(window.service.count).toBe(0);
  });

  test('what was sent in the window and not answered in it is unfinished', async () => {
    let count = 0;
    const { port } = await serve((socket, requests) => {
      if (++count <= 10) socket.write(reply().repeat(requests));
    });
    const window = await measure(client, loadOf(port), completed(10));
    expect(window.errors).toEqual({});
    expect(window.sent).toBe(window.ok + window.unfinished);
    expect(window.completed).toBe(10);
    expect(window.unfinished).toBe(1);
  });
});

describe('connecting', () => {
  test('refused', async () => {
    const server = await fakeServer(answering());
    await server.close();
    const opening = client.open(loadOf(server.port, { connections: 3 }));
    await expect(opening).rejects.toBeInstanceOf(LoadError);
    await expect(opening).rejects.toThrow(/connection 1 of 3 to .* failed: Connection refused/);
  });

  test('a CPU that does not exist', async () => {
    const { port } = await serve(answering());
    const opening = client.open(loadOf(port, { cpus: [0, 1000] }));
    await expect(opening).rejects.toThrow(/cannot pin to CPU 0,1000: .*CPUs this process may use/);
  });

  test('a name instead of an address', async () => {
    const load = loadOf(1, { target: { host: 'example.org', port: 1 } });
    await expect(client.open(load)).rejects.toThrow(/not an IPv4 address: example.org/);
  });

  test('nothing is sent before start', async () => {
    const { port, accepted, received } = await serve(answering());
    const session = await client.open(loadOf(port, { connections: 8 }));
    expect(session.snapshot()).toMatchObject({ completed: 0, errors: 0, connectionsOpen: 8 });
    await until(() => accepted() === 8);
    expect(received()).toBe(0);
    await session.close();
  });
});

describe('a session', () => {
  test('close at every phase', async () => {
    const { port } = await serve(answering());
    const steps = ['start', 'openWindow', 'closeWindow'] as const;
    for (let phase = 0; phase <= steps.length; phase++) {
      const session = await client.open(loadOf(port, { connections: 4 }));
      for (const step of steps.slice(0, phase)) session[step]();
      await session.close();
      await session.close();
      expect(() => session.start()).toThrow(/closed/);
    }
  });

  test('close while it pauses, and after', async () => {
    const { port } = await serve(() => {});
    const session = await client.open(loadOf(port));
    session.start();
    session.openWindow();
    session.closeWindow();
    const pausing = expect(session.pause()).rejects.toThrow('the load was closed');
    await session.close();
    await pausing;
    await session.close();
  });

  test('commands given in quick succession to an idle load are all carried out', async () => {
    const { port } = await serve(() => {});
    for (let round = 0; round < 500; round++) {
      const session = await client.open(loadOf(port, { drainMs: 0 }));
      session.start();
      session.openWindow();
      session.closeWindow();
      expect(unaccounted(await lastWindow(session))).toBe(0);
    }
  });

  test('commands out of turn are refused', async () => {
    const { port } = await serve(answering());
    const session = await client.open(loadOf(port));
    expect(() => session.openWindow()).toThrow('openWindow of a load that is parked');
    session.start();
    expect(() => session.closeWindow()).toThrow('closeWindow of a load that is flowing');
    await expect(lastWindow(session)).rejects.toThrow('pause of a load that is flowing');
  });

  test('a server that takes 5 ms: the latency says so', async () => {
    const { port } = await serve((socket, requests) => {
      setTimeout(() => socket.write(reply().repeat(requests)), 5);
    });
    const window = await measure(client, loadOf(port, { connections: 4 }), completed(200));
    // Node's timers may fire up to 1 ms early and, on a busy machine, much later.
    expect(window.service.min).toBeGreaterThanOrEqual(4e6);
    expect(window.service.p50).toBeGreaterThanOrEqual(4e6);
    expect(window.service.p50).toBeLessThan(50e6);
  });

  test('times are CLOCK_MONOTONIC, as Node sees it', async () => {
    const before = process.hrtime.bigint();
    const between = addon().monotonicNs();
    expect(between).toBeGreaterThanOrEqual(before);
    expect(process.hrtime.bigint()).toBeGreaterThanOrEqual(between);
  });
});

test('a reply may take longer where thousands wait for one CPU', () => {
  expect(requestTimeoutMs({ connections: 64 })).toBe(5064);
  expect(requestTimeoutMs({ connections: 10_000 })).toBe(15_000);
});
