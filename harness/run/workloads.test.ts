/**
 * Every workload, closed and open, on every server that takes part by default. No figure is judged
 * but by what the workload itself makes certain.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nativeClient } from '../load/native.js';
import { discoverVariants } from '../plan/discover.js';
import { conditionOf, parseWorkload } from '../plan/workloads.js';
import type { LoadMode, Results, Trial, Workload, WorkloadName } from '../results/schema.js';
import { repositoryRoot } from '../root.js';
import { run } from './run.js';
import { groupIsAlive, pidsOf, planOf, runInput, temporaryFolder } from './testing.js';

const CONNECTIONS = 4;
const SILENT = 40;
const CLOSED: LoadMode = { kind: 'closed', pipeline: 1 };
const OPEN: LoadMode = { kind: 'open', ratePerS: 40, arrivals: 'fixed' };
/** Four times as fast as those of a real run, so that windows can be short. */
const PACE = 16 * 2 ** 20;
const FAST_READERS: Workload = {
  workload: 'bulk',
  parameters: { replyBytes: 2 ** 20, readBytesPerS: PACE },
};
const USUAL = ['greeting', `idle:${SILENT}`, 'relay', 'work:50', 'sleep:2', 'upload:5000'].flatMap(
  parseWorkload,
);
const PARTS = [
  { asked: USUAL, open: OPEN, windowMs: 100 },
  { asked: [FAST_READERS], open: { ...OPEN, ratePerS: 20 }, windowMs: 800 },
].map(({ asked, open, windowMs }) => ({
  windowMs,
  conditions: asked.flatMap((workload) =>
    [CLOSED, open].map((load) => conditionOf(workload, CONNECTIONS, load)),
  ),
}));
const conditions = PARTS.flatMap((part) => part.conditions);

const results: Results[] = [];
let remove: () => Promise<void>;

beforeAll(async () => {
  const found = await discoverVariants([path.join(repositoryRoot(), 'servers')]);
  const variants = found.filter(({ byDefault }) => byDefault);
  const temporary = await temporaryFolder();
  remove = temporary.remove;
  const names = variants.map(({ name }) => name);
  for (const [index, part] of PARTS.entries()) {
    const plan = planOf(names, { ...part, blocks: 1 });
    const folder = `${temporary.folder}-${index}`;
    const { input } = runInput(folder, variants, { plan, client: nativeClient() });
    results.push((await run(input)).results);
  }
}, 120_000);

afterAll(() => remove());

/** The trials of a workload, closed or open. */
function trialsOf(workload: WorkloadName, kind: LoadMode['kind']): Trial[] {
  const ids = conditions
    .filter((condition) => condition.workload === workload && condition.load.kind === kind)
    .map(({ id }) => id);
  return allTrials().filter(({ condition }) => ids.includes(condition));
}

const allTrials = () => results.flatMap(({ trials }) => trials);

const counter = (trial: Trial, key: string) => trial.server[key]?.value ?? null;
const requests = (trial: Trial) => trial.client?.requestsBetweenStats.value ?? 0;

test('every server answers every workload, byte for byte', () => {
  expect(results.flatMap(({ problems }) => problems).join('\n')).toBe('');
  const subjects = results[0]?.header.subjects ?? [];
  expect(subjects.length).toBeGreaterThan(0);
  expect(allTrials()).toHaveLength(subjects.length * conditions.length);
  const bad = allTrials().filter(({ status }) => status !== 'ok');
  expect(bad.map(({ id, subject, reason }) => `${subject} ${id}: ${reason}`)).toEqual([]);
  for (const { id, counts } of allTrials()) expect(counts?.completed, id).toBeGreaterThan(0);
});

describe.each(['closed', 'open'] as const)('in a load that is %s', (kind) => {
  test('requests are due by a schedule, or not', () => {
    for (const workload of [
      'greeting',
      'idle',
      'relay',
      'bulk',
      'work',
      'sleep',
      'upload',
    ] as const) {
      for (const { counts, latency, id } of trialsOf(workload, kind)) {
        expect(counts?.offered !== null, id).toBe(kind === 'open');
        expect(latency?.response !== null, id).toBe(kind === 'open');
      }
    }
  });

  test('idle: the server holds the silent connections, and they ask nothing', () => {
    for (const trial of trialsOf('idle', kind)) {
      expect(counter(trial, 'connections_open'), trial.id).toBe(CONNECTIONS + SILENT);
    }
  });

  test('relay: a request is two exchanges', () => {
    for (const trial of trialsOf('relay', kind)) {
      const asked = requests(trial) - CONNECTIONS;
      expect(counter(trial, 'reads'), trial.id).toBeGreaterThanOrEqual(2 * asked);
      expect(counter(trial, 'writes'), trial.id).toBeGreaterThanOrEqual(2 * asked);
    }
  });

  test('upload: the server reads every byte of the bodies', () => {
    for (const trial of trialsOf('upload', kind)) {
      const asked = requests(trial) - CONNECTIONS;
      expect(counter(trial, 'bytes_read'), trial.id).toBeGreaterThanOrEqual(5000 * asked);
    }
  });

  test('bulk: readers take their time, and writes wait for them', () => {
    for (const trial of trialsOf('bulk', kind)) {
      const { counts, latency, window } = trial;
      const ms = window ? Number(BigInt(window.endNs) - BigInt(window.startNs)) / 1e6 : 0;
      // And a read of 16 KiB at the window's border.
      const most = CONNECTIONS * ((PACE * ms) / 1000 + 16_384);
      expect(counts?.bytesRead, trial.id).toBeLessThanOrEqual(most);
      expect(counts?.bytesRead, trial.id).toBeGreaterThan(0);
      // The last read has no pause after it.
      if (latency?.service.count) expect(latency.service.min / 1e6, trial.id).toBeGreaterThan(50);
      const again = counter(trial, 'writes_again');
      if (trial.subject === 'callback-epoll') expect(again, trial.id).toBeGreaterThan(0);
    }
  });

  test('work: each request burns its CPU time', () => {
    for (const trial of trialsOf('work', kind)) {
      const us = (counter(trial, 'user_cpu_us') ?? 0) + (counter(trial, 'system_cpu_us') ?? 0);
      // At either border every connection's may be burnt on the other side of it.
      expect(us, trial.id).toBeGreaterThan(50 * (requests(trial) - 2 * CONNECTIONS));
    }
  });

  test('sleep: no reply comes before its time', () => {
    // An open load of a few requests may have had none of its replies within the window.
    const answered = trialsOf('sleep', kind).filter(({ latency }) => latency?.service.count !== 0);
    expect(answered).not.toEqual([]);
    for (const { latency, id } of answered) {
      expect(latency?.service.min, id).toBeGreaterThan(2e6 * 0.998);
    }
  });
});

test('nothing is left', async () => {
  for (const pid of pidsOf(allTrials())) expect(await groupIsAlive(pid)).toBe(false);
});
