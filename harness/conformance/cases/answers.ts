/** docs/PROTOCOL.md, section 3: the targets and their answers, byte for byte. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, withClient } from '../../server/client.js';
import { alphabet, answer, OK, request } from '../../server/messages.js';
import type { Counts } from '../../server/server.js';
import { expectAnswer } from '../ask.js';
import { type Add, addFor, type Suite, serves, type Target } from '../case.js';
import { withServer } from '../with-server.js';

/** Time to see, on a busy machine, that a server still reads. */
const READ_ON_MS = 200;

const EXAMPLES: Record<Exclude<Target, '/upload'>, string> = {
  '/': '/',
  '/work': '/work?us=1',
  '/bytes': '/bytes?n=1',
  '/sleep': '/sleep?ms=1',
  '/relay': '/relay',
};

const NOT_FOUND = [
  ...[
    '/?',
    '/?x=1',
    '//',
    '/index.html',
    '*',
    'http://127.0.0.1/',
    'server',
    '/%2f',
    '/relay/',
    '/RELAY',
    '/upload',
  ],
  ...['/work', '/work?', '/work?us', '/work?us=', '/work?us=-1', '/work?us=+1', '/work?us=1.0'],
  ...[
    '/work?us=0x1',
    '/work?us=1e3',
    '/work?us=1&us=1',
    '/work?us=1000001',
    '/work?US=1',
    '/work/?us=1',
  ],
  ...['/work?us=18446744073709551617', '/work?us=4294967297', '/bytes', '/bytes?n=', '/bytes?n=-1'],
  ...[
    '/bytes?n=16777217',
    '/bytes?n=a',
    '/bytes?m=1',
    '/bytes?n=1?',
    '/bytes?n=18446744073709551616',
  ],
  ...['/sleep', '/sleep?ms=', '/sleep?ms=10001', '/sleep?ms=-1', '/sleep?s=1', '/sleep?ms=1;'],
  `/work?us=${'0'.repeat(55)}1`,
  `/${'x'.repeat(4000)}`,
];

const SIZES = [
  ...[0, 1, 11, 12, 13, 25, 26, 27, 900, 950, 955, 956, 957, 958, 959, 960, 961, 1023, 1024, 1025],
  ...[2048, 65_535, 65_536, 65_537, 131_072, 1_048_576],
];

/** As long as the limit of any wait of a check: a server that itself waits so long fails. */
const LONG_SLEEP = request('/sleep?ms=10000');

export function answerCases(suite: Suite, add: Add): void {
  const ask = (text: string, wanted: string) =>
    withClient(suite.server.port, async (client) => {
      await client.send(text);
      await client.expect(wanted);
      // Nothing follows the answer, and the connection is as good as before.
      await client.send(request('/'));
      await client.expect(OK);
    });

  add('GET / is answered with exactly the bytes of the protocol', async () => {
    const bytes =
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nI am server!';
    await ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n', bytes);
  });

  for (const target of NOT_FOUND) {
    const shown = target.length > 100 ? `a target of ${target.length} bytes` : target;
    add(`404 for ${shown}`, () => ask(request(target), answer(404)));
  }

  for (const [target, example] of Object.entries(EXAMPLES) as [keyof typeof EXAMPLES, string][]) {
    const isAnswered = serves(suite, target) && target !== '/relay';
    add(`${example} is ${isAnswered ? 'answered' : '404'}`, () => {
      const body = target === '/bytes' ? 'a' : 'I am server!';
      return ask(request(example), isAnswered ? answer(200, body) : answer(404));
    });
  }

  const isUploaded = serves(suite, '/upload');
  add(`POST /upload is ${isUploaded ? 'answered' : '405'}, and so without a body`, async () => {
    await ask(upload(3), isUploaded ? OK : answer(405));
    await ask(request('/upload', ['Host: a'], 'POST'), isUploaded ? OK : answer(405));
  });
  for (const [method, target] of [
    ['PUT', '/upload'],
    ['POST', '/upload?n=1'],
    ['POST', '/uploads'],
  ] as const) {
    add(`405 for ${method} ${target}`, () =>
      ask(request(target, ['Host: a'], method), answer(405)),
    );
  }

  const ofWork = addFor(suite, add, '/work');
  ofWork('a number may have leading zeros, and 0 is one', async () => {
    await ask(request('/work?us=0'), OK);
    await ask(request('/work?us=000000000001'), OK);
  });

  bytesCases(suite, addFor(suite, add, '/bytes'));
}

