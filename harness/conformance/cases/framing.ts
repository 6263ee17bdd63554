/**
 * docs/PROTOCOL.md, section 3, Framing: what is accepted, what is refused and how, whatever way TCP
 * splits the bytes.
 */
import assert from 'node:assert/strict';
import { withClient } from '../../server/client.js';
import { answer, OK, OK_CLOSE, oldRequest, request, requestOfSize } from '../../server/messages.js';
import { sendPieces } from '../ask.js';
import type { Add, Suite } from '../case.js';

const LINE = 'GET / HTTP/1.1\r\n';

/** Answered with 200, and the connection stays open. */
const ACCEPTED: Record<string, string> = {
  'four empty lines before the request': `\r\n\r\n\r\n\r\n${request()}`,
  'an empty Host': request('/', ['Host:']),
  'white space around a value': request('/', ['Host: \t a \t ']),
  'a header with bytes from 0x80 and tabs': request('/', ['Host: a', 'X: \t\x80\tü\xff']),
  'a header name of every token character': request('/', ['Host: a', "!#$%&'*+-.^_`|~09azAZ: x"]),
  'a header name in another case': request('/', ['hOSt: a', 'CONTENT-LENGTH: 0']),
  'a long header name': request('/', ['Host: a', `${'x'.repeat(300)}: x`]),
  'a name that begins like a known one': request('/', ['Host: a', 'Content-Lengths: x', 'Hos: b']),
  'a body': `${request('/', ['Host: a', 'Content-Length: 7'])}GET / H`,
  'a length with leading zeros': `${request('/', ['Host: a', 'Content-Length: 0007'])}1234567`,
  'equal lengths': `${request('/', ['Host: a', 'Content-Length: 2', 'Content-Length: 02'])}12`,
  'a length of 18 digits': request('/', ['Host: a', `Content-Length: ${'0'.repeat(18)}`]),
  'Connection with other words': request('/', [
    'Host: a',
    'Connection: closed, x close, close-x,,',
  ]),
  'Expect: 100-continue': `${request('/', ['Host: a', 'Expect: 100-continue', 'Content-Length: 1'])}x`,
  'a head of 8192 bytes': requestOfSize(8192),
  'a head of 8192 bytes with empty lines before it': `\r\n\r\n${requestOfSize(8188)}`,
  'HTTP/1.0 with keep-alive': oldRequest('/', ['Connection: Keep-Alive']),
  'HTTP/1.0 with Host and keep-alive in a list': oldRequest('/', [
    'Host: a',
    'Connection: x, keep-alive',
  ]),
};

/**
 * Answered with 400 and closed. Each is wrong at its last byte: the answer must not wait for
 * another.
 */
