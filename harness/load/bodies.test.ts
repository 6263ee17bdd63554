/** Requests with a body. */
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { LoadError } from './client.js';
import { closedHttp } from './closed-http.js';
import { nativeClient } from './native.js';
import { BODY, lastWindow, loadOf, measure, reply, unaccounted, until } from './testing.js';

const client = nativeClient();
const servers: net.Server[] = [];
const sockets: net.Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});

async function listen(serve: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
}

const exchange = (bodyBytes: number) =>
  ({ kind: 'http', path: '/a', bodyBytes, expectedBody: Buffer.from(BODY) }) as const;

test.each([1, 65_536])('a request with a body of %i bytes is sent whole', async (bodyBytes) => {
  const heads = new Set<string>();
  let received = 0;
  let answered = 0;
  const port = await listen((socket) => {
    let text = '';
    socket.on('data', (bytes) => {
      received += bytes.length;
      text += bytes.toString('latin1');
      for (;;) {
        const size = text.indexOf('\r\n\r\n') + 4 + bodyBytes;
        if (!text.includes('\r\n\r\n') || text.length < size) return;
        heads.add(text.slice(0, size - bodyBytes));
        text = text.slice(size);
        answered++;
        socket.write(reply());
      }
    });
  });
  const load = loadOf(port, { connections: 2, exchange: exchange(bodyBytes) });
  const window = await measure(client, load, (session) => session.snapshot().completed >= 20);
  expect(window.errors).toEqual({});
  expect(unaccounted(window)).toBe(0);
  const head = `POST /a HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${bodyBytes}\r\n\r\n`;
  expect([...heads]).toEqual([head]);
  expect(received).toBe(answered * (head.length + bodyBytes));
});

test('a reply that comes before the body was sent whole is a protocol error', async () => {
  const port = await listen((socket) => {
    // More than sockets hold: the rest stays with the client.
    socket.once('data', () => socket.pause().write(reply()));
  });
  const session = await client.open(loadOf(port, { exchange: exchange(64 * 2 ** 20) }));
  session.start();
  session.openWindow();
  await until(() => session.snapshot().errors > 0);
  session.closeWindow();
  const window = await lastWindow(session);
  expect(window.errors).toEqual({ protocol: 1 });
  expect(window.firstError).toMatch(/before its request was sent whole: "HTTP/);
});

test('other clients refuse it', () => {
  const load = loadOf(1, { exchange: exchange(1) });
  expect(() => closedHttp(load, 'wrk')).toThrow(LoadError);
  expect(() => closedHttp(load, 'wrk')).toThrow('sends no bodies');
});
