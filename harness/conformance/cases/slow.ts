/** Clients that say nothing, and clients that say one byte at a time, hold up nobody else. */
import assert from 'node:assert/strict';
import { Client, withClient } from '../../server/client.js';
import { request } from '../../server/messages.js';
import { ask, expectAnswer } from '../ask.js';
import type { Add, Suite } from '../case.js';
import { withServer } from '../with-server.js';

const SILENT = 100;
const SLOW = 50;

export function slowClientCases(suite: Suite, add: Add): void {
  const { variant } = suite;

  add(`${SILENT} connections that say nothing`, () =>
    withServer(suite.program, [], async (server) => {
      const silent = await connectMany(server.port, SILENT);
      for (let index = 0; index < 20; index++) {
        await withClient(server.port, (client) => ask(client, variant));
      }
      for (const client of silent) assert.equal(client.hasUnread, false, 'an unasked answer');
      // They are as good as any other when they speak at last.
      await Promise.all(silent.map((client) => ask(client, variant)));
      for (const client of silent) client.close();
    }),
  );

  add(`${SLOW} connections that send a byte at a time while others are served`, () =>
    withServer(suite.program, [], async (server) => {
      const slow = await connectMany(server.port, SLOW);
      for (const byte of request()) {
        await Promise.all(slow.map((client) => client.send(byte)));
        await withClient(server.port, (client) => ask(client, variant));
      }
      await Promise.all(slow.map((client) => expectAnswer(client, variant)));
      for (const client of slow) client.close();
    }),
  );
}

export function connectMany(port: number, count: number): Promise<Client[]> {
  return Promise.all(Array.from({ length: count }, () => Client.connect(port)));
}
