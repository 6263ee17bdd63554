import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LoadClient } from '../load/client.js';
import { loadClient } from '../load/clients.js';
import { given } from '../optional.js';
import type { Condition, Plan, Slicing, Trial } from '../results/schema.js';
import { repositoryRoot } from '../root.js';
import { trackedGroups } from '../server/groups.js';
import { Interrupted } from '../server/wait.js';
import { windowSeconds } from '../stats/limit.js';
import { runBlock, visitsOf } from './block.js';
import { benchOf, calm, fixtureBuilt, keepalive, pidsOf, planOf } from './testing.js';

const SLICING = { rounds: 3, firstWarmupMs: 20, warmupMs: 10, windowMs: 60 };

interface Options {
  readonly plan?: Partial<Plan>;
  readonly slicing?: Partial<Slicing>;
  readonly signal?: AbortSignal;
  readonly client?: LoadClient;
  readonly condition?: Condition;
  /** Position of the one whose plan voids whatever it measures. */
  readonly spoilt?: number;
}

function membersOf(names: readonly (readonly [string, ...string[]])[], options: Options = {}) {
  const { condition = keepalive(4), client = loadClient('native'), signal = calm } = options;
  return names.map(([name, ...flags], position) => {
    const plan = planOf([name], { conditions: [condition], ...options.plan });
    const thresholds = position === options.spoilt ? SPOILING : plan.thresholds;
    return {
      place: { subject: `${name}-${position}`, condition, block: 0, position },
      tools: {
        ...benchOf(name, { plan: { ...plan, thresholds }, client, signal }),
        built: fixtureBuilt(name, ...flags),
        args: [],
      },
    };
  });
}

/** No trial has fewer requests without a fate than none. */
const SPOILING = { accounting: { warn: null, void: -1, unit: 'requests' } };

/** All of them in one leg. */
function inTurn(
  names: readonly (readonly [string, ...string[]])[],
  options: Options = {},
): Promise<Trial[]> {
  const members = membersOf(names, options);
  const legs = [members.map(({ place }) => place.subject)];
  return runBlock(members, { ...SLICING, legs, ...options.slicing });
}

const GOOD = ['good'] as const;

describe('the order of visits', () => {
  const REFERENCES = ['r', 't'];
  const legs = [
    [...REFERENCES, 'a', 'b'],
    [...REFERENCES, 'c'],
  ];
  const subjects = ['r', 't', 'a', 'b', 'c'];
  const visits = (seed: string, block = 0, wanted = subjects) =>
    visitsOf(wanted, { ...SLICING, rounds: 6, legs }, { seed }, { condition: keepalive(1), block });
  const text = (all: ReturnType<typeof visits>, round: number) =>
    all.filter((one) => one.round === round).map(({ leg, subject }) => `${leg}${subject}`);

  test('has every subject of every leg once in every round, the references in each leg', () => {
    const all = visits('x');
    const each = legs.flatMap((leg, i) => leg.map((subject) => `${i}${subject}`));
    for (let round = 0; round < 6; round += 1) {
      expect(text(all, round).toSorted()).toEqual(each.toSorted());
      // Those of a leg stand next to each other.
      const order = text(all, round).map((one) => one[0]);
      expect(order.filter((leg, at) => at === 0 || order[at - 1] !== leg)).toHaveLength(2);
    }
  });

  test('mirrors every second round', () => {
    const all = visits('x');
    for (const round of [1, 3, 5]) {
      expect(text(all, round)).toEqual(text(all, round - 1).toReversed());
    }
  });

  test('says which visit of a subject is its first and which its last', () => {
    const all = visits('x');
    for (const subject of subjects) {
      const own = all.filter((one) => one.subject === subject);
      expect(own.map(({ isFirst }) => isFirst).indexOf(true)).toBe(0);
      expect(own.filter(({ isFirst }) => isFirst)).toHaveLength(1);
      expect(own.map(({ isLast }) => isLast).indexOf(true)).toBe(own.length - 1);
    }
    const [only] = visitsOf(
      ['a'],
      { ...SLICING, rounds: 1, legs: [] },
      { seed: 'x' },
      {
        condition: keepalive(1),
        block: 0,
      },
    );
    expect(only).toMatchObject({ isFirst: true, isLast: true, round: 0, leg: 0 });
  });

  test('is that of the seed, and another in another block', () => {
    expect(visits('x')).toEqual(visits('x'));
    const others = ['y', 'z', 'v', 'w'].map((seed) => visits(seed));
    expect(others.some((one) => text(one, 0).join() !== text(visits('x'), 0).join())).toBe(true);
    const blocks = [1, 2, 3, 4].map((block) => visits('x', block));
    expect(blocks.some((one) => text(one, 0).join() !== text(visits('x'), 0).join())).toBe(true);
  });

  test('leaves out who does not take part', () => {
    const all = visits('x', 0, ['r', 'c']);
    expect(new Set(text(all, 0))).toEqual(new Set(['0r', '1r', '1c']));
  });
});

