import net from 'node:net';
import { describe, expect, test } from 'vitest';
import { addon, type NullServerOptions } from './addon.js';
import { BODY, reply } from './testing.js';

/** Sends `bytes` to a null server in pieces of `size` and returns what came back by `end` bytes. */
async function exchange(bytes: string, end: number, size: number, options?: NullServerOptions) {
  const server = addon().startNullServer([0], options);
  try {
    const socket = net.connect({ port: server.port, host: '127.0.0.1', noDelay: true });
    for (let at = 0; at < bytes.length; at += size) socket.write(bytes.slice(at, at + size));
    let received = '';
    const sentNs = addon().monotonicNs();
    for await (const piece of socket.setEncoding('latin1')) {
      received += piece;
      if (received.length >= end) break;
    }
    return { received, tookNs: addon().monotonicNs() - sentNs, answered: server.answered() };
  } finally {
    server.stop();
  }
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('the null server', () => {
  test.each([1, 7, 1000])('answers every request, read in pieces of %i', async (size) => {
    const wanted = reply().repeat(3);
    const { received, answered } = await exchange(REQUEST.repeat(3), wanted.length, size);
    expect(received).toBe(wanted);
    expect(answered).toBe(3);
  });

  test('greets and closes', async () => {
    const { received } = await exchange('\n', Number.POSITIVE_INFINITY, 1, { greeting: true });
    expect(received).toBe(BODY);
  });

  test('a delay is a delay', async () => {
    const { tookNs } = await exchange(REQUEST, reply().length, 1000, { delayUs: 20_000 });
    expect(tookNs).toBeGreaterThanOrEqual(20_000_000n);
  });

  test('says why it cannot start', () => {
    expect(() => addon().startNullServer([1000])).toThrow(/cannot pin to CPU 1000/);
    expect(() => addon().startNullServer([])).toThrow(/empty list/);
    expect(() => addon().startNullServer([0], { stallEveryMs: 10 })).toThrow(RangeError);
    expect(() => addon().startNullServer([0], { stallEveryMs: 10, stallMs: 10 })).toThrow(
      RangeError,
    );
  });

  test('stop may be repeated, and ends a stall', async () => {
    const server = addon().startNullServer([0], { stallEveryMs: 100_000, stallMs: 99_000 });
    server.stop();
    server.stop();
    await expect(
      new Promise((_, reject) => net.connect(server.port, '127.0.0.1').once('error', reject)),
    ).rejects.toThrow(/ECONNREFUSED/);
  });
});
