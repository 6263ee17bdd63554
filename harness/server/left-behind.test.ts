import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import {
  endAll,
  holdersOf,
  listeners,
  MARK,
  parseListeners,
  processesMarked,
} from './left-behind.js';

const children: ChildProcess[] = [];

async function sleeper(env: Record<string, string>): Promise<ChildProcess & { pid: number }> {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore', env });
  children.push(child);
  await once(child, 'spawn');
  return child as ChildProcess & { pid: number };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

test('a process is known by its mark, but for those of a group', async () => {
  const marked = await sleeper({ PATH: process.env.PATH ?? '', [MARK]: 'this-one' });
  await sleeper({ PATH: process.env.PATH ?? '', [MARK]: 'this-one-not' });
  expect(processesMarked('this-one', 0)).toEqual([marked.pid]);
  expect(processesMarked('this-one', marked.pid)).toEqual([]);
});

test('all that are found are ended, until none is', async () => {
  const marked = await sleeper({ PATH: process.env.PATH ?? '', [MARK]: 'to-be-ended' });
  const exited = once(marked, 'exit');
  expect(endAll(() => processesMarked('to-be-ended', 0))).toEqual([marked.pid]);
  expect((await exited)[1]).toBe('SIGKILL');
});

test('sockets that listen on a port, from /proc/net/tcp', () => {
  const row = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  0  0 ${inode} 1 0`;
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    row('0100007F:1F90', '0A', 11),
    row('0100007F:1F90', '01', 12),
    row('0100007F:1F91', '0A', 13),
    '',
  ].join('\n');
  expect(parseListeners(table, 8080)).toEqual([11]);
});

test('who holds a listening socket', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const inodes = listeners(port);
  expect(inodes).toHaveLength(1);
  // This process itself is never to be ended.
  expect(holdersOf(inodes)).toEqual([]);
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const stdio = ['ignore', 'ignore', 'ignore', fd] as const;
  const child = spawn('sleep', ['600'], { stdio: [...stdio] });
  children.push(child);
  await once(child, 'spawn');
  expect(holdersOf(inodes)).toEqual([child.pid]);
  server.close();
});

test('a socket that listens is found beside connections, and a connection is none', async () => {
  const listen = async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, port: (server.address() as net.AddressInfo).port };
  };
  const first = await listen();
  const client = net.connect(first.port, '127.0.0.1');
  const [[accepted]] = await Promise.all([
    once(first.server, 'connection'),
    once(client, 'connect'),
  ]);
  const second = await listen();
  expect(listeners(first.port)).toHaveLength(1);
  expect(listeners(second.port)).toHaveLength(1);
  expect(listeners(client.localPort ?? 0)).toEqual([]);
  for (const socket of [client, accepted]) socket.destroy();
  for (const { server } of [first, second]) server.close();
});