test('each trial has its slices, and is their sum', async () => {
  const trials = await inTurn([GOOD, GOOD]);
  expect(trials.map(({ subject, status }) => [subject, status])).toEqual([
    ['good-0', 'ok'],
    ['good-1', 'ok'],
  ]);
  for (const trial of trials) {
    const { slices = [], counts, client, latency, server } = trial;
    expect(slices.map(({ round, leg }) => [round, leg])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
    const total = (read: (slice: (typeof slices)[number]) => number | null) =>
      slices.reduce((sum, slice) => sum + (read(slice) ?? Number.NaN), 0);
    expect(total(({ completed }) => completed)).toBe(counts?.completed);
    expect(total(({ requests }) => requests)).toBe(server.requests?.value);
    expect(total(({ cpuUs }) => cpuUs)).toBe(
      (server.user_cpu_us?.value ?? 0) + (server.system_cpu_us?.value ?? 0),
    );
    expect(windowSeconds(trial)).toBeCloseTo(total(({ windowNs }) => windowNs) / 1e9, 12);
    expect(latency?.service.count).toBe(counts?.ok);
    // Each pair of lines encloses the whole sleep of its window, less the millisecond by which a
    // timer may fire early. The load thread ends the window when it next runs, so on a busy machine
    // windowNs may be more.
    expect(client?.statsIntervalNs).toBeGreaterThanOrEqual(
      slices.length * (SLICING.windowMs - 1) * 1e6,
    );
    expect(server.connections_open?.value).toBe(4);
  }
});

test('their slices take turns', async () => {
  const trials = await inTurn([GOOD, GOOD]);
  const spans = trials.map(({ window }) => ({
    start: BigInt(window?.startNs ?? 0),
    end: BigInt(window?.endNs ?? 0),
  }));
  const [first, second] = spans.toSorted((a, b) => Number(a.start - b.start));
  if (first === undefined || second === undefined) throw new Error('no windows');
  expect(second.start).toBeLessThan(first.end);
  // Three slices in mirrored order: A B, B A, A B or B A.
  for (const [i, { start, end }] of spans.entries()) {
    const open = windowSeconds(trials[i] as Trial) ?? 0;
    expect(Number(end - start) / 1e9).toBeGreaterThan(open + SLICING.windowMs / 1000);
  }
});

test('a reference in two legs has twice as many slices, in each round and leg one', async () => {
  const legs = [
    ['good-0', 'good-1'],
    ['good-0', 'good-2'],
  ];
  const trials = await inTurn([GOOD, GOOD, GOOD], { slicing: { rounds: 2, legs } });
  const places = trials.map(({ slices = [] }) =>
    slices.map(({ round, leg }) => `${round} ${leg}`).toSorted(),
  );
  expect(places).toEqual([
    ['0 0', '0 1', '1 0', '1 1'],
    ['0 0', '1 0'],
    ['0 1', '1 1'],
  ]);
});

describe('connections', () => {
  const program = path.join(repositoryRoot(), 'build', 'Release', 'callback-epoll');
  const native = (condition: Condition, client?: LoadClient) => {
    const members = membersOf([GOOD, GOOD], { condition, ...given({ client }) }).map(
      ({ place, tools }) => ({
        place,
        tools: { ...tools, built: { ...tools.built, command: [program] } },
      }),
    );
    const legs = [members.map(({ place }) => place.subject)];
    return runBlock(members, { ...SLICING, legs });
  };

  test('are parked between slices: a server accepts no further ones', async () => {
    const seen: string[][] = [];
    for (const { status, reason, server } of await native(keepalive(4), watched(seen))) {
      expect(status, reason).toBe('ok');
      expect(server.accepts?.value).toBe(0);
      expect(server.connections_open?.value).toBe(4);
    }
    // The ports of the client's ends, each time that traffic starts or has stopped.
    expect(seen).toHaveLength(2 * 2 * 3);
    const different = new Set(seen.map((ports) => ports.join()));
    expect(different.size).toBe(2);
    for (const ports of seen) expect(ports).toHaveLength(4);
  });

  test('of a greeting are its own in every slice', async () => {
    const greeting = { ...keepalive(4), id: 'greeting-c4', workload: 'greeting' as const };
    for (const { status, reason, server, slices = [] } of await native(greeting)) {
      expect(status, reason).toBe('ok');
      for (const { completed } of slices) expect(completed).toBeGreaterThan(0);
      const asked = server.requests?.value ?? 0;
      expect(asked).toBeGreaterThan(0);
      // Of those at either border one side may have been counted alone.
      expect(Math.abs((server.accepts?.value ?? 0) - asked)).toBeLessThanOrEqual(3 * 2 * 4);
    }
  });
});

/** The native client, which looks at its connections when traffic starts and has stopped. */
function watched(seen: string[][]): LoadClient {
  const client = loadClient('native');
  const open: LoadClient['open'] = async (load) => {
    const session = await client.open(load);
    const start = session.start.bind(session);
    const pause = session.pause.bind(session);
    session.start = () => {
      seen.push(clientPorts(load.target.port, load.connections));
      start();
    };
    session.pause = async () => {
      const window = await pause();
      seen.push(clientPorts(load.target.port, load.connections));
      return window;
    };
    return session;
  };
  return { ...client, open };
}

/** The kernel's table leaves rows out while connections of others come and go. */
const LOOKS_MAX = 20;

/** Of `wanted` established connections to a port of 127.0.0.1, in hexadecimal; all that there are. */
function clientPorts(port: number, wanted: number): string[] {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const row = new RegExp(` ${local} (\\S+) 01 `, 'g');
  const ports = new Set<string>();
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const before = ports.size;
    const table = readFileSync('/proc/net/tcp', 'latin1');
    for (const [, client = ''] of table.matchAll(row)) ports.add(client);
    // The look that found the last of them is followed by one that finds no others.
    if (before >= wanted && ports.size === before) break;
  }
  return [...ports].toSorted();
}

