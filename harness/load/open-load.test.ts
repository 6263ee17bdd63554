import { afterEach, describe, expect, test } from 'vitest';
import { addon, type NullServer, type NullServerOptions } from './addon.js';
import { type Load, LoadError, type LoadSession, type LoadWindow } from './client.js';
import { nativeClient, nativeClientWith } from './native.js';
import { fakeServer, lastWindow, loadOf, reply, unaccounted, until } from './testing.js';

const client = nativeClient();
const servers: NullServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

function serve(options: NullServerOptions = {}): NullServer {
  const server = addon().startNullServer([0], options);
  servers.push(server);
  return server;
}

function openLoad(port: number, ratePerS: number, options: Partial<Load> = {}): Load {
  const mode = { kind: 'open', ratePerS, arrivals: 'poisson' } as const;
  return loadOf(port, { connections: 8, mode, cpus: [1], ...options });
}

/** So many replies since the window opened. */
const replies = (count: number) => (session: LoadSession, openedAt: number) =>
  session.snapshot().completed >= openedAt + count;

/** A window that opens when traffic flows and closes when `enough` says so. */
async function measure(
  load: Load,
  enough: (session: LoadSession, openedAt: number) => boolean,
): Promise<OpenWindow> {
  const session = await client.open(load);
  session.start();
  await until(() => session.snapshot().completed >= 10);
  session.openWindow();
  const openedAt = session.snapshot().completed;
  await until(() => enough(session, openedAt));
  session.closeWindow();
  return checked(await lastWindow(session));
}

type OpenWindow = LoadWindow &
  Required<Omit<LoadWindow, 'firstError'>> &
  Pick<LoadWindow, 'firstError'>;

/** What must hold of every open window, whatever happened in it. */
function checked(window: LoadWindow): OpenWindow {
  const { offered, starved, response, lateness, busyShare, censored, threads } = window;
  if (!(response && lateness && busyShare && censored)) return expect.fail('no open window');
  if (offered === undefined || starved === undefined || threads === undefined) {
    return expect.fail('no counts');
  }
  expect(unaccounted(window)).toBe(0);
  expect(window.sent).toBeLessThanOrEqual(offered);
  expect(censored.count).toBe(window.unfinished + offered - window.sent);
  expect(response.count).toBe(window.ok);
  expect(window.service.count).toBe(window.ok);
  expect(lateness.count).toBe(window.sent);
  expect(busyShare.value).toBeGreaterThanOrEqual(0);
  expect(busyShare.value).toBeLessThanOrEqual(1);
  for (const name of ['min', 'p50', 'p99', 'max'] as const) {
    // Both histograms have the same requests, and no reply is due later than it is sent. The two
    // roundings of 3 digits may differ by one bucket.
    expect(response[name]).toBeGreaterThanOrEqual(window.service[name] * 0.998);
  }
  return { ...window, offered, starved, response, lateness, busyShare, censored, threads };
}

