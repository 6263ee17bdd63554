/** Both parts from beginning to end, with real processes and sockets. No figure is judged here. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AblationPlan } from '../plan/ablation-plan.js';
import { makeMachine } from '../plan/testing.js';
import { repositoryRoot } from '../root.js';
import type { RunEvent } from '../run/progress.js';
import { run } from '../run/run.js';
import {
  calm,
  cpusForTests,
  fixtureVariant,
  keepalive,
  planOf,
  processesWith,
  temporaryFolder,
} from '../run/testing.js';
import { testClient } from '../run/testing-client.js';
import { estimateRoundsMs } from './measure.js';
import { ROWS } from './rows.js';
import { IDLE_REPETITIONS, type OptionsRequest, runOptions } from './run-options.js';
import { runSwitches, type SwitchesRequest } from './run-switches.js';
import { optionsFileSchema, switchesFileSchema } from './schema.js';

const LIMIT_MS = 180_000;
let folder: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ folder, remove } = await temporaryFolder());
});
afterEach(() => remove());

function switchesRequest(overrides: Partial<SwitchesRequest> = {}): SwitchesRequest {
  return {
    rounds: 1,
    sampleMs: 1,
    seed: 'test',
    placement: cpusForTests(),
    runId: 'micro-test',
    argv: ['micro'],
    root: repositoryRoot(),
    onEvent: () => {},
    signal: calm,
    ...overrides,
  };
}

test('one round has a sample of every row', { timeout: LIMIT_MS }, async () => {
  const file = await runSwitches(switchesRequest());
  expect(switchesFileSchema.parse(file)).toEqual(file);
  const rows = new Set(file.samples.map(({ row }) => row));
  expect([...rows].sort()).toEqual(ROWS.map(({ id }) => id).sort());
  expect(file.environment).toMatchObject({ node: process.version });
  expect(file.rows.filter(({ status }) => status === 'unavailable').length).toBeLessThanOrEqual(3);
});

test('an interruption keeps what was measured', { timeout: LIMIT_MS }, async () => {
  const controller = new AbortController();
  const onEvent = (event: RunEvent) => {
    if (event.kind === 'phase' && event.text === 'round 1 of 1000') controller.abort('SIGINT');
  };
  const { signal } = controller;
  const file = await runSwitches(switchesRequest({ rounds: 1000, onEvent, signal }));
  expect(file.outcome).toBe('partial');
  expect(file.problems[0]).toContain('interrupted after');
  expect(new Set(file.samples.map(({ round }) => round))).toEqual(new Set([0]));
});

test('the estimate grows with rounds and time', () => {
  expect(estimateRoundsMs(20, 25)).toBe(2 * estimateRoundsMs(10, 25));
  expect(estimateRoundsMs(20, 50)).toBeGreaterThan(estimateRoundsMs(20, 25));
});

function plannedFixture(mark: string, blocks: number): AblationPlan {
  const variant = fixtureVariant('good', '--core', mark);
  const ids = ['good', 'good:flagged'];
  return {
    plan: planOf(ids, { conditions: [keepalive(2)], blocks }),
    subjects: [
      { id: 'good', variant, args: [] },
      { id: 'good:flagged', variant, args: ['--name', 'good'] },
    ],
    sets: ids.map((subject) => ({ variant: 'good', label: subject, subject, base: 'good' })),
    plain: ['good'],
    skipped: [],
    notes: [],
  };
}

test('option sets: trials, a floor with each, idle connections', {
  timeout: LIMIT_MS,
}, async () => {
  const mark = `mark-${path.basename(path.dirname(folder))}`;
  const request: OptionsRequest = {
    planned: plannedFixture(mark, 2),
    idleConnections: 8,
    idleMs: 50,
    machine: makeMachine(),
    folder,
    runId: 'micro-test',
    argv: ['micro', '--options'],
    root: repositoryRoot(),
    client: testClient,
    run,
    onEvent: () => {},
    signal: calm,
  };
  const file = await runOptions(request);
  expect(optionsFileSchema.parse(file)).toEqual(file);
  expect(JSON.parse(await readFile(path.join(folder, file.results), 'utf8'))).toMatchObject({
    header: { runId: 'micro-test' },
  });
  // A block opens all its trials before the first ends: none loses its floor.
  const floorOf = ({ block, subject }: { block: number; subject: string }) => `${block} ${subject}`;
  expect(file.floors.map(floorOf).sort()).toEqual([
    ...['0 good', '0 good:flagged', '1 good', '1 good:flagged'],
  ]);
  for (const { line, why } of file.floors) expect(line?.cost.operations, why).toBeGreaterThan(0);
  expect(file.idle.map(({ why, silent }) => why ?? typeof silent)).toEqual(
    Array.from({ length: 2 * IDLE_REPETITIONS }, () => 'number'),
  );
  expect(file.options.map(({ label, verdict }) => `${label} ${verdict}`)).toEqual([
    'good base',
    'good:flagged open',
  ]);
  expect(await processesWith(mark)).toEqual([]);
});

test('idle connections that the machine cannot hold are a problem', {
  timeout: LIMIT_MS,
}, async () => {
  const file = await runOptions({
    planned: plannedFixture('one', 1),
    idleConnections: 9,
    machine: makeMachine({ openFiles: 10 }),
    folder,
    runId: 'micro-test',
    argv: [],
    root: repositoryRoot(),
    client: testClient,
    run,
    onEvent: () => {},
    signal: calm,
  });
  expect(file.idle).toEqual([]);
  expect(file.problems.join()).toContain('9 connections need');
});
