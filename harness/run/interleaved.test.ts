import { readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadClient } from '../load/clients.js';
import type { Interleave, Plan, Trial } from '../results/schema.js';
import { windowSeconds } from '../stats/limit.js';
import { runInterleaved } from './interleaved.js';
import { trackedGroups } from './processes.js';
import { calm, fixtureBuilt, keepalive, LIMITS, pidsOf, planOf } from './testing.js';
import { Interrupted } from './wait.js';

const INTERLEAVE: Interleave = { slices: 3, warmupMs: 10, groups: [] };

function interleaved(
  names: readonly (readonly [string, ...string[]])[],
  { plan = {}, signal = calm }: { plan?: Partial<Plan>; signal?: AbortSignal } = {},
): Promise<Trial[]> {
  const condition = keepalive(4);
  const members = names.map(([name, ...flags], position) => ({
    place: { subject: `${name}-${position}`, condition, block: 0, position },
    tools: {
      built: fixtureBuilt(name, ...flags),
      args: [],
      plan: planOf([name], { conditions: [condition], windowMs: 60, ...plan }),
      ...{ client: loadClient('native'), limits: LIMITS, signal },
    },
  }));
  return runInterleaved(members, INTERLEAVE);
}

const GOOD = ['good'] as const;

test('each trial has its slices, and is their sum', async () => {
  const trials = await interleaved([GOOD, GOOD]);
  expect(trials.map(({ subject, status }) => [subject, status])).toEqual([
    ['good-0', 'ok'],
    ['good-1', 'ok'],
  ]);
  for (const trial of trials) {
    const { slices = [], counts, client, latency, server } = trial;
    expect(slices).toHaveLength(3);
    const total = (read: (slice: (typeof slices)[number]) => number | null) =>
      slices.reduce((sum, slice) => sum + (read(slice) ?? Number.NaN), 0);
    expect(total(({ completed }) => completed)).toBe(counts?.completed);
    expect(total(({ requests }) => requests)).toBe(server.requests?.value);
    expect(total(({ cpuUs }) => cpuUs)).toBe(
      (server.user_cpu_us?.value ?? 0) + (server.system_cpu_us?.value ?? 0),
    );
    expect(windowSeconds(trial)).toBeCloseTo(total(({ windowNs }) => windowNs) / 1e9, 12);
    expect(latency?.service.count).toBe(counts?.ok);
    // The two lines enclose each window closely, and leave out what lies between them.
    expect(client?.statsIntervalNs).toBeGreaterThanOrEqual(total(({ windowNs }) => windowNs));
    expect(server.connections_open?.value).toBe(4);
  }
});

test('their slices take turns', async () => {
  const [first, second] = await interleaved([GOOD, GOOD]);
  const span = (trial: Trial | undefined) =>
    [trial?.window?.startNs, trial?.window?.endNs].map((ns) => BigInt(ns ?? 0));
  const [[startA = 0n, endA = 0n], [startB = 0n, endB = 0n]] = [span(first), span(second)];
  expect(startA).toBeLessThan(startB);
  expect(startB).toBeLessThan(endA);
  // Three slices in mirrored order: A B, B A, A B.
  expect(endA).toBeLessThan(endB);
  expect(Number(endA - startA) / 1e9).toBeGreaterThan(windowSeconds(first as Trial) ?? 0);
});

test('who fails drops out with its reason, and the others go on', async () => {
  const [good, dead, wrong] = await interleaved([
    GOOD,
    ['dies', '--die-after', '100'],
    ['wrong-byte'],
  ]);
  expect(good).toMatchObject({ status: 'ok', slices: { length: 3 } });
  expect(dead?.status).toBe('failed');
  expect(dead?.reason).toMatch(/^dies ended with exit status 3 while it was measured/);
  expect(wrong?.status).toBe('failed');
  expect(wrong?.reason).toMatch(/wrong_bytes: the body differs at byte 10/);
  expect(trackedGroups()).toEqual([]);
});

test('a server that does not start fails alone; one that ends badly fails at its end', async () => {
  const [absent, good, late] = await interleaved([['exits-at-start'], GOOD, ['crashes-at-stop']]);
  expect(absent).toMatchObject({ status: 'failed', window: null });
  expect(good?.status).toBe('ok');
  expect(late).toMatchObject({ status: 'failed', slices: { length: 3 } });
});

test('an interruption ends all of them', async () => {
  const interruption = new AbortController();
  setTimeout(() => interruption.abort(), 300);
  const running = interleaved([GOOD, GOOD], {
    plan: { windowMs: 60_000 },
    signal: interruption.signal,
  });
  await expect(running).rejects.toThrow(Interrupted);
  expect(trackedGroups()).toEqual([]);
});

test('none of them is left when they have been measured', async () => {
  const pids = pidsOf(await interleaved([GOOD, GOOD]));
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(() => readlinkSync(`/proc/${pid}/exe`)).toThrow(/ENOENT/);
});
