/**
 * What a native server must survive, with its descriptors, threads and memory as before, and every
 * other client served. docs/ROBUSTNESS.md has the table.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Suite } from '../../harness/conformance/case.js';
import { withServer } from '../../harness/conformance/with-server.js';
import { nativeClient } from '../../harness/load/native.js';
import { cpusForTests } from '../../harness/run/testing.js';
import { Client, withClient } from '../../harness/server/client.js';
import {
  alphabet,
  answer,
  GREETING,
  OK,
  OK_CLOSE,
  request,
} from '../../harness/server/messages.js';
import type { Server } from '../../harness/server/server.js';
import { launchServer } from '../../harness/server/start.js';
import { until } from '../../harness/server/wait.js';
import { after, blindSocket, cpuMs, preloaded, settled, settlesTo } from './faulty.js';

const LISTEN = ['--listen', '127.0.0.1:0'];
const DESCRIPTORS = 40;
/** Waits of the accept loop end after 10 ms each: a second of them costs a few ms of CPU. */
const IDLE_SHARE_MAX = 0.25;
const MIB = 2 ** 20;
const CPUS = os.cpus().length;
/** Measured: below 0.3 MiB after ten thousand connections, once warm. */
const RSS_GROWTH_MAX = 2 * MIB;

async function answers(client: Client, target = '/', wanted = OK): Promise<void> {
  await client.send(request(target));
  await client.expect(wanted);
}

async function answersAgain(port: number): Promise<void> {
  await withClient(port, (client) => answers(client));
}

async function connectAll(port: number, count: number): Promise<Client[]> {
  return Promise.all(Array.from({ length: count }, () => Client.connect(port)));
}

async function noneOpen(server: Server): Promise<void> {
  await server.countsWhere((s) => s.connections_open === 0, 'no open connection');
}

/** All but the churn. */
export function faultCases(suite: Suite, preload: (name: string) => string): void {
  scarcityCases(suite, preload);
  clientCases(suite);
  limitCases(suite);
}

function scarcityCases(suite: Suite, preload: (name: string) => string): void {
  test('without descriptors accept waits without spinning, and goes on when there are some', async () => {
    const program = after(`ulimit -n ${DESCRIPTORS}`, suite.program);
    await withServer(program, [], async (server) => {
      const clients = await connectAll(server.port, DESCRIPTORS + 20);
      await server.countsWhere((s) => (s.accepts ?? 0) >= DESCRIPTORS / 2, 'many accepts');
      const [cpuBefore, startMs] = [await cpuMs(server), performance.now()];
      await pause(500);
      const share = ((await cpuMs(server)) - cpuBefore) / (performance.now() - startMs);
      expect(share).toBeLessThan(IDLE_SHARE_MAX);
      for (const client of clients) {
        await answers(client);
        client.close();
      }
      await noneOpen(server);
    });
  });

  test('without memory it accepts no more, and goes on when there is some', async () => {
    // On one CPU, so that no further thread of its own is to come.
    await withServer(suite.program, ['--cpus', '0'], async (server) => {
      await answersAgain(server.port);
      setAddressSpace(server.pid, 'little');
      const clients = await Promise.all(
        Array.from({ length: 800 }, () => blindSocket(server.port)),
      );
      // Those that got in are served; others are closed or wait.
      for (const client of clients) client.write(request());
      await server.countsWhere((s) => (s.requests ?? 0) > 1, 'an answer');
      setAddressSpace(server.pid, 'unlimited');
      for (const client of clients) client.destroy();
      await noneOpen(server);
      await answersAgain(server.port);
    });
  });

  // Of other models none starts a thread for a connection.
  if (suite.variant.threadsPerCpu === 'per-connection') {
    test('without threads a connection is closed, and others are served', async () => {
      const program = preloaded(preload('no_threads'), suite.program, { FAULT_THREADS: '1' });
      await withServer(program, [], async (server) => {
        const before = await settled(server.pid);
        const clients = await connectAll(server.port, 20);
        for (const client of clients) client.sendAnyway(request());
        await until(
          () => clients.every((client) => client.hasUnread || client.isOver) || undefined,
          'an answer or an end for each',
        );
        expect(clients.filter((client) => client.hasUnread)).toHaveLength(10);
        for (const client of clients) client.close();
        await noneOpen(server);
        await settlesTo(server.pid, before);
        expect(server.output()).toContain('cannot start a thread, closing the connection');
      });
    });
  }

  test('when not even its own threads can be started it ends with a reason', async () => {
    const program = preloaded(preload('no_threads'), suite.program, { FAULT_THREADS: '0' });
    const server = launchServer(program, LISTEN);
    expect(await server.exit()).toEqual({ code: 1, signal: null });
    expect(server.output()).toMatch(/Resource temporarily unavailable$/);
  });

  test('interrupted thousands of times a second it answers as ever, and stops in order', async () => {
    const program = preloaded(preload('storm'), suite.program);
    await withServer(program, [], async (server) => {
      const clients = await connectAll(server.port, 8);
      for (let round = 0; round < 25; round++) {
        for (const client of clients) await client.send(request() + request('/sleep?ms=2'));
        for (const client of clients) await client.expect(OK + OK);
      }
      const size = 300_000;
      const wanted = answer(200, alphabet(size));
      for (const client of clients) await answers(client, `/bytes?n=${size}`, wanted);
      for (const client of clients) client.close();
      await noneOpen(server);
      server.signal('SIGTERM');
      expect(await server.exit()).toEqual({ code: 0, signal: null });
      expect(server.lines.at(-1)).toContain('"final":true');
    });
  });

  test.runIf(process.getuid?.() === 0)('it needs no privileges', async () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const command = [...nobody, '--no-new-privs', '--bounding-set=-all', ...suite.program.command];
    await withServer({ ...suite.program, command }, [], ({ port }) => answersAgain(port));
  });
}

