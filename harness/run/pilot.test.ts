import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nativeClient } from '../load/native.js';
import { discoverVariants } from '../plan/discover.js';
import { ratesAround } from '../plan/ladder-plan.js';
import type { SweepSpec } from '../plan/sweep-plan.js';
import { bracketOf } from '../plan/sweep-search.js';
import type { Variant } from '../plan/variant.js';
import { readResults, readTrials } from '../results/file.js';
import type { Pilot } from '../results/header.js';
import { repositoryRoot } from '../root.js';
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
/** Servers that start in no time: a pilot starts one for each of its steps. */
const good = await shipped('callback-epoll');
const other = await shipped('coroutine-stackless');

async function shipped(wanted: string): Promise<Variant> {
  const all = await discoverVariants([path.join(repositoryRoot(), 'servers')]);
  return all.find(({ name }) => name === wanted) ?? expect.fail(`no variant ${wanted}`);
}

function checkSearches({ searches }: Pilot): void {
  for (const { steps, foundPerS } of searches) {
    expect(steps.length).toBeGreaterThan(0);
    expect(foundPerS).toBe(bracketOf(steps).held);
    for (const { holds, why } of steps) expect(holds).toBe(why === null);
  }
}

test('a pilot finds capacities and rates, and the plan is made of them', async () => {
  const subjects = [
    { id: 'good', variant: good, args: [] },
    { id: 'good-twin', variant: good, aaOf: 'good', args: [] },
    { id: 'other', variant: other, args: [] },
  ];
  const plan = planOf(
    subjects.map(({ id }) => id),
    // A tenth of the capacity of a busy machine: long enough for some requests.
    { blocks: 1, windowMs: 200 },
  );
  const client = nativeClient();
  const { input } = runInput(base.folder, [], { subjects, plan, client });
  const { results } = await run({ ...input, kind: 'sweep', sweep: SPEC });
  const { header, trials } = results;
  const pilot = header.pilot ?? expect.fail('no pilot');

  expect(pilot.capacities.map(({ subject }) => subject)).toEqual(['good', 'other']);
  for (const { perS } of pilot.capacities) expect(perS).toBeGreaterThan(0);
  expect(pilot.searches.map(({ subject, sloMs }) => `${subject} ${sloMs}`)).toEqual([
    'good 2',
    'good 900',
    'other 2',
    'other 900',
  ]);
  checkSearches(pilot);
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

const LADDER = {
  connections: 4,
  rates: 5,
  blocks: 1,
  slosMs: [5],
  openFiles: null,
  pilot: { warmupMs: 20, windowMs: 60 },
};

test('a ladder is added to the plan, at rates that its pilot found', async () => {
  const subjects = [
    { id: 'good', variant: good, args: [] },
    { id: 'good-twin', variant: good, aaOf: 'good', args: [] },
    { id: 'good:flag', variant: good, args: ['--trigger', 'level'] },
  ];
  const ids = subjects.map(({ id }) => id);
  const plan = planOf(ids, { blocks: 2, windowMs: 60 });
  // So few that the lives do not overlap: each has one window of 60 ms in place of 20 of 100 ms.
  const ladder = { ...LADDER, openFiles: 8 };
  const client = nativeClient();
  const { input } = runInput(base.folder, [], { subjects, plan, client, ladder });
  const { results } = await run(input);
  const { header, trials } = results;
  expect(header.pilot).toMatchObject({ slosMs: [5], searches: [{ subject: 'good', sloMs: 5 }] });
  const pilot = header.pilot ?? expect.fail('no pilot');
  checkSearches(pilot);
  const { capacities, searches } = pilot;
  const found = searches[0]?.foundPerS ?? capacities[0]?.perS ?? expect.fail('no capacity');
  expect(capacities.map(({ subject }) => subject)).toEqual(['good']);
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

test('one rate for all is measured slice by slice, in turn', async () => {
  const subjects = [
    { id: 'good', variant: good, args: [] },
    { id: 'good-twin', variant: good, aaOf: 'good', args: [] },
  ];
  const plan = planOf(['good', 'good-twin'], { blocks: 1, windowMs: 60 });
  const ladder = { ...LADDER, rates: 1 };
  const client = nativeClient();
  const { input } = runInput(base.folder, [], { subjects, plan, client, ladder });
  const { header, trials } = (await run(input)).results;
  expect(header.pilot?.searches).toEqual([]);
  const [, added] = header.plan.conditions;
  expect(added?.load).toMatchObject({ kind: 'open' });
  const sliced = header.plan.slicing?.[added?.id ?? ''];
  expect(sliced?.legs).toEqual([['good', 'good-twin']]);
  const open = trials.filter(({ condition }) => condition === added?.id);
  expect(open.map(({ status, reason }) => reason ?? status)).toEqual(['ok', 'ok']);
  for (const { slices } of open) expect(slices).toHaveLength(sliced?.rounds ?? 0);
}, 120_000);

test('without a capacity a ladder is left out, and the rest of the plan is measured', async () => {
  const plan = planOf(['dies'], { blocks: 1, windowMs: 60 });
  // It answers the three requests of the check, and none of a load of four connections.
  const dies = fixtureVariant('dies', '--die-after', '3');
  const made = runInput(base.folder, [dies], { plan, ladder: LADDER, client: nativeClient() });
  const { results } = await run(made.input);
  expect(results.header.pilot).toBeNull();
  expect(results.header.plan.conditions).toEqual(plan.conditions);
  expect(results.trials).toHaveLength(1);
  expect(results.problems[0]).toMatch(
    /^no open loads are measured: the pilot found no capacity \(/,
  );
});