function bytesCases(suite: Suite, add: Add): void {
  for (const size of SIZES) {
    add(`/bytes?n=${size} sends the alphabet`, () =>
      withClient(suite.server.port, async (client) => {
        await client.send(request(`/bytes?n=${size}`) + request('/'));
        await client.expect(answer(200, alphabet(size)) + OK);
      }),
    );
  }

  add('pipelined bodies of every size come whole and in order', () =>
    withClient(suite.server.port, async (client) => {
      const requests = [...SIZES, ...SIZES.toReversed()].map((size) => request(`/bytes?n=${size}`));
      const answers = [...SIZES, ...SIZES.toReversed()].map((size) => answer(200, alphabet(size)));
      await client.send(requests.join(''));
      await client.expect(answers.join(''));
    }),
  );
}

/** A POST with a body of so many bytes. */
function upload(bodyBytes: number): string {
  const head = request('/upload', ['Host: a', `Content-Length: ${bodyBytes}`], 'POST');
  return head + 'x'.repeat(bodyBytes);
}

const UPLOADS = [1, 12, 1023, 1024, 1025, 65_536, 1_048_576];

export function uploadCases(suite: Suite, add: Add): void {
  const { variant } = suite;

  add('the answer waits for the last byte of the body', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        const text = upload(2000);
        await client.send(text.slice(0, -1));
        await server.hasRead(text.length - 1);
        // Others are served meanwhile, and an answer that came too early has arrived by then.
        for (let index = 0; index < 10; index++) {
          await withClient(server.port, async (other) => {
            await other.send(request());
            await expectAnswer(other, variant);
          });
        }
        assert.equal(client.hasUnread, false, 'it answered before the body was whole');
        await client.send(text.slice(-1));
        await expectAnswer(client, variant);
      }),
    ),
  );

  for (const size of UPLOADS) {
    add(`a body of ${size} bytes is read whole, and thrown away`, () =>
      withClient(suite.server.port, async (client) => {
        await client.send(upload(size) + request());
        await expectAnswer(client, variant);
        await expectAnswer(client, variant);
      }),
    );
  }

  add('bodies that follow each other are answered in order', () =>
    withClient(suite.server.port, async (client) => {
      const sizes = [...UPLOADS, ...UPLOADS.toReversed()];
      await client.send(sizes.map((size) => upload(size) + request()).join(''));
      for (let left = 2 * sizes.length; left > 0; left--) await expectAnswer(client, variant);
    }),
  );
}

