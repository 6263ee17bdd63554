import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { conclude } from '../findings/quality.js';
import { addon } from '../load/addon.js';
import { readResults } from '../results/file.js';
import { THRESHOLDS } from '../results/thresholds.js';
import { run } from './run.js';
import {
  fixtureVariant,
  planOf,
  runInput,
  type Stranger,
  startStranger,
  temporaryFolder,
} from './testing.js';

let base: Awaited<ReturnType<typeof temporaryFolder>>;
/** So many that the scheduler leaves the server a small part of its CPU. */
const STRANGERS = 3;
let strangers: Stranger[];

beforeEach(async () => {
  base = await temporaryFolder();
  strangers = await Promise.all(Array.from({ length: STRANGERS }, startStranger));
});

afterEach(async () => {
  await Promise.all(strangers.map(({ end }) => end()));
  await base.remove();
});

test("a neighbour on the server's CPU: blocks are repeated, nothing is concluded", async () => {
  const good = fixtureVariant('good');
  const plan = planOf(['good', 'good-twin'], {
    windowMs: 300,
    // They have one CPU of the two: half of the CPU time at most, and less than a run's own limit.
    thresholds: { ...THRESHOLDS, foreign_cpu_percent: { warn: 2, void: 5, unit: '%' } },
    extraBlocksMax: 1,
    reference: 'good',
  });
  for (const { pid } of strangers) addon().pinProcess(pid, plan.placement.serverCpus);
  const subjects = [
    { id: 'good', variant: good, args: [] },
    { id: 'good-twin', variant: good, aaOf: 'good', args: [] },
  ];
  const { input, events } = runInput(base.folder, [good], { plan, subjects });
  const { results } = await run(input);

  // Two planned blocks and the one of the budget; each ends with its first void trial.
  const spoilt = results.trials.filter(({ status }) => status === 'void');
  expect(spoilt.map(({ block, replaces }) => [block, replaces])).toEqual([
    [0, undefined],
    [1, undefined],
    [2, 0],
  ]);
  for (const { checks, reason } of spoilt) {
    const foreign = checks.find(({ name }) => name === 'foreign_cpu_percent');
    expect(foreign?.level).toBe('void');
    expect(reason).toBeDefined();
  }
  expect(results.quality.level).toBe('invalid');
  expect(results.quality.excluded).toHaveLength(results.trials.length);
  expect(results.outcome).toBe('complete');
  const ratios = results.summary.flatMap((row) => (row.kind === 'ratio' ? [row] : []));
  expect(ratios.length).toBeGreaterThan(0);
  expect(ratios.every(({ decision, ratio }) => decision === null && ratio === null)).toBe(true);
  const notes = events.flatMap((event) => (event.kind === 'note' ? [event.text] : []));
  expect(notes).toContainEqual('block 1 of keepalive-c2 is void and is repeated at the end');

  // From the file alone the same follows.
  const stored = await readResults(path.join(base.folder, 'results.json'));
  expect(conclude(stored.header, stored.trials, stored.evidence).quality).toEqual(results.quality);
});
