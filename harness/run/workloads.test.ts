/**
 * Every workload, closed and open, on every server that takes part by default. No figure is judged
 * but by what the workload itself makes certain.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nativeClient } from '../load/native.js';
import { discoverVariants } from '../plan/discover.js';
import { conditionOf, parseWorkload } from '../plan/workloads.js';
import type { LoadMode, Results, Trial, WorkloadName } from '../results/schema.js';
import { repositoryRoot } from '../root.js';
import { run } from './run.js';
import { groupIsAlive, pidsOf, planOf, runInput, temporaryFolder } from './testing.js';

const CONNECTIONS = 4;
const SILENT = 40;
const REPLY_BYTES = 512 * 1024;
const ASKED = ['greeting', `idle:${SILENT}`, 'relay', `bulk:${REPLY_BYTES}`, 'work:50', 'sleep:2'];
const CLOSED: LoadMode = { kind: 'closed', pipeline: 1 };
const OPEN: LoadMode = { kind: 'open', ratePerS: 40, arrivals: 'fixed' };
const conditions = ASKED.flatMap(parseWorkload).flatMap((workload) =>
  [CLOSED, OPEN].map((load) => conditionOf(workload, CONNECTIONS, load)),
);

let results: Results;
let remove: () => Promise<void>;

beforeAll(async () => {
  const found = await discoverVariants([path.join(repositoryRoot(), 'servers')]);
  const variants = found.filter(({ byDefault }) => byDefault);
  const temporary = await temporaryFolder();
  remove = temporary.remove;
  const names = variants.map(({ name }) => name);
  const plan = planOf(names, { conditions, blocks: 1, windowMs: 150 });
  const { input } = runInput(temporary.folder, variants, { plan, client: nativeClient() });
  ({ results } = await run(input));
}, 120_000);

afterAll(() => remove());

/** The trials of a workload, closed or open. */
function trialsOf(workload: WorkloadName, kind: LoadMode['kind']): Trial[] {
  const ids = conditions
    .filter((condition) => condition.workload === workload && condition.load.kind === kind)
    .map(({ id }) => id);
  return results.trials.filter(({ condition }) => ids.includes(condition));
}

const counter = (trial: Trial, key: string) => trial.server[key]?.value ?? null;
const requests = (trial: Trial) => trial.client?.requestsBetweenStats.value ?? 0;

test('every server answers every workload, byte for byte', () => {
  expect(results.problems).toEqual([]);
  const { subjects } = results.header;
  expect(subjects.length).toBeGreaterThan(0);
  expect(results.trials).toHaveLength(subjects.length * conditions.length);
  const bad = results.trials.filter(({ status }) => status !== 'ok');
  expect(bad.map(({ id, subject, reason }) => `${subject} ${id}: ${reason}`)).toEqual([]);
  for (const { id, counts } of results.trials) expect(counts?.completed, id).toBeGreaterThan(0);
});

describe.each(['closed', 'open'] as const)('in a load that is %s', (kind) => {
  test('requests are due by a schedule, or not', () => {
    for (const workload of ['greeting', 'idle', 'relay', 'bulk', 'work', 'sleep'] as const) {
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

  test('bulk: readers take their time, and writes wait for them', () => {
    for (const trial of trialsOf('bulk', kind)) {
      const { counts, latency, window } = trial;
      const ms = window ? Number(BigInt(window.endNs) - BigInt(window.startNs)) / 1e6 : 0;
      // 4 MiB/s for each, and a read of 16 KiB at the window's border.
      const most = CONNECTIONS * ((4 * 2 ** 20 * ms) / 1000 + 16_384);
      expect(counts?.bytesRead, trial.id).toBeLessThanOrEqual(most);
      expect(counts?.bytesRead, trial.id).toBeGreaterThan(0);
      // The last read has no pause after it.
      if (latency?.service.count) expect(latency.service.min / 1e6, trial.id).toBeGreaterThan(100);
      const again = counter(trial, 'writes_again');
      if (trial.subject === 'callback-epoll') expect(again, trial.id).toBeGreaterThan(0);
    }
  });

  test('work: each request burns its CPU time in user space', () => {
    for (const trial of trialsOf('work', kind)) {
      const us = (counter(trial, 'user_cpu_us') ?? 0) / requests(trial);
      // One request at each border may be burnt on the other side of it.
      expect(us, trial.id).toBeGreaterThan(50 * (1 - (2 * CONNECTIONS) / requests(trial)));
    }
  });

  test('sleep: no reply comes before its time', () => {
    for (const { latency, id } of trialsOf('sleep', kind)) {
      expect(latency?.service.min, id).toBeGreaterThan(2e6 * 0.998);
    }
  });
});

test('nothing is left', async () => {
  for (const pid of pidsOf(results.trials)) expect(await groupIsAlive(pid)).toBe(false);
});