export function backPressureCases(suite: Suite, add: Add): void {
  add('readers that stop hold up nobody else', () =>
    withServer(suite.program, [], async (server) => {
      const before = await server.counts();
      const size = 1_048_576;
      const slow = await Promise.all(Array.from({ length: 4 }, () => Client.connect(server.port)));
      for (const client of slow) client.pause();
      // Ten of them are beyond what the kernel takes for a connection.
      for (const client of slow) await client.send(request(`/bytes?n=${size}`).repeat(10));
      await server.countsWhere(hasStalled(before), 'the server to stop writing');
      for (let index = 0; index < 20; index++) {
        await withClient(server.port, async (client) => {
          await client.send(request() + request('/bytes?n=3'));
          await client.expect(OK + answer(200, 'abc'));
        });
      }
      const body = Buffer.from(answer(200, alphabet(size)), 'latin1');
      for (const client of slow) client.resume();
      for (const client of slow) {
        for (let index = 0; index < 10; index++) await client.expect(body);
        client.close();
      }
    }),
  );

  add('a reader that stops costs no memory: nothing more is written, nor read', () =>
    withClient(suite.server.port, async (client) => {
      const before = await suite.server.counts();
      const size = 16_777_216;
      client.pause();
      await client.send(request(`/bytes?n=${size}`).repeat(4) + request('/').repeat(1000));
      await suite.server.countsWhere(hasStalled(before), 'the server to stop writing');
      await pause(READ_ON_MS);
      const stalled = await suite.server.counts();
      const readBytes = (stalled.bytes_read ?? 0) - (before.bytes_read ?? 0);
      assert.ok(readBytes <= 1024, `read ${readBytes} bytes while a write was pending`);
      client.resume();
      const body = Buffer.from(answer(200, alphabet(size)), 'latin1');
      for (let index = 0; index < 4; index++) await client.expect(body);
      await client.expect(OK.repeat(1000));
      // The peak: a server that keeps an answer needs 16 MiB at some time.
      const after = await suite.server.counts();
      const grownBytes = (after.max_rss_bytes ?? 0) - (before.max_rss_bytes ?? 0);
      assert.ok(grownBytes < 8 * 1_048_576, `its memory grew by ${grownBytes} bytes`);
    }),
  );
}

/**
 * True once bytes have been written since `before`, and none any more the last five times it was
 * asked.
 */
function hasStalled(before: Counts): (stats: Counts) => boolean {
  let last = before.bytes_written;
  let unchanged = 0;
  return ({ bytes_written }) => {
    unchanged = bytes_written === last ? unchanged + 1 : 0;
    last = bytes_written;
    return unchanged >= 5 && (last === undefined || last !== before.bytes_written);
  };
}

export function sleepCases(suite: Suite, add: Add): void {
  add('/sleep waits at least as long as it is asked to', () =>
    withClient(suite.server.port, async (client) => {
      const start = process.hrtime.bigint();
      await client.send(request('/sleep?ms=50'));
      await client.expect(OK);
      const sleptNs = Number(process.hrtime.bigint() - start);
      assert.ok(sleptNs >= 50e6, `answered /sleep?ms=50 after ${sleptNs / 1e6} ms`);
    }),
  );

  add('other connections are served while one sleeps', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (sleeper) => {
        await sleeper.send(LONG_SLEEP);
        await server.hasRead(LONG_SLEEP.length);
        for (let index = 0; index < 10; index++) {
          await withClient(server.port, async (client) => {
            await client.send(request('/'));
            await client.expect(OK);
          });
        }
        assert.equal(sleeper.hasUnread, false);
      }),
    ),
  );

  add('sleepers wait side by side, not one after the other', async () => {
    const start = performance.now();
    const sleep = (client: Client) =>
      client.send(request('/sleep?ms=300')).then(() => client.expect(OK));
    const all = Array.from({ length: 50 }, () => withClient(suite.server.port, sleep));
    await Promise.all(all);
    // One after the other they would need 15 s.
    const tookMs = performance.now() - start;
    assert.ok(tookMs < 7_500, `50 sleeps of 300 ms took ${Math.round(tookMs)} ms`);
  });

  add('answers before a sleep are written before it, those behind it wait', () =>
    withServer(suite.program, [], (server) =>
      withClient(server.port, async (client) => {
        await client.send(request('/') + LONG_SLEEP + request('/'));
        await client.expect(OK);
        assert.equal(client.hasUnread, false);
      }),
    ),
  );

  add('answers come in the order of the requests, whatever they wait for', () =>
    withClient(suite.server.port, async (client) => {
      const targets = ['/sleep?ms=20', '/nowhere', '/sleep?ms=0', '/', '/sleep?ms=1'];
      await client.send(targets.map((target) => request(target)).join(''));
      await client.expect(OK + answer(404) + OK + OK + OK);
    }),
  );
}
