/** Every conformance case can fail: each wrong server, and the case that catches it. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { discoverVariants } from '../plan/discover.js';
import type { Variant } from '../plan/variant.js';
import { repositoryRoot } from '../root.js';
import type { Program } from '../server/built.js';
import { setWaitLimit } from '../server/wait.js';
import { CASES } from './cases.js';
import { conform } from './conform.js';

const FIXTURE = path.join(import.meta.dirname, 'fixtures', 'wrong.mjs');
const calm = new AbortController().signal;

type Row = readonly [wrong: string, caughtBy: string, reason: RegExp];

const EXACT: readonly Row[] = [
  ['says-another-name', 'ready', /got .*variant: 'other'/],
  ['takes-unknown-flags', 'flags', /refuses an unknown flag/],
  ['counts-backwards', 'stats', /reads fell from \d+ to \d+/],
  ['sets-no-keep-alive', 'sockets', /probes an idle connection/],
  ['sends-a-wrong-byte', 'targets', /got .*serven!/],
  ['serves-one-request-at-a-time', 'sleep', /still waiting for/],
  ['answers-uploads-early', 'upload', /it answered before the body was whole/],
  ['relays-something-else', 'relay', /got .*from beyond.*, not .*from behind/],
  ['takes-a-segment-for-a-request', 'split', /got .*400 Bad Request/],
  ['answers-the-first-of-a-segment', 'pipelining', /2 requests in one segment: .*still waiting/],
  ['minds-the-case-of-headers', 'accepted', /a header name in another case: got .*400/],
  ['takes-control-characters', 'malformed', /NUL in a value/],
  ['takes-heads-of-any-size', 'oversized', /a head of 8193 bytes/],
  ['takes-all-that-comes', 'back-pressure', /read \d+ bytes while a write was pending/],
  ['hangs-up-at-half-close', 'half-close', /an answer that takes its time/],
  ['never-closes', 'closing', /still waiting for end of file/],
  ['resets-at-the-end', 'linger', /a 400 arrives although/],
  ['dies-of-a-reset', 'reset', /the server ended with exit status 3/],
  ['serves-one-connection-at-a-time', 'slow-clients', /still waiting/],
  ['holds-others-up', 'fair', /it used \d+ ms of CPU time while|after \d+ ms still waiting/],
  ['leaks-descriptors', 'crowds', /from \d+ to 1\d\d\d descriptors/],
  ['dies-without-descriptors', 'descriptors', /descriptors? .*(exit status 3|got "")/],
  ['does-no-work', 'honest', /\d+ us of work took \d+ us of CPU time/],
  ['answers-from-memory', 'honest', /answers follow the requests/],
  ['counts-twice', 'counters', /requests: 200/],
  ['greets-at-once', 'greeting', /I am server!I am server!/],
  ['stops-at-once', 'stop', /SIGTERM/],
  ['leaves-a-process', 'stop', /left process \d+ running in a session of its own/],
  ['outlives-its-harness', 'orphan', /the end of process/],
];

const PLAIN: readonly Row[] = [
  ['says-another-name', 'ready', /got .*variant: 'other'/],
  ['counts-backwards', 'stats', /reads fell from \d+ to \d+/],
  ['sends-a-wrong-byte', 'targets', /got "I am serven!"/],
  ['takes-a-segment-for-a-request', 'split', /split at byte 1: .*got 400/],
  ['takes-control-characters', 'malformed', /refuses NUL in a header: .*200 OK/],
  ['takes-heads-of-any-size', 'oversized', /a header of 2 MiB: .*200 OK/],
  ['serves-one-connection-at-a-time', 'back-pressure', /still waiting/],
  ['hangs-up-at-half-close', 'half-close', /the connection ended after/],
  ['counts-twice', 'counters', /requests: 100/],
];

/** As nginx is: no control lines, its port chosen by us, counted from outside. */
const OUTSIDE: readonly Row[] = [
  ['sends-a-wrong-byte', 'targets', /got "I am serven!"/],
  ['takes-a-segment-for-a-request', 'split', /split at byte \d+: .*got 400/],
  ['takes-control-characters', 'malformed', /refuses NUL in a header: .*200 OK/],
  ['serves-one-connection-at-a-time', 'slow-clients', /still waiting/],
  ['hangs-up-at-half-close', 'half-close', /the connection ended after/],
  ['leaks-descriptors', 'crowds', /from \d+ to 1\d\d\d descriptors/],
  ['stays', 'stop', /still waiting for the end of process/],
];

let native: Variant;
let before: number;
beforeAll(async () => {
  const variants = await discoverVariants([path.join(repositoryRoot(), 'servers')]);
  native = variants.find(({ name }) => name === 'callback-epoll') as Variant;
  before = setWaitLimit(4_000);
});
afterAll(() => setWaitLimit(before));

type Form = 'exact' | 'plain' | 'outside';

function behind(kind: string, form: Form): Program {
  const file = path.join(repositoryRoot(), 'build/Release', native.name);
  const command = [process.execPath, FIXTURE, kind, file];
  const workdir = repositoryRoot();
  if (form !== 'outside') return { variant: { ...native, answers: form }, command, workdir };
  const variant: Variant = { ...native, answers: 'plain', control: 'none' };
  // biome-ignore lint/suspicious/noTemplateCurlyInString: places that the harness fills
  return { variant, command: [...command, '--listen', '${host}:${port}'], workdir };
}

async function failureOf(kind: string, name: string, form: Form) {
  const cases = CASES.filter((one) => one.name === name);
  const [result] = await conform(behind(kind, form), cases, calm);
  return result?.failure;
}

test('every case has a wrong server that it catches', () => {
  const caught = new Set(EXACT.map(([, name]) => name));
  expect(CASES.map(({ name }) => name).filter((name) => !caught.has(name))).toEqual([]);
});

const LIMITS = { timeout: 60_000 };

describe.each([
  ['exact answers', 'exact', EXACT],
  ['plain answers', 'plain', PLAIN],
  ['without control', 'outside', OUTSIDE],
] as const)('%s', LIMITS, (_, form, rows) => {
  test.concurrent.each(rows)('%s: caught by %s', async (kind, name, reason) => {
    const failure = await failureOf(kind, name, form);
    expect(`${failure?.check}: ${failure?.reason}`).toMatch(reason);
  });
});

test('the proxy itself makes nothing wrong', LIMITS, async () => {
  for (const name of ['split', 'pipelining', 'half-close', 'linger', 'reset', 'honest']) {
    expect(await failureOf('right', name, 'exact'), name).toBeNull();
  }
});
