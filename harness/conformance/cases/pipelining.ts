/** Many requests in one segment, and many in flight: answers come whole and in order. */

import { withClient } from '../../server/client.js';
import { request } from '../../server/messages.js';
import { ask, expectAnswer } from '../ask.js';
import type { Add, Suite } from '../case.js';

const DEPTH = 64;
const ROUNDS = 10;

export function pipeliningCases(suite: Suite, add: Add): void {
  for (const depth of [2, 3, 37, 38, DEPTH]) {
    add(`${depth} requests in one segment`, () =>
      withClient(suite.server.port, async (client) => {
        await client.send(request().repeat(depth));
        for (let index = 0; index < depth; index++) await expectAnswer(client, suite.variant);
        await ask(client, suite.variant);
      }),
    );
  }

  add(`${DEPTH} requests in flight all the time`, () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request().repeat(DEPTH));
      for (let index = 0; index < DEPTH * ROUNDS; index++) {
        await expectAnswer(client, suite.variant);
        await client.send(request());
      }
      for (let index = 0; index < DEPTH; index++) await expectAnswer(client, suite.variant);
    }),
  );

  add('a request and a half in a segment, and then the other half', () =>
    withClient(suite.server.port, async (client) => {
      const text = request();
      for (const cut of [1, 5, text.length - 1]) {
        await client.send(text + text.slice(0, cut));
        await expectAnswer(client, suite.variant);
        await client.send(text.slice(cut));
        await expectAnswer(client, suite.variant);
      }
    }),
  );
}