describe('a void trial', () => {
  test('ends a block whose lives do not overlap: what comes after it is not measured', async () => {
    const members = membersOf([GOOD, GOOD, GOOD], { spoilt: 1 });
    const slicing = { ...SLICING, rounds: 1, windowMs: 300, legs: [] };
    const trials = await runBlock(members, slicing);
    expect(trials.map(({ status }) => status)).toEqual(['ok', 'void']);
    expect(trackedGroups()).toEqual([]);
  });

  test('leaves the figures of those that were measured with it', async () => {
    const trials = await inTurn([GOOD, GOOD, GOOD], { spoilt: 1 });
    expect(trials.map(({ status }) => status)).toEqual(['ok', 'void', 'ok']);
  });
});

test('who fails drops out with its reason, and the others go on', async () => {
  const [good, dead, wrong] = await inTurn([GOOD, ['dies', '--die-after', '5'], ['wrong-byte']]);
  expect(good).toMatchObject({ status: 'ok', slices: { length: 3 } });
  expect(dead?.status).toBe('failed');
  expect(dead?.reason).toMatch(/^dies ended with exit status 3 while it was measured/);
  expect(wrong?.status).toBe('failed');
  expect(wrong?.reason).toMatch(/wrong_bytes: the body differs at byte 10/);
  expect(trackedGroups()).toEqual([]);
});

test('who does not tell its CPU time, or hides it in a process, fails alone', async () => {
  const [good, worker, half, after] = await inTurn(
    [GOOD, ['has-worker'], ['halves-rusage'], GOOD],
    { slicing: { windowMs: 300 } },
  );
  expect([good?.status, after?.status]).toEqual(['ok', 'ok']);
  expect(worker).toMatchObject({ status: 'failed', subject: 'has-worker-1' });
  expect(worker?.reason).toMatch(/^has-worker reports .*processes that it starts count too/);
  expect(half?.reason).toMatch(/^halves-rusage reports \d+ ms of CPU time where the kernel/);
});

test('a server that does not start fails alone; one that ends badly fails at its end', async () => {
  const [absent, good, late] = await inTurn([['exits-at-start'], GOOD, ['crashes-at-stop']]);
  expect(absent).toMatchObject({ status: 'failed', window: null });
  expect(good?.status).toBe('ok');
  expect(late).toMatchObject({ status: 'failed', slices: { length: 3 } });
});

test('an interruption ends all of them', async () => {
  const interruption = new AbortController();
  setTimeout(() => interruption.abort(), 300);
  const running = inTurn([GOOD, GOOD], {
    slicing: { windowMs: 60_000 },
    signal: interruption.signal,
  });
  await expect(running).rejects.toThrow(Interrupted);
  expect(trackedGroups()).toEqual([]);
});

test('none of them is left when they have been measured', async () => {
  const pids = pidsOf(await inTurn([GOOD, GOOD]));
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(() => readlinkSync(`/proc/${pid}/exe`)).toThrow(/ENOENT/);
});
