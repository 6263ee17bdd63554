import { spawnSync } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../root.js';
import { addon, type NullServer } from './addon.js';
import type { Load, LoadSession } from './client.js';
import { LoadError } from './client.js';
import { nativeClient } from './native.js';
import { BODY, loadOf, measure, unaccounted } from './testing.js';

const client = nativeClient();
const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function nullServer(): NullServer {
  const server = addon().startNullServer([0], { greeting: true });
  closing.push(() => server.stop());
  return server;
}

/** Calls onByte with each connection when its first byte has come. */
async function fakeGreeter(onByte: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('data', () => onByte(socket));
    // Those under test may go first; that is not this server's trouble.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return (server.address() as net.AddressInfo).port;
}

function greetingLoad(port: number, options: Partial<Load> = {}): Load {
  const exchange = { kind: 'greeting', expected: Buffer.from(BODY) } as const;
  return loadOf(port, { connections: 4, exchange, ...options });
}

const completed = (count: number) => (session: LoadSession) =>
  session.snapshot().completed >= count;
const lostAll = (session: LoadSession) => session.snapshot().connectionsOpen === 0;

describe('a connection per request', () => {
  test('closed loop', async () => {
    const server = nullServer();
    const window = await measure(client, greetingLoad(server.port), completed(500));
    expect(window.errors).toEqual({});
    expect(unaccounted(window)).toBe(0);
    // The bytes of a greeting may have come before the window, and its end of file within.
    const repliesAtLeast = window.completed - 4;
    expect(window.bytesRead).toBeGreaterThanOrEqual(repliesAtLeast * BODY.length);
    expect(window.service.count).toBe(window.ok);
    expect(window.unfinished).toBeLessThanOrEqual(4);
    expect(server.answered()).toBeGreaterThanOrEqual(window.completed);
  });

  test('open loop', async () => {
    const mode = { kind: 'open', ratePerS: 1000, arrivals: 'poisson' } as const;
    const load = greetingLoad(nullServer().port, { mode, cpus: [1] });
    const window = await measure(client, load, completed(300));
    expect(window.errors).toEqual({});
    expect(unaccounted(window)).toBe(0);
    expect(window.response?.count).toBe(window.ok);
    expect(window.censored?.count).toBe(
      window.unfinished + (window.offered ?? Number.NaN) - window.sent,
    );
  });

  test('the server closes first, and source addresses change', async () => {
    const sources = new Set<string>();
    const endedBeforeUs: boolean[] = [];
    const port = await fakeGreeter((socket) => {
      sources.add(socket.remoteAddress ?? '');
      let closed = false;
      socket.on('end', () => endedBeforeUs.push(!closed));
      socket.end(BODY, () => {
        closed = true;
      });
    });
    const window = await measure(client, greetingLoad(port), completed(200));
    expect(window.errors).toEqual({});
    expect(sources.size).toBeGreaterThanOrEqual(190);
    for (const source of sources)
      expect(source).toMatch(/^127\.1\.[0-3]\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|250)$/);
    expect(endedBeforeUs.filter((early) => early)).toEqual([]);
  });

  test('a greeting in pieces', async () => {
    const port = await fakeGreeter((socket) => {
      socket.setNoDelay(true);
      socket.write(BODY.slice(0, 5));
      setImmediate(() => socket.end(BODY.slice(5)));
    });
    const window = await measure(client, greetingLoad(port), completed(100));
    expect(window.errors).toEqual({});
  });

  test.each([
    ['another greeting', (s: net.Socket) => s.end('I am Server!'), 'wrong_bytes', /received/],
    ['a longer one', (s: net.Socket) => s.end(`${BODY}!`), 'wrong_bytes', /end of file/],
    ['half of it', (s: net.Socket) => s.end(BODY.slice(0, 6)), 'closed', /after 6 of 12 bytes/],
    ['nothing', (s: net.Socket) => s.end(), 'closed', /after 0 of 12 bytes/],
    ['a reset', (s: net.Socket) => s.resetAndDestroy(), 'reset', /reset by peer/],
  ] as const)('%s is named', async (_, answer, kind, words) => {
    const port = await fakeGreeter((socket) => void answer(socket));
    const window = await measure(client, greetingLoad(port, { connections: 2 }), lostAll);
    expect(Object.keys(window.errors)).toEqual([kind]);
    expect(window.firstError).toMatch(words);
    expect(unaccounted(window)).toBe(0);
  });

  test('nobody listens', async () => {
    const server = nullServer();
    const { port } = server;
    server.stop();
    const window = await measure(client, greetingLoad(port), lostAll);
    expect(window.completed).toBe(0);
    expect(window.firstError).toBe('refused: connect: Connection refused');
  });

  test('a pipeline makes no sense', async () => {
    const load = greetingLoad(1, { mode: { kind: 'closed', pipeline: 2 } });
    await expect(client.open(load)).rejects.toThrow(LoadError);
  });
});

test('this machine has nothing left for a connection: no_port, not a fault of the server', () => {
  const file = path.join(repositoryRoot(), 'build', 'Release', 'iomodels.node');
  const source = `
    const { Generator, startNullServer } = require(${JSON.stringify(file)});
    const server = startNullServer([0], { greeting: true });
    const load = new Generator({ host: '127.0.0.1', port: server.port, connections: 400,
      exchange: 'greeting', pipeline: 1, path: '/', expected: Buffer.from('${BODY}'), cpus: [0],
      open: null, silent: 0, readBytesPerS: 0, upstreamFd: -1, connectTimeoutMs: 1000, timeoutMs: 1000, drainMs: 1000 });
    (async () => {
      await load.open();
      load.start();
      load.openWindow();
      while (load.snapshot().errors === 0) await new Promise(setImmediate);
      load.closeWindow();
      const { firstError } = await load.pause();
      await load.close();
      server.stop();
      console.log(firstError);
    })();`;
  const command = ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, '-e', source];
  const { stdout, stderr } = spawnSync('/bin/sh', command, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^no_port: connect: Too many open files: raise the limit/);
});