const BAD_REQUEST: Record<string, string> = {
  'a fifth empty line': '\r\n\r\n\r\n\r\n\r',
  'an empty line of LF': '\n',
  'CR and something else': '\rG',
  'a space before the method': ' ',
  'a method with a separator': 'GE(',
  'a method of 17 bytes': 'M'.repeat(17),
  'two spaces before the target': 'GET  ',
  'a control character in the target': 'GET /\x01',
  'a byte beyond ASCII in the target': 'GET /\x80',
  'a tab after the target': 'GET /\t',
  'no version': 'GET /\r',
  'two spaces before the version': 'GET /  ',
  'HTTP/0.9': 'GET / HTTP/0',
  'HTTP/1.2': 'GET / HTTP/1.2',
  'HTTP/2.0': 'GET / HTTP/2',
  'a version in lower case': 'GET / h',
  'a space after the version': 'GET / HTTP/1.1 ',
  'a third digit in the version': 'GET / HTTP/1.10',
  'a request line that ends with LF': 'GET / HTTP/1.1\n',
  'a request line with CR inside': 'GET / HTTP/1.1\rX',
  'a header that begins with a space': `${LINE} `,
  'a folded header': `${LINE}Host: a\r\n\t`,
  'a header without a name': `${LINE}:`,
  'a header without a colon': `${LINE}Host\r`,
  'a space before the colon': `${LINE}Host `,
  'a bracket in a header name': `${LINE}Ho[`,
  'a byte beyond ASCII in a header name': `${LINE}H\xf6`,
  'NUL in a value': `${LINE}X: \0`,
  'a control character in a value': `${LINE}X: a\x1f`,
  'DEL in a value': `${LINE}X: a\x7f`,
  'a header that ends with LF': `${LINE}Host: a\n`,
  'a header with CR inside': `${LINE}Host: a\rb`,
  'an end of head without LF': `${LINE}Host: a\r\n\rX`,
  'a head that ends with LF': `${LINE}Host: a\r\n\n`,
  'no Host': request('/', ['X: Host: a']),
  'two Hosts': `${LINE}Host: a\r\nHost:`,
  'two Hosts in HTTP/1.0': 'GET / HTTP/1.0\r\nHost: a\r\nhost:',
  'a length that is a word': `${LINE}Content-Length: x`,
  'a negative length': `${LINE}Content-Length: -`,
  'a length with a plus': `${LINE}Content-Length: +`,
  'a hexadecimal length': `${LINE}Content-Length: 0x`,
  'a list of lengths': `${LINE}Content-Length: 5,`,
  'two lengths in a line': `${LINE}Content-Length: 5 5`,
  'an empty length': `${LINE}Content-Length: \r`,
  'a length of 19 digits': `${LINE}Content-Length: ${'0'.repeat(19)}`,
  'two different lengths': `${LINE}Content-Length: 1\r\nContent-Length: 2\r`,
  'a length and Transfer-Encoding': request('/', [
    'Host: a',
    'Content-Length: 0',
    'Transfer-Encoding: x',
  ]),
  'Transfer-Encoding and a length that is too large': request('/', [
    ...['Host: a', 'Transfer-Encoding: chunked', 'Content-Length: 9999999'],
  ]),
  'Transfer-Encoding in HTTP/1.0': oldRequest('/', ['Transfer-Encoding: chunked']),
  'Transfer-Encoding without Host': request('/', ['Transfer-Encoding: chunked']),
  'a length that is too large without Host': request('/', ['Content-Length: 9999999']),
  'a wrong byte as the last of 8192': `${requestOfSize(9000).slice(0, 8191)}\x01`,
};

/** Answered with another error and closed, at the last byte. */
const REFUSED: Record<string, [431 | 501, string]> = {
  'a head of 8193 bytes': [431, requestOfSize(8193)],
  'byte 8193 of a header': [431, requestOfSize(9000).slice(0, 8193)],
  'byte 8193 of a target': [431, `GET /${'x'.repeat(8188)}`],
  'byte 8193, even a wrong one': [431, `${requestOfSize(9000).slice(0, 8192)}\0`],
  'byte 8193 after empty lines': [431, `\r\n\r\n${requestOfSize(8189)}`],
  'a body of 1048577 bytes': [431, request('/', ['Host: a', 'Content-Length: 1048577'])],
  'a body of 18 digits': [431, request('/', ['Host: a', `Content-Length: ${'9'.repeat(18)}`])],
  'Transfer-Encoding': [501, request('/', ['Host: a', 'Transfer-Encoding: chunked'])],
  'an empty Transfer-Encoding': [501, request('/', ['Host: a', 'Transfer-Encoding:'])],
  'Transfer-Encoding with another method': [
    501,
    request('/', ['Host: a', 'Transfer-Encoding: x'], 'PUT'),
  ],
};

const METHODS = [
  ...['HEAD', 'POST', 'OPTIONS', 'get', 'GE', 'GETS', 'M', "!#$%&'*+-.^_`|", 'M'.repeat(16)],
];

export function acceptedCases(suite: Suite, add: Add): void {
  for (const [name, text] of Object.entries(ACCEPTED)) {
    add(`accepts ${name}`, () =>
      withClient(suite.server.port, async (client) => {
        await client.send(text + request());
        await client.expect(OK + OK);
      }),
    );
  }

  add('a head of 8192 bytes without an end is not answered', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(requestOfSize(9000).slice(0, 8192));
      client.end();
      await client.expectEnd();
    }),
  );

  methodCases(suite, add);
}

