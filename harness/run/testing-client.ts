/**
 * A real keep-alive load client on node:net, for tests that must not depend on the native build.
 * Far too slow to measure with: it shares the harness' event loop.
 */
import net from 'node:net';
import {
  type Load,
  type LoadClient,
  LoadError,
  type LoadSession,
  type LoadSnapshot,
  type LoadWindow,
} from '../load/client.js';
import { type ClosedHttp, closedHttp } from '../load/closed-http.js';
import { LatencyRecorder } from '../load/histogram.js';
import { given } from '../optional.js';
import type { Histogram } from '../results/schema.js';

export const testClient: LoadClient = {
  kind: 'native',
  version: 'test',
  limits: ['shares the event loop of the harness'],
  resumes: false,
  open: (load) => TestSession.open(load),
};

interface Window {
  startNs: bigint;
  endNs: bigint | undefined;
  completed: number;
  sent: number;
  ok: number;
  errors: Record<string, number>;
  bytesRead: number;
  startCpuUs: number;
  endCpuUs: number;
  latenciesNs: number[];
}

class TestSession implements LoadSession {
  readonly #load: ClosedHttp;
  readonly #sockets: net.Socket[] = [];
  #stopped = false;
  #completed = 0;
  #errors = 0;
  #firstError: string | undefined;
  #window: Window | undefined;

  private constructor(load: ClosedHttp) {
    this.#load = load;
  }

  static async open(asked: Load): Promise<TestSession> {
    const load = closedHttp(asked, 'the test client');
    const session = new TestSession(load);
    try {
      for (let i = 0; i < load.connections; i += 1) session.#sockets.push(await connect(load));
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  start(): void {
    for (const socket of this.#sockets) this.#drive(socket);
  }

  snapshot(): LoadSnapshot {
    return {
      monotonicNs: process.hrtime.bigint(),
      completed: this.#completed,
      errors: this.#errors,
      connectionsOpen: this.#sockets.filter((socket) => !socket.destroyed).length,
    };
  }

  openWindow(): void {
    this.#window = {
      startNs: process.hrtime.bigint(),
      endNs: undefined,
      completed: 0,
      sent: 0,
      ok: 0,
      errors: {},
      bytesRead: 0,
      startCpuUs: cpuUs(),
      endCpuUs: 0,
      latenciesNs: [],
    };
  }

  closeWindow(): void {
    if (this.#window === undefined) throw new Error('closeWindow before openWindow');
    this.#window.endNs = process.hrtime.bigint();
    this.#window.endCpuUs = cpuUs();
  }

  async pause(): Promise<LoadWindow> {
    await this.close();
    const window = this.#window;
    if (window?.endNs === undefined) throw new Error('pause before closeWindow');
    const failed = Object.values(window.errors).reduce((sum, count) => sum + count, 0);
    return {
      startNs: window.startNs,
      endNs: window.endNs,
      completed: window.completed,
      sent: window.sent,
      ok: window.ok,
      errors: window.errors,
      timeouts: 0,
      unfinished: window.sent - window.ok - failed,
      unanswered: 0,
      bytesRead: window.bytesRead,
      service: histogramOf(window.latenciesNs),
      cpuUs: { value: window.endCpuUs - window.startCpuUs, source: 'process', quality: 'partial' },
      ...given({ firstError: this.#firstError }),
    };
  }

  async close(): Promise<void> {
    this.#stopped = true;
    const closing = this.#sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          if (socket.closed) resolve();
          else socket.once('close', () => resolve());
          socket.destroy();
        }),
    );
    await Promise.all(closing);
  }

  /** One connection: a request, its whole answer, the next request. */
  #drive(socket: net.Socket): void {
    const { path, expectedBody } = this.#load;
    const request = `GET ${path} HTTP/1.1\r\nHost: test\r\n\r\n`;
    let received = Buffer.alloc(0);
    let sentNs = 0n;
    let sentIn: Window | undefined;
    const send = () => {
      sentNs = process.hrtime.bigint();
      sentIn = this.#openWindowNow();
      if (sentIn !== undefined) sentIn.sent += 1;
      socket.write(request);
    };
    socket.on('data', (chunk) => {
      const now = this.#openWindowNow();
      if (now !== undefined) now.bytesRead += chunk.length;
      received = Buffer.concat([received, chunk]);
      const bodyAt = received.indexOf('\r\n\r\n') + 4;
      if (bodyAt < 4 || received.length < bodyAt + expectedBody.length) return;
      const body = received.subarray(bodyAt);
      received = Buffer.alloc(0);
      if (!body.equals(expectedBody)) {
        this.#fail('wrong_bytes', `expected ${expectedBody}, received ${body}`, sentIn);
        socket.destroy();
        return;
      }
      this.#complete(sentIn, sentNs);
      if (!this.#stopped) send();
    });
    socket.on('error', (error) => this.#fail('reset', error.message, sentIn));
    socket.on('end', () => this.#fail('closed', 'closed by the server', sentIn));
    send();
  }

  #openWindowNow(): Window | undefined {
    return this.#window?.endNs === undefined ? this.#window : undefined;
  }

  #complete(sentIn: Window | undefined, sentNs: bigint): void {
    this.#completed += 1;
    const now = this.#openWindowNow();
    if (now === undefined) return;
    now.completed += 1;
    if (sentIn === undefined) return;
    now.ok += 1;
    now.latenciesNs.push(Number(process.hrtime.bigint() - sentNs));
  }

  #fail(kind: string, text: string, sentIn: Window | undefined): void {
    if (this.#stopped) return;
    this.#errors += 1;
    this.#firstError ??= `${kind}: ${text}`;
    const now = this.#openWindowNow();
    if (now !== undefined && sentIn !== undefined) now.errors[kind] = (now.errors[kind] ?? 0) + 1;
  }
}

function connect({ target }: ClosedHttp): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...target, noDelay: true });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      // Lost before traffic began: the server's end, which the server itself reports.
      socket.on('error', () => {});
      resolve(socket);
    });
    socket.once('error', (error) => reject(new LoadError(`connect: ${error.message}`)));
  });
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function histogramOf(latenciesNs: readonly number[]): Histogram {
  const recorder = new LatencyRecorder();
  for (const ns of latenciesNs) recorder.record(ns);
  return recorder.summary();
}
