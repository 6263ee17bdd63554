import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Client, closeClients, withClient } from './client.js';

let listener: net.Server | undefined;
afterEach(() => {
  closeClients();
  listener?.close();
});

/** Runs `body` with a client whose server sends `bytes` at once; `end`: and ends the connection. */
async function facing(bytes: string, body: (client: Client) => Promise<unknown>, end = false) {
  const server = net.createServer((socket) => {
    if (end) socket.end(bytes);
    else socket.write(bytes);
  });
  listener = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as net.AddressInfo;
  return withClient(port, body, 300);
}

test('the bytes that were wanted are taken, and no more', async () => {
  await facing('abcdef', async (client) => {
    await client.expect('abc');
    expect((await client.take(3)).toString()).toBe('def');
    expect(client.hasUnread).toBe(false);
  });
});

test('other bytes fail at once, although fewer came than were wanted', async () => {
  await facing('abXd', async (client) => {
    await expect(client.expect('abcdefghij')).rejects.toMatchObject({ actual: 'abXd' });
  });
});

test('what has not come in time is named, with what has', async () => {
  await facing('ab', async (client) => {
    await expect(client.expect('abc')).rejects.toThrow(
      'after 300 ms still waiting for 3 bytes; received 2: "ab"',
    );
  });
});

test('an end before the bytes is an end, not a wait', async () => {
  await facing('ab', (client) => expect(client.expect('abc')).rejects.toThrow(), true);
  await facing('ab', async (client) => expect(await client.rest()).toBe('ab'), true);
  await facing('ab', (client) => expect(client.expectEnd()).rejects.toThrow(), true);
});

test('an answer is read by its length, whatever else its head says', async () => {
  const answer = 'HTTP/1.1 404 Not Found\r\nX: y\r\ncontent-length: 2\r\n\r\nno';
  await facing(`${answer}more`, async (client) => {
    expect(await client.response()).toMatchObject({ status: 404, body: 'no' });
    expect((await client.take(4)).toString()).toBe('more');
  });
});
