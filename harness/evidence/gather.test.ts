/** All of it from real servers, in short form: what a default run gathers, and what it then says. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgeClaims } from '../claims/index.js';
import { discoverVariants } from '../plan/discover.js';
import { findProgram } from '../programs.js';
import { type Evidence, evidenceSchema, NOT_REACHED } from '../results/evidence.js';
import { readResults } from '../results/file.js';
import type { Results } from '../results/schema.js';
import { repositoryRoot } from '../root.js';
import { run } from '../run/run.js';
import type { RunSubject } from '../run/subject.js';
import { calm, keepalive, planOf, runInput, temporaryFolder } from '../run/testing.js';
import { trackedGroups } from '../server/groups.js';
import type { Amounts } from './amounts.js';
import { gatherer } from './gather.js';
import { canTrace } from './traced-server.js';

const SHORT: Amounts = {
  who: 'roles',
  switches: { rounds: 1, sampleMs: 1 },
  wakeupsMs: 300,
  memory: { connections: [0, 100, 200], repetitions: 1, idleMs: 50 },
};
const LIMIT_MS = 180_000;
const COROUTINE = 'coroutine-epoll';
const GO = 'go-net';

const canHave = {
  go: findProgram('go') !== null,
  trace: (await canTrace(calm)).ok,
};

async function subjectsFor(names: readonly string[]): Promise<RunSubject[]> {
  const variants = await discoverVariants([path.join(repositoryRoot(), 'servers')]);
  return variants
    .filter(({ name }) => names.includes(name))
    .map((variant) => ({ id: variant.name, variant, args: [] }));
}

async function runWith(
  names: readonly string[],
  amounts: Amounts,
  signal = calm,
): Promise<Results> {
  const { folder, remove } = await temporaryFolder();
  try {
    const subjects = await subjectsFor(names);
    const ids = subjects.map(({ id }) => id);
    const plan = planOf(ids, { conditions: [keepalive(2)], blocks: 1, windowMs: 50 });
    const gather = gatherer(amounts);
    const { results } = await run(runInput(folder, [], { subjects, plan, gather, signal }).input);
    expect(await readResults(path.join(folder, 'results.json'))).toEqual(results);
    return results;
  } finally {
    await remove();
  }
}

describe.skipIf(!canHave.trace || !canHave.go)('with strace and Go', () => {
  let results: Results;
  let evidence: Evidence;
  beforeAll(async () => {
    results = await runWith([COROUTINE, GO, 'thread-per-connection', 'callback-epoll'], SHORT);
    evidence = results.evidence ?? expect.fail('no evidence');
  }, LIMIT_MS);
  afterAll(() => expect(trackedGroups()).toEqual([]));

  test('every part is there, and has the shape of results', () => {
    expect(results.problems).toEqual([]);
    expect(evidenceSchema.parse(evidence)).toEqual(evidence);
    for (const [name, { why }] of Object.entries(evidence)) expect(why, name).toBeNull();
  });

  test('both traces go through all phases, and writes find no room in bulk', () => {
    const traces = evidence.traces.items ?? [];
    expect(traces.map(({ subject }) => subject).sort()).toEqual([COROUTINE, GO]);
    for (const { phases } of traces) {
      expect(phases.map(({ phase }) => phase)).toEqual([
        ...['listen', 'accept', 'request', 'close', 'bulk', 'stop'],
      ]);
      const bulk = phases.find(({ phase }) => phase === 'bulk')?.calls ?? [];
      expect(bulk.some((one) => one.call === 'write' && one.result === 'EAGAIN')).toBe(true);
      expect(bulk.every(({ on }) => on !== 'connection')).toBe(true);
    }
  });

  test.each(['epoll-flags', 'accept-parks', 'accept-adds', 'read-parks', 'write-parks'])(
    '%s is seen on both servers',
    (id) => {
      const judged = judgeClaims(results).find(({ claim }) => claim.id === id);
      expect(judged).toMatchObject({ decision: { flips: [], basedOn: { length: 2 } } });
      expect(judged).toMatchObject({ decision: { verdict: 'supported' } });
    },
  );

  test('listen-sequence is decided: all six steps are found', () => {
    const judged = judgeClaims(results).find(({ claim }) => claim.id === 'listen-sequence');
    expect(judged).toMatchObject({ decision: { because: null } });
    expect(JSON.stringify(judged)).toContain('6 of 6 steps');
  });

  test('wake-ups under three loads: ours by counters, those of Go by trace', () => {
    const items = evidence.wakeups.items ?? [];
    expect(items.map((one) => `${one.subject} ${one.load} ${one.instrument}`).sort()).toEqual(
      [
        ...['idle', 'medium', 'saturated'].map((load) => `${COROUTINE} ${load} counters`),
        ...['idle', 'medium', 'saturated'].map((load) => `${GO} ${load} strace`),
      ].sort(),
    );
    for (const { requests, counts, load } of items) {
      expect(requests, load).toBeGreaterThan(0);
      expect((counts.find_runnable_blocking ?? 0) + (counts.sysmon ?? 0)).toBeGreaterThan(0);
    }
  });

  test('memory of each server, in both parts', () => {
    const items = evidence.memory.items ?? [];
    expect(items).toHaveLength(8);
    for (const { bytesPerConnection, connections, kind, lo } of items) {
      expect(connections).toEqual([0, 100, 200]);
      expect(lo).toBeNull();
      if (kind === 'user') expect(bytesPerConnection).toBeGreaterThan(0);
    }
  });

  test('sources and switch rows', () => {
    expect(evidence.sources.items).toHaveLength(8);
    const names = new Set(evidence.switchCosts.items?.map(({ name }) => name));
    expect([...names]).toEqual(expect.arrayContaining(['thread-pipe', 'gosched', 'floor-64']));
  });
});

test('an interruption keeps the parts that are there', { timeout: LIMIT_MS }, async () => {
  const controller = new AbortController();
  const { folder, remove } = await temporaryFolder();
  const subjects = await subjectsFor([COROUTINE]);
  const plan = planOf([COROUTINE], { conditions: [keepalive(2)], blocks: 1, windowMs: 50 });
  const onEvent = (event: { kind: string; text?: string }) => {
    if (event.kind === 'phase' && event.text?.startsWith('memory')) controller.abort('SIGINT');
  };
  const { signal } = controller;
  const given = { subjects, plan, gather: gatherer({ ...SHORT, wakeupsMs: 50 }), signal, onEvent };
  const { results } = await run(runInput(folder, [], given).input);
  await remove();
  expect(results.outcome).toBe('partial');
  expect(results.evidence?.sources.items).toHaveLength(2);
  expect(results.evidence?.memory).toEqual({ items: null, why: NOT_REACHED });
  expect(results.evidence?.switchCosts).toEqual({ items: null, why: NOT_REACHED });
});

if (!canHave.trace || !canHave.go) {
  const why =
    'SKIPPED the evidence of real servers: it needs strace, the permission to trace, and Go';
  console.warn(why);
  test(why, (context) => context.skip(why));
}
