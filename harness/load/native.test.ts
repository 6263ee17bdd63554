import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LoadSession } from './client.js';
import { censoring, nativeClient } from './native.js';
import { answering, BODY, loadOf, measure, reply, serving, unaccounted } from './testing.js';

const client = nativeClient();
const serve = serving();

const completed = (count: number) => (session: LoadSession) =>
  session.snapshot().completed >= count;
const lostAll = (session: LoadSession) => session.snapshot().connectionsOpen === 0;

describe('good replies', () => {
  test.each([
    [1, 1],
    [1, 16],
    [64, 1],
    [64, 16],
  ])('%i connections, pipeline %i', async (connections, pipeline) => {
    const { port } = await serve(answering());
    const load = loadOf(port, { connections, pipeline });
    const window = await measure(client, load, completed(connections * pipeline * 20));
    expect(window.errors).toEqual({});
    expect(window.firstError).toBeUndefined();
    expect(unaccounted(window)).toBe(0);
    expect(window.ok).toBeGreaterThan(0);
    expect(window.completed).toBeGreaterThanOrEqual(window.ok);
    // What was in flight when the window opened is completed in it, but not one of its requests.
    expect(window.completed - window.ok).toBeLessThanOrEqual(connections * pipeline);
    expect(window.unfinished).toBeLessThanOrEqual(connections * pipeline);
    expect(window.bytesRead).toBeGreaterThanOrEqual(window.completed * reply().length);
    expect(window.service.count).toBe(window.ok);
    expect(window.endNs).toBeGreaterThan(window.startNs);
    const wallUs = Number(window.endNs - window.startNs) / 1e3;
    expect(window.cpuUs.value).toBeGreaterThan(0);
    expect(window.cpuUs.value).toBeLessThanOrEqual(wallUs * 1.01);
  });

  test('the successors of replies that arrive together go out in one write', async () => {
    const batches = new Map<number, number>();
    const { port } = await serve((socket, requests) => {
      batches.set(requests, (batches.get(requests) ?? 0) + 1);
      socket.write(reply().repeat(requests));
    });
    await measure(client, loadOf(port, { pipeline: 16 }), completed(1600));
    expect([...batches.keys()]).toEqual([16]);
  });

  test('a reply split at any byte', async () => {
    const text = reply();
    let cut = 0;
    const { port } = await serve((socket) => {
      const at = 1 + (cut++ % (text.length - 1));
      socket.write(text.slice(0, at));
      setImmediate(() => socket.write(text.slice(at)));
    });
    const window = await measure(client, loadOf(port), completed(text.length * 2));
    expect(window.errors).toEqual({});
    expect(cut).toBeGreaterThan(text.length);
  });

  test('pipelined replies in pieces of every size', async () => {
    let size = 0;
    const { port } = await serve((socket, requests) => {
      const text = reply().repeat(requests);
      size = 1 + (size % text.length);
      for (let at = 0; at < text.length; at += size) socket.write(text.slice(at, at + size));
    });
    const window = await measure(client, loadOf(port, { pipeline: 3 }), completed(1000));
    expect(window.errors).toEqual({});
    expect(unaccounted(window)).toBe(0);
  });

  test('headers that change from reply to reply', async () => {
    let serial = 0;
    const { port } = await serve((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nX-Serial: ${serial++}\r\ncontent-length: 12\r\n\r\n${BODY}`),
    );
    const window = await measure(client, loadOf(port), completed(100));
    expect(window.errors).toEqual({});
  });

  test('an empty body', async () => {
    const { port } = await serve(answering(reply('')));
    const load = loadOf(port, { pipeline: 2, expectedBody: Buffer.alloc(0) });
    expect((await measure(client, load, completed(100))).errors).toEqual({});
  });

  test('bodies of 1 MiB', async () => {
    const body = 'abcdefghijklmnopqrstuvwxyz'.repeat(40330).slice(0, 1 << 20);
    const { port } = await serve(answering(reply(body)));
    const load = loadOf(port, { connections: 2, pipeline: 2, expectedBody: Buffer.from(body) });
    const window = await measure(client, load, completed(20));
    expect(window.errors).toEqual({});
    expect(window.bytesRead).toBeGreaterThan(16 << 20);
  });

  test('a wrong byte at the end of 1 MiB is found', async () => {
    const body = 'x'.repeat(1 << 20);
    const { port } = await serve(answering(reply(`${body.slice(1)}y`)));
    const load = loadOf(port, { expectedBody: Buffer.from(body) });
    const window = await measure(client, load, lostAll);
    expect(window.errors).toEqual({ wrong_bytes: 1 });
    expect(window.firstError).toBe(
      'wrong_bytes: the body differs at byte 1048575: expected "x", received "y"',
    );
  });

  test('a server that answers only when it has all: the rest of a partial write follows', async () => {
    // Requests that no pair of socket buffers can hold at once.
    const pipeline = 20_000;
    let waiting = 0;
    const { port } = await serve((socket, requests) => {
      waiting += requests;
      if (waiting < pipeline) return;
      waiting = 0;
      socket.write(reply().repeat(pipeline));
    });
    const load = loadOf(port, { pipeline, path: `/${'p'.repeat(1000)}` });
    const window = await measure(client, load, completed(pipeline * 2));
    expect(window.errors).toEqual({});
    expect(unaccounted(window)).toBe(0);
  });
});

describe('bad replies end their connection and are named', () => {
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    [
      'another body',
      reply('I am Server!'),
      'wrong_bytes',
      /differs at byte 5.*"server!".*"Server!"/,
    ],
    ['a longer body', reply(`${BODY}!`), 'wrong_bytes', /12 bytes, received Content-Length 13/],
    ['status 404', reply('', '404 Not Found'), 'bad_status', /HTTP\/1.1 404 Not Found/],
    ['status 100', 'HTTP/1.1 100 Continue\r\n\r\n', 'bad_status', /100 Continue/],
    ['not HTTP', 'SSH-2.0-x\r\n', 'protocol', /status line, received "SSH-2.0-x"/],
    ['a bare LF', 'HTTP/1.1 200 OK\n', 'protocol', /CR LF/],
    ['no length', 'HTTP/1.1 200 OK\r\n\r\n', 'protocol', /without Content-Length/],
    ['a bad length', 'HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n', 'protocol', /"1x"/],
    ['no colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n', 'protocol', /"nonsense"/],
    ['folded', 'HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n\r\n', 'protocol', /header line/],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'protocol', /chunked/],
    ['an endless head', 'HTTP/1.1 200 OK\r\n'.padEnd(9000, 'a'), 'protocol', /8192 bytes/],
    ['a reply too many', reply().repeat(2), 'protocol', /answer no request: "HTTP/],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      'protocol',
      /two different/,
    ],
  ];

  test.each(cases)('%s', async (_, text, kind, words) => {
    const { port } = await serve((socket) => socket.write(text));
    const window = await measure(client, loadOf(port), lostAll);
    expect(window.errors).toEqual({ [kind]: 1 });
    expect(window.firstError).toMatch(words);
    expect(window.firstError).toMatch(new RegExp(`^${kind}: `));
    expect(unaccounted(window)).toBe(0);
  });

  test('after good ones', async () => {
    let count = 0;
    const { port } = await serve((socket) => socket.write(++count < 50 ? reply() : reply('no')));
    const window = await measure(client, loadOf(port), lostAll);
    expect(window.errors).toEqual({ wrong_bytes: 1 });
    expect(window.completed).toBe(49);
    expect(unaccounted(window)).toBe(0);
  });

  test('the requests behind a bad reply are lost with it', async () => {
    const { port } = await serve((socket) => socket.write(reply('no')));
    const window = await measure(client, loadOf(port, { pipeline: 16 }), lostAll);
    expect(Object.keys(window.errors)).toEqual(['wrong_bytes']);
    expect(unaccounted(window)).toBe(0);
  });
});

const buckets = (...values: number[]) =>
  Float64Array.from([...values].sort((a, b) => a - b).flatMap((value) => [value, 1]));

const samples = fc.array(fc.integer({ min: 1, max: 1e9 }), { maxLength: 300 });

/** Nearest rank. */
const p99 = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.ceil(0.99 * values.length) - 1] as number;

describe('censored requests', () => {
  test('none: p99 is that of the answered ones', () => {
    expect(censoring(buckets(1, 2, 3), buckets())).toEqual({
      count: 0,
      oldestNs: null,
      responseP99Ns: { lo: 3, hi: 3 },
      movesP99: false,
    });
  });

  test('no requests at all', () => {
    expect(censoring(buckets(), buckets())).toMatchObject({ count: 0, responseP99Ns: null });
  });

  test('one of a thousand young ones does not reach p99', () => {
    const answered = Float64Array.from([100, 980, 200, 20]);
    const found = censoring(answered, buckets(5));
    expect(found).toEqual({
      count: 1,
      oldestNs: 5,
      responseP99Ns: { lo: 200, hi: 200 },
      movesP99: false,
    });
  });

  test('more than one in a hundred: p99 has no upper bound', () => {
    const answered = Float64Array.from([100, 98]);
    const { responseP99Ns, movesP99 } = censoring(answered, buckets(7, 900));
    expect(responseP99Ns).toEqual({ lo: 100, hi: null });
    expect(movesP99).toBe(true);
  });

  test('the bounds hold whatever the censored ones would have come to', () => {
    fc.assert(
      fc.property(samples, samples, fc.integer({ min: 0, max: 1e9 }), (answered, ages, more) => {
        fc.pre(answered.length + ages.length > 0);
        const { responseP99Ns, count, movesP99 } = censoring(
          buckets(...answered),
          buckets(...ages),
        );
        const truth = p99([...answered, ...ages.map((age) => age + more)]);
        expect(count).toBe(ages.length);
        expect(responseP99Ns?.lo).toBeLessThanOrEqual(truth);
        expect(responseP99Ns?.hi ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(truth);
        if (!movesP99) expect(truth).toBeLessThanOrEqual(1.02 * p99([...answered, ...ages]));
      }),
    );
  });
});
