import { closeSync } from 'node:fs';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { addon } from './addon.js';
import { LoadError, type LoadSession } from './client.js';
import { closedHttp } from './closed-http.js';
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

const client = nativeClient();
const servers: FakeServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(onRequests: Parameters<typeof fakeServer>[0]): Promise<FakeServer> {
  const server = await fakeServer(onRequests);
  servers.push(server);
  return server;
}

/** Traffic until `enough`, and then the window's end. */
async function windowOf(session: LoadSession, enough: () => boolean) {
  session.start();
  session.openWindow();
  await until(enough);
  session.closeWindow();
  return lastWindow(session);
}

describe('silent connections', () => {
  test('are opened next to the others, and send nothing', async () => {
    const server = await serve(answering());
    const session = await client.open(loadOf(server.port, { connections: 2, silent: 30 }));
    expect(session.snapshot().connectionsOpen).toBe(32);
    const window = await windowOf(session, () => session.snapshot().completed >= 100);
    expect(server.accepted()).toBe(32);
    expect(window.errors).toEqual({});
    expect(unaccounted(window)).toBe(0);
  });

  test('are there in an open load too', async () => {
    const server = await serve(answering());
    const mode = { kind: 'open', ratePerS: 500, arrivals: 'fixed' } as const;
    const session = await client.open(loadOf(server.port, { connections: 2, silent: 5, mode }));
    const window = await windowOf(session, () => session.snapshot().completed >= 50);
    expect(server.accepted()).toBe(7);
    expect(window.errors).toEqual({});
  });

  test.each([
    [
      'a byte',
      (socket: net.Socket) => socket.write('x'),
      /^protocol: bytes that answer no request/,
    ],
    ['an end', (socket: net.Socket) => socket.end(), /^closed: the server closed the connection/],
  ])('%s on one of them is a failure', async (_, disturb, words) => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.write(reply()));
      sockets.push(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const session = await client.open(loadOf(port, { connections: 1, silent: 3 }));
    await until(() => sockets.length === 4);
    session.start();
    session.openWindow();
    for (const socket of sockets.slice(-1)) disturb(socket);
    await until(() => session.snapshot().errors > 0);
    session.closeWindow();
    expect((await lastWindow(session)).firstError).toMatch(words);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('slow readers', () => {
  const SIZE = 300_000;
  const PACE = 4_000_000;
  const body = Buffer.alloc(SIZE, 'abcdefghijklmnopqrstuvwxyz');
  const text = reply(body.toString('latin1'));
  const load = (port: number) =>
    loadOf(port, { connections: 2, expectedBody: body, readBytesPerS: PACE });

  test('read at their pace, byte for byte, and the server has to wait', async () => {
    let waited = 0;
    const server = await serve((socket, requests) => {
      for (let i = 0; i < requests; i++) if (!socket.write(text)) waited++;
    });
    const session = await client.open(load(server.port));
    const window = await windowOf(session, () => session.snapshot().completed >= 4);
    const seconds = Number(window.endNs - window.startNs) / 1e9;
    expect(window.errors).toEqual({});
    expect(unaccounted(window)).toBe(0);
    expect(window.bytesRead).toBeLessThanOrEqual(2 * (PACE * seconds + 2 * 16_384));
    // The last read of a reply has no pause after it.
    expect(window.service.min / 1e9).toBeGreaterThan((SIZE - 2 * 16_384) / PACE);
    expect(waited).toBeGreaterThan(0);
  });

  test('do so in an open load', async () => {
    const server = await serve(answering(text));
    const mode = { kind: 'open', ratePerS: 20, arrivals: 'fixed' } as const;
    const session = await client.open({ ...load(server.port), mode });
    const window = await windowOf(session, () => session.snapshot().completed >= 3);
    expect(window.errors).toEqual({});
    expect(window.service.min / 1e9).toBeGreaterThan((SIZE - 2 * 16_384) / PACE);
  });

  test('find a wrong byte wherever it is', async () => {
    const at = 200_001;
    const head = text.length - SIZE;
    const wrong = `${text.slice(0, head + at)}#${text.slice(head + at + 1)}`;
    const server = await serve(answering(wrong));
    const session = await client.open(load(server.port));
    const { firstError } = await windowOf(session, () => session.snapshot().errors > 0);
    expect(firstError).toMatch(new RegExp(`^wrong_bytes: the body differs at byte ${at}: `));
  });

  test('do not wait for the end of a pause to say that the server has gone', async () => {
    const server = await serve((socket) => socket.end(text.slice(0, 100_000)));
    const session = await client.open(load(server.port));
    const { firstError } = await windowOf(session, () => session.snapshot().errors > 0);
    expect(firstError).toBe('closed: the server closed the connection inside a reply');
  });
});

describe('the upstream that the client plays', () => {
  const ask = (port: number, requests: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1');
      let received = '';
      socket.on('error', reject);
      socket.on('data', (bytes) => {
        received += bytes.toString('latin1');
        if (received.length < requests * reply().length) return;
        socket.destroy();
        resolve(received);
      });
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(requests));
    });

  test.each(['closed', 'open'] as const)(
    'answers while a load that is %s goes on',
    async (kind) => {
      const server = await serve(answering());
      const { fd, port } = addon().listenOnLoopback();
      const mode =
        kind === 'closed'
          ? ({ kind, pipeline: 1 } as const)
          : ({ kind, ratePerS: 1000, arrivals: 'fixed' } as const);
      const session = await client.open(loadOf(server.port, { mode, upstreamFd: fd }));
      session.start();
      session.openWindow();
      expect(await ask(port, 3)).toBe(reply().repeat(3));
      await until(() => session.snapshot().completed >= 20);
      session.closeWindow();
      expect((await lastWindow(session)).errors).toEqual({});
      closeSync(fd);
      await expect(ask(port, 1)).rejects.toThrow('ECONNREFUSED');
    },
  );
});

test.each([
  [{ silent: 1 }, 'wrk has no silent connections'],
  [{ readBytesPerS: 1 }, 'wrk does not read slowly'],
  [{ upstreamFd: 3 }, 'wrk plays no upstream'],
])('other clients refuse %j', (change, message) => {
  expect(() => closedHttp(loadOf(1, change), 'wrk')).toThrow(new LoadError(message));
});

test('a greeting is not read slowly', async () => {
  const exchange = { kind: 'greeting', expected: Buffer.from(BODY) } as const;
  await expect(client.open(loadOf(1, { exchange, readBytesPerS: 1 }))).rejects.toThrow(
    'a greeting is not read slowly',
  );
});
