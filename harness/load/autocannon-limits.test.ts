/**
 * What the installed autocannon does when it is left to itself. Each test holds one behaviour that
 * autocannon.ts works around or documents; one that fails after an upgrade means that the
 * work-around or the text has to change.
 */
import type net from 'node:net';
import autocannon from 'autocannon';
import { afterAll, describe, expect, test } from 'vitest';
import { answering, type FakeServer, fakeServer, reply, until } from './testing.js';

const servers: FakeServer[] = [];

async function serve(onRequests: (socket: net.Socket, requests: number) => void) {
  const server = await fakeServer(onRequests);
  servers.push(server);
  return { ...server, url: `http://127.0.0.1:${server.port}/` };
}

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

const delayed = (ms: number) => (socket: net.Socket, requests: number) => {
  setTimeout(() => socket.write(reply().repeat(requests)), ms);
};

const run = (options: autocannon.Options) =>
  autocannon({ connections: 1, duration: 1, ...options }) as Promise<autocannon.Result> &
    autocannon.Instance;

describe.concurrent('autocannon by itself', () => {
  test('its latencies drop the fractions of milliseconds that its response event has', async () => {
    const { url } = await serve(delayed(2));
    const running = run({ url, amount: 50 });
    const durations: number[] = [];
    running.on('response', (_client, _status, _bytes, duration) => durations.push(duration));
    const { latency } = await running;
    expect(durations.some((duration) => !Number.isInteger(duration))).toBe(true);
    expect(latency.min).toBe(Math.floor(Math.min(...durations)));
    expect(latency.max).toBe(Math.floor(Math.max(...durations)));
  });

  test('a rate is a burst at the start of each second', async () => {
    const times: number[] = [];
    const server = await serve((socket, requests) => {
      times.push(performance.now());
      socket.write(reply().repeat(requests));
    });
    await run({ url: server.url, connectionRate: 20, ignoreCoordinatedOmission: true } as never);
    expect(times.length).toBeGreaterThanOrEqual(20);
    // Evenly spaced, they would be 50 ms apart. One gap may be long on a busy machine.
    const gaps = times.slice(1, 20).map((time, i) => time - (times[i] as number));
    expect(gaps.toSorted((a, b) => a - b)[9]).toBeLessThan(25);
  });

  test('its correction for coordinated omission invents samples', async () => {
    const { url } = await serve(delayed(20));
    const { latency, requests } = await run({ url, connectionRate: 5 });
    const samples = (latency as unknown as { totalCount: number }).totalCount;
    // Nothing was omitted: at 5 requests/s each 20 ms reply is on time.
    expect(samples).toBeGreaterThan(requests.total * 5);
  });

  test('a response that precedes a reconnection is not counted', async () => {
    let answered = 0;
    const server = await serve((socket) => {
      answered++;
      socket.write(reply());
    });
    const { requests } = await run({ url: server.url, reconnectRate: 1, amount: 50 });
    expect(answered).toBeGreaterThan(10);
    expect(requests.total).toBe(0);
  });

  test('a connection closed by the server is made again, and no error is counted', async () => {
    const server = await serve((socket) => socket.end());
    const { errors, requests } = await run({ url: server.url, amount: 10 });
    expect(server.accepted()).toBeGreaterThan(2);
    expect(requests.total).toBe(0);
    expect(errors).toBe(0);
  });

  test('after a lost request, a reply is timed from the request before it', async () => {
    let count = 0;
    const server = await serve((socket) => {
      if (++count === 1) setTimeout(() => socket.end(), 300);
      else socket.write(reply());
    });
    // Until the first reply, however long a busy machine takes for it.
    const running = run({ url: server.url, duration: 30 });
    const durations: number[] = [];
    running.on('response', (_client, _status, _bytes, duration) => durations.push(duration));
    running.once('response', () => (running as unknown as { stop(): void }).stop());
    await running;
    expect(durations[0]).toBeGreaterThan(250);
  });

  test('a request that times out leaves no latency sample', async () => {
    const { url } = await serve(() => {});
    const { latency, timeouts } = await run({ url, timeout: 1, duration: 1.5 });
    expect(timeouts).toBeGreaterThan(0);
    expect((latency as unknown as { totalCount: number }).totalCount).toBe(0);
  });

  test('a reply that its parser refuses is neither counted nor an error', async () => {
    const { url } = await serve((socket) => socket.write('SSH-2.0-x\r\n'));
    const { errors, requests, mismatches } = await run({ url });
    expect({ errors, mismatches, total: requests.total }).toEqual({
      errors: 0,
      mismatches: 0,
      total: 0,
    });
  });

  test('a wrong body counts as a response all the same', async () => {
    const { url } = await serve(answering());
    const { mismatches, requests } = await run({ url, expectBody: 'something else', amount: 50 });
    expect(mismatches).toBeGreaterThan(0);
    expect(requests.total).toBeGreaterThan(0);
  });

  test('stop is noticed at the end of a second', async () => {
    const { url } = await serve(delayed(20));
    const started = performance.now();
    const running = run({ url, duration: 60 });
    running.once('response', () => (running as unknown as { stop(): void }).stop());
    await running;
    expect(performance.now() - started).toBeGreaterThan(900);
  });

  test('the first request goes out with the connection, inside the measured time', async () => {
    const server = await serve(() => {});
    const running = run({ url: server.url });
    expect(server.accepted()).toBe(0);
    await until(() => server.received() > 0);
    const { duration } = await running;
    expect(duration).toBeGreaterThanOrEqual(0.9);
  });

  test('workers divide the connections, and drop the remainder', async () => {
    const server = await serve(answering());
    await run({ url: server.url, connections: 5, workers: 3, amount: 300 });
    expect(server.accepted()).toBe(3);
  });

  test('replies that wait in the client count as latency', async () => {
    const { url } = await serve(answering());
    const running = run({ url, pipelining: 2, amount: 50 });
    const durations: number[] = [];
    running.on('response', (_client, _status, _bytes, duration) => {
      durations.push(duration);
      if (durations.length > 1) return;
      // Both replies of the first pair have arrived; the second one waits for this.
      const until = performance.now() + 100;
      while (performance.now() < until);
    });
    await running;
    expect((durations[1] as number) - (durations[0] as number)).toBeGreaterThan(90);
  });
});
