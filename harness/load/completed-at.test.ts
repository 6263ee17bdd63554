import { afterAll, beforeAll, expect, test } from 'vitest';
import { addon } from './addon.js';
import type { LoadSession } from './client.js';
import { nativeClient } from './native.js';
import { answering, type FakeServer, fakeServer, loadOf, until } from './testing.js';

let server: FakeServer;
let session: LoadSession;

beforeAll(async () => {
  server = await fakeServer(answering());
  session = await nativeClient().open(loadOf(server.port, { connections: 16 }));
});

afterAll(async () => {
  await session.close();
  await server.close();
});

const at = (instantNs: bigint) => session.completedAt?.(instantNs) ?? expect.fail('no count');

test('counts nothing before the first request', () => {
  expect(at(addon().monotonicNs())).toEqual({ completed: 0, uncertain: 0 });
});

test('gives the count of a moment ago, also when many more have come since', async () => {
  session.start();
  await until(() => session.snapshot().completed > 500);
  const before = session.snapshot().completed;
  const instantNs = addon().monotonicNs();
  const after = session.snapshot().completed;
  await until(() => session.snapshot().completed > after + 2000);
  const { completed, uncertain } = at(instantNs);
  expect(completed + uncertain).toBeGreaterThanOrEqual(before);
  // The load thread publishes its total after each batch, so `after` may lack one: 16 connections.
  expect(completed - uncertain).toBeLessThanOrEqual(after + 16);
  expect(uncertain).toBeLessThanOrEqual(8);
});

test('never decreases from one instant to a later one', async () => {
  const start = addon().monotonicNs();
  const before = session.snapshot().completed;
  await until(() => session.snapshot().completed > before + 500);
  const stepNs = (addon().monotonicNs() - start) / 200n;
  const counts = Array.from({ length: 201 }, (_, i) => at(start + BigInt(i) * stepNs).completed);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(counts.at(-1)).toBeGreaterThan(counts[0] ?? Number.POSITIVE_INFINITY);
});
