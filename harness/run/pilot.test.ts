import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nativeClient } from '../load/native.js';
import { ratesAround } from '../plan/ladder-plan.js';
import type { SweepSpec } from '../plan/sweep-plan.js';
import { bracketOf } from '../plan/sweep-search.js';
import { readResults, readTrials } from '../results/file.js';
import { trackedGroups } from '../server/groups.js';
import { sweepOf } from '../stats/sweep.js';
import { run } from './run.js';
import { fixtureVariant, planOf, runInput, temporaryFolder } from './testing.js';

let base: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  base = await temporaryFolder();
});
afterEach(async () => {
  expect(trackedGroups()).toEqual([]);
  await base.remove();
});

const SPEC: SweepSpec = {
  slosMs: [2, 900],
  commonShares: [0.1, 0.2],
  ownShares: [0.15],
  pilot: { warmupMs: 20, windowMs: 60 },
};
const good = fixtureVariant('good');

test('a pilot finds capacities and rates, and the plan is made of them', async () => {
  const subjects = [
    { id: 'good', variant: good, args: [] },
    { id: 'good-twin', variant: good, aaOf: 'good', args: [] },
    { id: 'few-counters', variant: fixtureVariant('few-counters'), args: [] },
  ];
  const plan = planOf(
    subjects.map(({ id }) => id),
    { blocks: 1, windowMs: 60 },
  );
  const client = nativeClient();
  const { input } = runInput(base.folder, [], { subjects, plan, client });
  const { results } = await run({ ...input, kind: 'sweep', sweep: SPEC });
  const { header, trials } = results;
  const pilot = header.pilot ?? expect.fail('no pilot');

  expect(pilot.capacities.map(({ subject }) => subject)).toEqual(['good', 'few-counters']);
  for (const { perS } of pilot.capacities) expect(perS).toBeGreaterThan(0);
  expect(pilot.searches.map(({ subject, sloMs }) => `${subject} ${sloMs}`)).toEqual([
    'good 2',
    'good 900',
    'few-counters 2',
    'few-counters 900',
  ]);
  for (const { steps, foundPerS } of pilot.searches) {
    expect(steps.length).toBeGreaterThan(0);
    expect(foundPerS).toBe(bracketOf(steps).held);
    for (const { holds, why } of steps) expect(holds).toBe(why === null);
  }
  expect(header.plan.conditions.every(({ load }) => load.kind === 'open')).toBe(true);
  expect(header.plan.conditions.length).toBeGreaterThanOrEqual(2);
  expect(trials).toHaveLength(header.plan.order.flat(2).length);

  // The pilot's own trials are in no file; what is there says the same again.
  const written = await readTrials(path.join(base.folder, 'trials.ndjson'));
  expect(written.header).toEqual(header);
  expect(await readResults(path.join(base.folder, 'results.json'))).toEqual(results);
  const sweep = sweepOf(header, trials) ?? expect.fail('no sweep');
  expect(sweep.commonRates.length).toBeGreaterThanOrEqual(1);
  expect(sweep.subjects.map(({ subject }) => subject)).toEqual(subjects.map(({ id }) => id));
}, 120_000);

test('without any capacity there is no plan, and the reason is given', async () => {
  const dies = fixtureVariant('dies', '--die-after', '50');
  const client = nativeClient();
  const { input } = runInput(base.folder, [dies], { client });
  await expect(run({ ...input, kind: 'sweep', sweep: SPEC })).rejects.toMatchObject({
    name: 'UserError',
    message: 'The pilot measured no server',
    output: expect.stringContaining('dies: '),
  });
});

test('a ladder is added to the plan, at rates that its pilot found', async () => {
  const subjects = [
    { id: 'good', variant: good, args: [] },
    { id: 'good-twin', variant: good, aaOf: 'good', args: [] },
    { id: 'good:flag', variant: good, args: ['--core', 'c1'] },
  ];
  const ids = subjects.map(({ id }) => id);
  const plan = planOf(ids, { blocks: 2, windowMs: 60 });
  const ladder = {
    connections: 4,
    rates: 5,
    blocks: 1,
    slosMs: [5],
    openFiles: null,
    pilot: { warmupMs: 20, windowMs: 60 },
  };
  const client = nativeClient();
  const { input } = runInput(base.folder, [], { subjects, plan, client, ladder });
  const { results } = await run(input);
  const { header, trials } = results;
  expect(header.pilot).toMatchObject({ slosMs: [5], searches: [{ subject: 'good', sloMs: 5 }] });
  const { capacities, searches } = header.pilot ?? expect.fail('no pilot');
  const found = searches[0]?.foundPerS ?? capacities[0]?.perS ?? expect.fail('no capacity');
  expect(header.pilot?.capacities.map(({ subject }) => subject)).toEqual(['good']);
  const added = header.plan.conditions.slice(1);
  expect(header.plan.conditions[0]).toEqual(plan.conditions[0]);
  const rates = added.map(({ load }) => (load.kind === 'open' ? load.ratePerS : null));
  expect(rates).toEqual(expect.arrayContaining(ratesAround(found, 4)));
  const opened = new Set(added.map(({ id }) => id));
  const open = trials.filter(({ condition }) => opened.has(condition));
  expect(open).toHaveLength(2 * added.length);
  expect(new Set(open.map(({ subject }) => subject))).toEqual(new Set(['good', 'good-twin']));
  expect(trials).toHaveLength(2 * added.length + 3 * 2);
  expect(sweepOf(header, trials)?.subjects.map(({ subject }) => subject)).toEqual([
    'good',
    'good-twin',
  ]);
}, 120_000);

test('without a capacity a ladder is left out, and the rest of the plan is measured', async () => {
  const plan = planOf(['hangs'], { blocks: 1, windowMs: 60 });
  const pilot = { warmupMs: 20, windowMs: 60 };
  const ladder = { connections: 4, rates: 5, blocks: 1, slosMs: [5], openFiles: null, pilot };
  const limits = { extraWarmupMs: 100 };
  const hangs = fixtureVariant('hangs', '--die-after', '3');
  const made = runInput(base.folder, [hangs], { plan, ladder, limits, client: nativeClient() });
  const { results } = await run(made.input);
  expect(results.header.pilot).toBeNull();
  expect(results.header.plan.conditions).toEqual(plan.conditions);
  expect(results.trials).toHaveLength(1);
  expect(results.problems[0]).toMatch(
    /^no open loads are measured: the pilot found no capacity \(/,
  );
});
