import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UserError } from '../errors.js';
import { addon, type NullServer } from './addon.js';
import { LoadError } from './client.js';
import { fakeServer, lastWindow, loadOf, reply, unaccounted, until } from './testing.js';
import { threadsFor, wrkClient } from './wrk.js';
import { wrkRequest } from './wrk-window.js';

const installed = spawnSync('wrk', ['-v']).error === undefined;
if (!installed) console.warn('SKIPPED: wrk is not installed; run apt-get install wrk');

let server: NullServer | undefined;
afterEach(() => server?.stop());

test('connections are divided evenly', () => {
  expect([threadsFor(64, 1), threadsFor(64, 3), threadsFor(2, 8), threadsFor(7, 4)]).toEqual([
    1, 2, 2, 1,
  ]);
});

test('without wrk: what to install', () => {
  vi.stubEnv('PATH', '/nonexistent');
  try {
    expect(() => wrkClient()).toThrow(UserError);
    expect(() => wrkClient()).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('apt-get install wrk') }),
    );
  } finally {
    vi.unstubAllEnvs();
  }
});

describe.skipIf(!installed)('wrk', () => {
  test('a window, counted by the kernel, agrees with the server', async () => {
    server = addon().startNullServer([0]);
    const before = server.answered();
    const session = await wrkClient().open(loadOf(server.port, { connections: 8, cpus: [1] }));
    session.start();
    await until(() => session.snapshot().completed > 500);
    session.openWindow();
    const opened = server.answered();
    await until(() => session.snapshot().completed > 3000);
    const closing = server.answered();
    session.closeWindow();
    const closed = server.answered();
    const window = await lastWindow(session);
    expect(unaccounted(window)).toBe(0);
    expect(window.errors).toEqual({});
    // The server is asked a moment after the window opened, and before and after it closed.
    const slack = 8;
    expect(window.completed).toBeGreaterThanOrEqual(closing - opened - slack);
    expect(window.completed).toBeLessThanOrEqual(closed - before + slack);
    expect(window.sent - window.completed).toBeLessThanOrEqual(slack);
    expect(window.service.count).toBeGreaterThanOrEqual(window.completed);
    expect(window.service.count).toBeLessThanOrEqual(server.answered() - before);
    expect(window.cpuUs.value).toBeGreaterThan(0);
    expect(window.endNs).toBeGreaterThan(window.startNs);
  });

  test('its requests are the bytes that they are taken for', async () => {
    const seen: number[] = [];
    const fake = await fakeServer((socket, requests) => {
      seen.push(requests);
      socket.write(reply().repeat(requests));
    });
    try {
      const session = await wrkClient().open(loadOf(fake.port));
      session.start();
      await until(() => seen.length > 50);
      await session.close();
      const length = wrkRequest('127.0.0.1', fake.port, '/').length;
      expect(fake.received()).toBe(seen.length * length);
    } finally {
      await fake.close();
    }
  });

  test('statuses above 399 are errors of the window', async () => {
    const fake = await fakeServer((socket) => socket.write(reply('', '404 Not Found')));
    try {
      const session = await wrkClient().open(loadOf(fake.port));
      session.start();
      await until(() => session.snapshot().completed > 20);
      session.openWindow();
      session.closeWindow();
      const window = await lastWindow(session);
      expect(window.errors.bad_status).toBeGreaterThan(20);
      expect(window.firstError).toMatch(/^wrk counted errors: \d+ status$/);
      expect(unaccounted(window)).toBe(0);
    } finally {
      await fake.close();
    }
  });

  test('makes no other load than HTTP in a closed loop without pipeline', async () => {
    const open = { kind: 'open', ratePerS: 1, arrivals: 'fixed' } as const;
    const client = wrkClient();
    await expect(client.open(loadOf(1, { mode: open }))).rejects.toThrow('no open load');
    const greeting = { kind: 'greeting', expected: Buffer.from('x') } as const;
    await expect(client.open(loadOf(1, { exchange: greeting }))).rejects.toThrow(LoadError);
    await expect(client.open(loadOf(1, { pipeline: 2 }))).rejects.toThrow('use pipeline 1');
  });

  test('a server that is not there: pause says what wrk said', async () => {
    const fake = await fakeServer(() => {});
    await fake.close();
    const session = await wrkClient().open(loadOf(fake.port));
    session.start();
    session.openWindow();
    session.closeWindow();
    const window = lastWindow(session);
    await expect(window).rejects.toThrow(LoadError);
  });

  test('close at every phase leaves no file', async () => {
    server = addon().startNullServer([0]);
    const steps = ['start', 'openWindow', 'closeWindow'] as const;
    for (let phase = 0; phase <= steps.length; phase++) {
      const folders = () =>
        readdirSync(tmpdir()).filter((name) => name.startsWith('iomodels-wrk-'));
      const before = new Set(folders());
      const session = await wrkClient().open(loadOf(server.port));
      const own = folders().filter((name) => !before.has(name));
      for (const step of steps.slice(0, phase)) session[step]();
      await session.close();
      await session.close();
      expect(folders().filter((name) => own.includes(name) && !before.has(name))).toEqual([]);
    }
  });
});