describe('an open load', () => {
  test('offers what its schedule says, however late the machine is', async () => {
    const window = await measure(openLoad(serve().port, 2000), replies(600));
    expect(window.errors).toEqual({});
    const seconds = Number(window.endNs - window.startNs) / 1e9;
    const mean = 2000 * seconds;
    // Arrivals in a window of a Poisson schedule: 6 sigma, and one at each border.
    expect(Math.abs(window.offered - mean)).toBeLessThan(6 * Math.sqrt(mean) + 2);
  });

  test('fixed arrivals: as many as gaps fit into the window', async () => {
    const mode = { kind: 'open', ratePerS: 1000, arrivals: 'fixed' } as const;
    const window = await measure(openLoad(serve().port, 1, { mode }), replies(300));
    const milliseconds = Number(window.endNs - window.startNs) / 1e6;
    expect(Math.abs(window.offered - milliseconds)).toBeLessThanOrEqual(1);
  });

  test('a known delay is in every service time', async () => {
    const { port } = serve({ delayUs: 3000 });
    const window = await measure(openLoad(port, 500), replies(100));
    // Three digits of 3 ms.
    expect(window.service.min).toBeGreaterThanOrEqual(2_995_000);
    expect(window.response.min).toBeGreaterThanOrEqual(2_995_000);
  });

  test('a stall is in the response time of every request that was due in it', async () => {
    const server = serve({ stallEveryMs: 400, stallMs: 200 });
    const load = openLoad(server.port, 1000, { connections: 4 });
    const seen = server.stalls();
    const window = await measure(load, () => server.stalls() >= seen + 3);
    // Half of the time stalls: a tenth of all requests is due early in one and waits 160 ms.
    expect(window.response.p90).toBeGreaterThan(100e6);
    expect(window.response.p99).toBeGreaterThan(150e6);
    // At most four are under way when one begins; the others wait for them, and are counted.
    expect(window.starved).toBeGreaterThan(window.offered / 10);
    expect(window.service.p50).toBeLessThan(window.response.p90 / 2);
  });

  test('beyond capacity: nothing is dropped, what waits is censored', async () => {
    // Two connections and 20 ms each: 100 replies/s of 2000 that are due.
    const { port } = serve({ delayUs: 20_000 });
    const load = openLoad(port, 2000, { connections: 2 });
    const window = await measure(load, replies(50));
    expect(window.offered - window.sent).toBeGreaterThan(window.offered / 2);
    expect(window.censored.movesP99).toBe(true);
    expect(window.censored.responseP99Ns?.hi).toBeNull();
    expect(window.censored.oldestNs).toBeGreaterThan(0);
    expect(window.starved).toBeGreaterThan(window.offered / 2);
  });

  test('a server that never answers: all is counted, none is answered', async () => {
    const fake = await fakeServer(() => {});
    try {
      const session = await client.open(openLoad(fake.port, 1000, { connections: 3 }));
      session.start();
      session.openWindow();
      await until(() => fake.received() > 60);
      session.closeWindow();
      const window = checked(await lastWindow(session));
      expect(window).toMatchObject({ completed: 0, ok: 0, errors: {} });
      expect(window.sent).toBeLessThanOrEqual(3);
      expect(window.censored.count).toBe(window.offered);
    } finally {
      await fake.close();
    }
  });

  test('a lost connection fails its request; the others go on', async () => {
    let count = 0;
    const fake = await fakeServer((socket) => {
      if (++count === 40) socket.destroy();
      else socket.write(reply());
    });
    try {
      const load = openLoad(fake.port, 500, { connections: 4 });
      const session = await client.open(load);
      session.start();
      session.openWindow();
      await until(() => session.snapshot().completed > 100);
      session.closeWindow();
      expect(session.snapshot()).toMatchObject({ errors: 1, connectionsOpen: 3 });
      const window = checked(await lastWindow(session));
      expect(Object.values(window.errors)).toEqual([1]);
      expect(window.firstError).toMatch(/^(closed|reset): /);
    } finally {
      await fake.close();
    }
  });

  test('the same seed sends at the same instants, whatever the number of threads', async () => {
    const load = openLoad(serve().port, 1000, { seed: 'x', cpus: [0, 1] });
    const window = await measure(load, replies(300));
    expect(window.threads).toBe(2);
    const mean = Number(window.endNs - window.startNs) / 1e6;
    expect(Math.abs(window.offered - mean)).toBeLessThan(6 * Math.sqrt(mean) + 4);
  });

  test('a schedule that ends before the window is an error', async () => {
    const load = openLoad(serve().port, 1000, { durationMsMax: 50 });
    const session = await client.open(load);
    session.start();
    session.openWindow();
    const endNs = addon().monotonicNs() + 60_000_000n;
    await until(() => addon().monotonicNs() > endNs);
    session.closeWindow();
    await expect(lastWindow(session)).rejects.toThrow(LoadError);
  });

  test('a load that is too large is refused before it begins', async () => {
    const load = openLoad(serve().port, 1e8, { durationMsMax: 60_000 });
    await expect(client.open(load)).rejects.toThrow(/too large.*lower rate/);
  });
});

describe('timeouts', () => {
  test.each(['closed', 'open'] as const)(
    '%s: counted, and the connection is given up',
    async (kind) => {
      const fake = await fakeServer(() => {});
      try {
        const quick = nativeClientWith({ timeoutMs: 30 });
        const mode =
          kind === 'open'
            ? ({ kind: 'open', ratePerS: 1000, arrivals: 'fixed' } as const)
            : ({ kind: 'closed', pipeline: 2 } as const);
        const session = await quick.open(loadOf(fake.port, { connections: 3, mode }));
        session.start();
        session.openWindow();
        await until(() => session.snapshot().connectionsOpen === 0);
        session.closeWindow();
        const window = await lastWindow(session);
        expect(unaccounted(window)).toBe(0);
        expect(window.firstError).toBe('timeout: no reply within 30 ms');
        expect(window.errors).toEqual({});
        expect(window.ok).toBe(0);
        expect(window.timeouts).toBe(window.sent);
      } finally {
        await fake.close();
      }
    },
  );
});
