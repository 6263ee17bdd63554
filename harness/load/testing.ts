/**
 * Small servers that misbehave on purpose, and a load session in one call: for the tests of this
 * folder.
 */
import net from 'node:net';
import { afterEach } from 'vitest';
import type { Load, LoadClient, LoadSession, LoadWindow } from './client.js';

export const BODY = 'I am server!';

/** A reply as docs/PROTOCOL.md has it. */
export function reply(body = BODY, status = '200 OK'): string {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export interface FakeServer {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: () => number;
  /** Bytes received so far. */
  readonly received: () => number;
  close(): Promise<void>;
}

/**
 * Listens on a free port. onRequests is called with the number of requests that a read completed
 * (they have no body).
 */
export async function fakeServer(
  onRequests: (socket: net.Socket, requests: number) => void,
): Promise<FakeServer> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  let received = 0;
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    accepted++;
    let tail = '';
    socket.on('data', (bytes) => {
      received += bytes.length;
      const parts = (tail + bytes.toString('latin1')).split('\r\n\r\n');
      tail = parts.pop() ?? '';
      if (parts.length > 0) onRequests(socket, parts.length);
    });
    // Clients under test reset connections; that is not this server's trouble.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4096, resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    accepted: () => accepted,
    received: () => received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Makes fake servers that are closed after each test of the file. */
export function serving(): typeof fakeServer {
  const servers: FakeServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  return async (onRequests) => {
    const server = await fakeServer(onRequests);
    servers.push(server);
    return server;
  };
}

/** Answers everything at once, as many replies in one write as requests came in one read. */
export function answering(text = reply()): (socket: net.Socket, requests: number) => void {
  return (socket, requests) => socket.write(text.repeat(requests));
}

export interface LoadOptions extends Partial<Load> {
  readonly pipeline?: number;
  readonly path?: string;
  readonly expectedBody?: Buffer;
}

/** A closed load of HTTP requests; `mode` and `exchange` make it another one. */
export function loadOf(port: number, options: LoadOptions = {}): Load {
  const { pipeline = 1, path = '/', expectedBody = Buffer.from(BODY), ...rest } = options;
  return {
    target: { host: '127.0.0.1', port },
    connections: 1,
    mode: { kind: 'closed', pipeline },
    exchange: { kind: 'http', path, expectedBody },
    seed: 'test',
    durationMsMax: 60_000,
    drainMs: 1000,
    cpus: [0],
    ...rest,
  };
}

/** Resolves when `condition` holds. If it never holds, the test times out. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/**
 * One whole session: the window is opened before traffic starts to flow, and closed when `enough`
 * says so.
 */
export async function measure(
  client: LoadClient,
  load: Load,
  enough: (session: LoadSession) => boolean,
): Promise<LoadWindow> {
  const session = await client.open(load);
  session.start();
  session.openWindow();
  await until(() => enough(session));
  session.closeWindow();
  return lastWindow(session);
}

/** The window of a session that is not used any more. */
export async function lastWindow(session: LoadSession): Promise<LoadWindow> {
  try {
    return await session.pause();
  } finally {
    await session.close();
  }
}

/** sent - ok - errors - timeouts - unfinished: 0 when every request of the window is accounted for. */
export function unaccounted(window: LoadWindow): number {
  const errors = Object.values(window.errors).reduce((sum, count) => sum + count, 0);
  return window.sent - window.ok - errors - window.timeouts - window.unfinished;
}