export function malformedCases(suite: Suite, add: Add): void {
  for (const [name, text] of Object.entries(BAD_REQUEST)) {
    add(`refuses ${name} at once: 400, closed`, () => expectRefusal(suite, text, 400));
  }
}

export function oversizedCases(suite: Suite, add: Add): void {
  for (const [name, [status, text]] of Object.entries(REFUSED)) {
    add(`refuses ${name} at once: ${status}, closed`, () => expectRefusal(suite, text, status));
  }
}

/** The request before is answered, the wrong one refused, the one behind it ignored. */
async function expectRefusal(suite: Suite, text: string, status: 400 | 431 | 501): Promise<void> {
  const refusal = answer(status, '', { close: true });
  await withClient(suite.server.port, async (client) => {
    await client.send(request() + text);
    await client.expect(OK + refusal);
    await client.expectEnd();
  });
  await withClient(suite.server.port, async (client) => {
    await client.send(text + request());
    assert.equal(await client.rest(), refusal);
  });
}

function methodCases(suite: Suite, add: Add): void {
  for (const method of METHODS) {
    add(`405 for ${method}, and the connection goes on`, () =>
      withClient(suite.server.port, async (client) => {
        await client.send(request('/', ['Host: a'], method) + request());
        await client.expect(answer(405) + OK);
      }),
    );
  }

  add('405 comes before 404, and Allow before Connection: close', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request('/nowhere', ['Host: a', 'Connection: close'], 'PUT'));
      assert.equal(await client.rest(), answer(405, '', { close: true }));
    }),
  );

  add('a body is skipped before its request is answered', () =>
    withClient(suite.server.port, async (client) => {
      const { bytes_read = 0 } = await suite.server.counts();
      const head = request('/', ['Host: a', 'Content-Length: 5000'], 'POST');
      await client.send(head + 'G'.repeat(4999));
      await suite.server.hasRead(bytes_read + head.length + 4999);
      assert.equal(client.hasUnread, false);
      await client.send(`\n${request()}`);
      await client.expect(answer(405) + OK);
    }),
  );

  add('a body of 1048576 bytes is skipped', () =>
    withClient(suite.server.port, async (client) => {
      await client.send(request('/', ['Host: a', 'Content-Length: 1048576']) + 'x'.repeat(1048576));
      await client.send(request());
      await client.expect(OK + OK);
    }),
  );
}

export function splitCases(suite: Suite, add: Add): void {
  const text = request('/', ['Host: localhost', 'Content-Length: 3', 'Connection: x, close']);

  add('the answer is the same when the request is split at any byte', async () => {
    for (let cut = 1; cut < text.length + 3; cut++) {
      await withClient(suite.server.port, async (client) => {
        await sendPieces(suite, client, `${text}abc`, [cut]);
        assert.equal(await client.rest(), OK_CLOSE, `split at ${cut}`);
      });
    }
  });

  add('the answer is the same when every byte comes by itself', () =>
    withClient(suite.server.port, async (client) => {
      const whole = `${text}abc`;
      await sendPieces(suite, client, whole, [...whole].map((_, index) => index).slice(1));
      assert.equal(await client.rest(), OK_CLOSE);
    }),
  );

  add('an error is the same when the bytes before it are split at any place', async () => {
    const wrong = `${LINE}Host: a\r\nContent-Length: 5 5`;
    for (let cut = 1; cut < wrong.length; cut++) {
      await withClient(suite.server.port, async (client) => {
        await sendPieces(suite, client, wrong, [cut]);
        assert.equal(await client.rest(), answer(400, '', { close: true }), `split at ${cut}`);
      });
    }
  });

  add('three pipelined requests are answered when they are split at any byte', async () => {
    const withBody = `${request('/nowhere', ['Host: a', 'Content-Length: 2'])}xy`;
    const three = request('/') + withBody + request('/');
    const answers = OK + answer(404) + OK;
    await withClient(suite.server.port, async (client) => {
      for (let cut = 1; cut < three.length; cut++) {
        await sendPieces(suite, client, three, [cut]);
        await client.expect(answers);
      }
    });
  });
}