/** So much address space as it uses, and a little: what is not mapped yet cannot be. */
function setAddressSpace(pid: number, amount: 'little' | 'unlimited'): void {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = Number(/^VmSize:\s*(\d+)/m.exec(status)?.[1]) * 1024 + MIB / 4;
  execFileSync('prlimit', [`--pid=${pid}`, `--as=${amount === 'little' ? bytes : amount}:`]);
}

function clientCases(suite: Suite): void {
  test('clients that reset, stall, send garbage or never read harm nobody, and leave nothing', async () => {
    await withServer(suite.program, ['--cpus', '0'], async (server) => {
      const { port } = server;
      await answersAgain(port);
      await noneOpen(server);
      const before = await settled(server.pid);
      const greedy = await Promise.all(Array.from({ length: 20 }, () => blindSocket(port)));
      for (const socket of greedy) socket.write(request('/bytes?n=16000000').repeat(3));
      const stalled = await connectAll(port, 20);
      for (const client of stalled) await client.send('GET / HTTP/1.1\r\nHos');
      const others = await connectAll(port, 20);
      await withClient(port, async (good) => {
        for (const client of others) {
          await answers(good);
          await client.send('\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 garbage\r\n');
          await client.take(1);
          await answers(good);
          client.reset();
        }
        for (let i = 0; i < 100; i++) await answers(good);
      });
      for (const client of stalled) client.reset();
      for (const socket of greedy) socket.resetAndDestroy();
      await noneOpen(server);
      await settlesTo(server.pid, before);
    });
  });
}

/** As fast as the machine can: one server after the other. */
export function churnCases(suite: Suite): void {
  test('ten thousand connections that open and close leave nothing behind', async () => {
    await withServer(suite.program, ['--mode', 'greeting'], async (server) => {
      await greetUntil(server, 3000);
      const warm = await settled(server.pid);
      await greetUntil(server, 13_000);
      // Threads of its own may start late, one for each CPU.
      const end = await settlesTo(server.pid, { ...warm, threads: warm.threads + CPUS });
      expect(end.rssBytes - warm.rssBytes).toBeLessThan(RSS_GROWTH_MAX);
    });
  });
}

/** Opens and closes connections until the server has accepted so many in its life. */
async function greetUntil(server: Server, accepts: number): Promise<void> {
  const session = await nativeClient().open({
    target: { host: '127.0.0.1', port: server.port },
    connections: 64,
    mode: { kind: 'closed', pipeline: 1 },
    exchange: { kind: 'greeting', expected: Buffer.from(GREETING) },
    seed: 'faults',
    durationMsMax: 60_000,
    drainMs: 1000,
    cpus: cpusForTests().clientCpus,
  });
  session.start();
  await server.countsWhere((s) => (s.accepts ?? 0) >= accepts, `${accepts} accepts`);
  await session.close();
  await noneOpen(server);
}

/** The body as a test where the server keeps the limit; a test of its refusal where it does not. */
function testOfLimit(suite: Suite, flag: string, what: string, body: () => Promise<void>): void {
  test(`${flag}: ${what}, or the flag is refused`, async () => {
    const server = launchServer(suite.program, [...LISTEN, flag, '1000']);
    server.endStdin();
    const { code } = await server.exit();
    if (code === 0) return body();
    expect({ code, output: server.output() }).toEqual({
      code: 2,
      output: `${suite.variant.name}: this server does not know ${flag}`,
    });
  });
}

function limitCases(suite: Suite): void {
  testOfLimit(suite, '--max-connections', 'those beyond are closed at once', async () => {
    await withServer(suite.program, ['--max-connections', '3'], async (server) => {
      expect(server.ready.max_connections).toBe(3);
      const inside = await connectAll(server.port, 3);
      for (const client of inside) await answers(client);
      const beyond = await Client.connect(server.port);
      await until(() => beyond.isOver || undefined, 'the end of a fourth connection');
      expect(beyond.hasUnread).toBe(false);
      for (const client of inside) await answers(client);
      inside[0]?.close();
      const stats = await server.countsWhere((s) => s.connections_open === 2, 'a free place');
      expect(stats.connections_refused).toBe(1);
      await answersAgain(server.port);
      for (const client of inside) client.close();
      await noneOpen(server);
    });
  });

  testOfLimit(suite, '--idle-timeout', 'who is silent or does not read is closed', async () => {
    await withServer(suite.program, ['--idle-timeout', '200'], async (server) => {
      expect(server.ready.idle_timeout_ms).toBe(200);
      const startMs = performance.now();
      const silent = await Client.connect(server.port);
      const halfway = await Client.connect(server.port);
      await halfway.send('GET / HTTP/1.1\r\n');
      const greedy = await blindSocket(server.port);
      greedy.write(request('/bytes?n=16000000').repeat(2));
      const asleep = await Client.connect(server.port);
      await asleep.send(request('/sleep?ms=700', ['Host: a', 'Connection: close']));
      await silent.expectEnd();
      expect(performance.now() - startMs).toBeGreaterThan(190);
      await halfway.expectEnd();
      await asleep.expect(OK_CLOSE);
      await noneOpen(server);
      for (const client of [silent, halfway, asleep]) client.close();
      greedy.destroy();
    });
  });
}
