/**
 * What plain HTTP must do where docs/PROTOCOL.md would say it to the byte: the answer to `/`
 * however its request is cut, refusals of whatever form, and ends of connections.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { hasControl } from '../../plan/variant.js';
import { type Client, withClient } from '../../server/client.js';
import { alphabet, request } from '../../server/messages.js';
import { ask, expectAnswer, expectServing, sendPieces, wanted } from '../ask.js';
import type { Add, Suite } from '../case.js';
import { reasonOf } from '../reason.js';
import { withServer } from '../with-server.js';
import { lateAnswerCase } from './closing.js';
import { connectMany } from './slow.js';

export function plainTargetCases(suite: Suite, add: Add): void {
  const { variant } = suite;
  const { serves } = variant;

  add('/ is answered with 200 and the body that is expected', () =>
    withClient(suite.server.port, async (client) => {
      for (let round = 0; round < 3; round++) await ask(client, variant);
    }),
  );

  // Without control a program may serve anything else it likes.
  const unknown = hasControl(variant) ? ['/nowhere', '/index.html', '/bytes?n=x', '/work'] : [];
  for (const target of unknown) {
    add(`404 for ${target}`, () =>
      withClient(suite.server.port, async (client) => {
        await client.send(request(target) + request());
        assert.equal((await client.response()).status, 404, `the status of ${target}`);
        await expectAnswer(client, variant);
      }),
    );
  }

  if (!serves.targets.includes('/bytes')) return;
  for (const size of [0, 1, 1023, 1024, 65_537, 1_048_576]) {
    add(`/bytes?n=${size} sends the alphabet`, () =>
      withClient(suite.server.port, async (client) => {
        await client.send(request(`/bytes?n=${size}`));
        assert.equal((await client.response()).body, alphabet(size));
      }),
    );
  }
}

export function plainSplitCases(suite: Suite, add: Add): void {
  add('the answer is the same when the request is split at any byte', () =>
    withClient(suite.server.port, async (client) => {
      const text = request('/', ['Host: localhost', 'X-Filler: some more bytes']);
      for (let cut = 1; cut < text.length; cut++) {
        await sendPieces(suite, client, text, [cut]);
        await expectAnswer(client, suite.variant).catch((error: unknown) => {
          throw new Error(`split at byte ${cut}: ${reasonOf(error)}`, { cause: error });
        });
      }
    }),
  );

  add('the answer is the same when every byte comes by itself', () =>
    withClient(suite.server.port, async (client) => {
      const cuts = Array.from({ length: request().length - 1 }, (_, index) => index + 1);
      await sendPieces(suite, client, request(), cuts);
      await expectAnswer(client, suite.variant);
    }),
  );
}

/** The hello of a TLS client, as far as a server reads before it knows better. */
const TLS_HELLO = `\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03${'\x8e'.repeat(64)}`;

const MALFORMED: Record<string, string> = {
  'a request line of one word': 'NONSENSE\r\n\r\n',
  'a version that is none': 'GET / HTTP/x.y\r\nHost: a\r\n\r\n',
  'HTTP/1.1 without Host': 'GET / HTTP/1.1\r\n\r\n',
  'NUL in a header': 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n',
  'two lengths that differ':
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'a length that is a word': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n',
  'another protocol': 'EHLO localhost\r\n\r\n',
  'the hello of TLS': TLS_HELLO,
};

export function plainMalformedCases(suite: Suite, add: Add): void {
  for (const [name, text] of Object.entries(MALFORMED)) {
    add(`refuses ${name}`, () => expectRefused(suite, text));
  }

  add('refuses random bytes, and goes on serving', async () => {
    for (let round = 0; round < 20; round++) {
      await expectRefused(suite, `${randomBytes(200).toString('latin1')}\r\n\r\n`);
    }
  });
}

export function plainOversizedCases(suite: Suite, add: Add): void {
  const head = 'GET / HTTP/1.1\r\nHost: a\r\n';
  const megabytes = 'x'.repeat(2 << 20);
  const texts: Record<string, string> = {
    'a header of 2 MiB': `${head}X: ${megabytes}\r\n\r\n`,
    'a head of 2 MiB in 32 Ki lines': `${head}${`X: ${'x'.repeat(59)}\r\n`.repeat(32_768)}\r\n`,
    'a target of 2 MiB': `GET /${megabytes} HTTP/1.1\r\nHost: a\r\n\r\n`,
  };
  for (const [name, text] of Object.entries(texts)) {
    add(`refuses ${name}`, () => expectRefused(suite, text));
  }
}

/** Any error status, or the end of the connection; and others are served afterwards. */
async function expectRefused(suite: Suite, text: string): Promise<void> {
  await withClient(suite.server.port, async (client) => {
    // It may be cut off while it is still sending.
    await client.send(text).catch(() => {});
    client.end();
    const [first = ''] = (await restOrReset(client)).split('\r\n');
    const isRefusal = first === '' || /^HTTP\/1\.[01] [45]\d\d\b/.test(first);
    assert.ok(isRefusal, `it was answered with ${JSON.stringify(first.slice(0, 60))}`);
  });
  await expectServing(suite.server.port, suite.variant);
}

/** What came until the end; a reset is an end, too. */
async function restOrReset(client: Client): Promise<string> {
  try {
    return await client.rest();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return '';
  }
}

export function plainBackPressureCases(suite: Suite, add: Add): void {
  const target = '/bytes?n=4194304';
  add('readers that stop hold up nobody else, and get all of it in the end', () =>
    withServer(suite.program, [], async (server) => {
      const slow = await connectMany(server.port, 8);
      for (const client of slow) client.pause();
      // Far beyond what the kernel takes for a connection.
      for (const client of slow) await client.send(request(target).repeat(4));
      for (let round = 0; round < 20; round++) {
        await withClient(server.port, (client) => ask(client, suite.variant));
      }
      for (const client of slow) client.resume();
      for (const client of slow) {
        for (let round = 0; round < 4; round++) await expectAnswer(client, suite.variant, target);
        client.close();
      }
    }),
  );
}

export function plainHalfCloseCases(suite: Suite, add: Add): void {
  add('end of file between requests closes the connection', () =>
    withClient(suite.server.port, async (client) => {
      await ask(client, suite.variant);
      client.end();
      await client.expectEnd();
    }),
  );

  add('requests that were complete before the end of file are answered', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request().repeat(3));
      client.end();
      for (let index = 0; index < 3; index++) await expectAnswer(client, suite.variant);
      await client.expectEnd();
    }),
  );

  lateAnswerCase(suite, add);

  add('end of file in a request ends the connection, without the answer', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request().slice(0, 12));
      client.end();
      const { body } = wanted(suite.variant);
      assert.equal((await restOrReset(client)).includes(body), false, 'it was answered');
    }),
  );

  add('Connection: close is answered and closed', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request('/', ['Host: a', 'Connection: close']));
      await expectLastAnswer(client, suite);
      await client.expectEnd();
    }),
  );
}

/** An answer whose head may say that it is the last. */
async function expectLastAnswer(client: Client, { variant }: Suite): Promise<void> {
  const got = await client.response();
  assert.deepEqual({ status: got.status, body: got.body }, wanted(variant));
}
