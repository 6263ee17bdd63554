import { afterEach, describe, expect, test } from 'vitest';
import { addon, type NullServer } from './addon.js';
import type { LoadSession } from './client.js';
import { nativeClient } from './native.js';
import { answering, fakeServer, loadOf, measure, unaccounted, until } from './testing.js';

const client = nativeClient();
const servers: NullServer[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

function serve(): NullServer {
  const server = addon().startNullServer([0]);
  servers.push(server);
  return server;
}

const completed = (count: number) => (session: LoadSession) =>
  session.snapshot().completed >= count;

describe('several threads', () => {
  test('one window, all connections, every request once', async () => {
    const { port } = serve();
    const load = loadOf(port, { connections: 7, pipeline: 2, cpus: [0, 1] });
    const window = await measure(client, load, completed(500));
    expect(window.threads).toBe(2);
    expect(window.sent - window.unfinished).toBe(window.ok);
    expect(window.errors).toEqual({});
    expect(unaccounted(window)).toBe(0);
    expect(window.service.count).toBe(window.ok);
    expect(window.unfinished).toBeLessThanOrEqual(14);
  });

  test('no more of them than connections', async () => {
    const { port } = serve();
    const window = await measure(client, loadOf(port, { cpus: [0, 1] }), completed(10));
    expect(window.threads).toBe(1);
  });

  test('one that cannot connect ends them all', async () => {
    const server = await fakeServer(answering());
    await server.close();
    const opening = client.open(loadOf(server.port, { connections: 4, cpus: [0, 1] }));
    await expect(opening).rejects.toThrow(/connection [12] of 4 to .* failed: Connection refused/);
  });

  test('their count of a moment ago adds up', async () => {
    const { port } = serve();
    const session = await client.open(loadOf(port, { connections: 8, cpus: [0, 1] }));
    session.start();
    await until(() => completed(500)(session));
    const before = session.snapshot().completed;
    const instantNs = addon().monotonicNs();
    await until(() => completed(before + 500)(session));
    const count = session.completedAt?.(instantNs) ?? expect.fail('no count');
    expect(count.completed + count.uncertain).toBeGreaterThanOrEqual(before);
    await session.close();
  });
});
