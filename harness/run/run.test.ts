import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../errors.js';
import { readAllowedCpus } from '../probe/proc.js';
import { readResults, readTrials } from '../results/file.js';
import type { Results } from '../results/schema.js';
import { trackedGroups } from '../server/groups.js';
import type { RunOutcome } from './input.js';
import { run } from './run.js';
import {
  fixtureVariant,
  groupIsAlive,
  keepalive,
  pidsOf,
  planOf,
  runInput,
  temporaryFolder,
} from './testing.js';

let folder: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ folder, remove } = await temporaryFolder());
});

afterEach(async () => {
  expect(trackedGroups()).toEqual([]);
  await remove();
});

const good = fixtureVariant('good');
const fewCounters = fixtureVariant('few-counters');

async function nothingIsLeftOf({ results }: RunOutcome): Promise<void> {
  for (const pid of pidsOf(results.trials)) expect(await groupIsAlive(pid)).toBe(false);
}

test('a run measures every subject in the order of the plan and writes it down twice', async () => {
  const before = readAllowedCpus('self');
  const twins = [
    { id: 'good', variant: good, args: [] },
    { id: 'good-twin', variant: good, aaOf: 'good', args: [] },
    { id: 'few-counters', variant: fewCounters, args: [] },
  ];
  const plan = planOf(
    twins.map(({ id }) => id),
    { conditions: [keepalive(1), keepalive(3)] },
  );
  const { input, events } = runInput(folder, [], { subjects: twins, plan });
  const outcome = await run(input);
  const { results } = outcome;
  expect(results).toMatchObject({ outcome: 'complete', problems: [] });
  expect(results.trials.map(({ id, subject, status }) => `${id} ${subject} ${status}`)).toEqual([
    'keepalive-c1-b0-p0 good ok',
    'keepalive-c1-b0-p1 good-twin ok',
    'keepalive-c1-b0-p2 few-counters ok',
    'keepalive-c3-b0-p0 good ok',
    'keepalive-c3-b0-p1 good-twin ok',
    'keepalive-c3-b0-p2 few-counters ok',
    'keepalive-c1-b1-p0 few-counters ok',
    'keepalive-c1-b1-p1 good-twin ok',
    'keepalive-c1-b1-p2 good ok',
    'keepalive-c3-b1-p0 few-counters ok',
    'keepalive-c3-b1-p1 good-twin ok',
    'keepalive-c3-b1-p2 good ok',
  ]);
  expect(new Set(pidsOf(results.trials)).size).toBe(12);
  expect(await readResults(path.join(folder, 'results.json'))).toEqual(results);
  const written = await readTrials(path.join(folder, 'trials.ndjson'));
  expect(written).toEqual({ header: results.header, trials: results.trials, truncated: false });
  expect(results.header).toMatchObject({
    runId: 'test-run',
    skipped: [],
    environment: { node: process.version, kernel: expect.stringContaining('Linux') },
  });
  expect(results.header.subjects[1]).toMatchObject({
    id: 'good-twin',
    variant: 'good',
    aaOf: 'good',
    build: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ready: { mode: 'http', runtime: process.version },
  });
  expect(results.summary.length).toBeGreaterThan(0);
  const kinds = new Set(events.map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['phase', 'trial-start', 'trial-end']));
  expect(events.filter(({ kind }) => kind === 'trial-end').at(-1)).toMatchObject({
    index: 12,
    total: 12,
    remainingMs: 0,
  });
  expect(readAllowedCpus('self')).toEqual(before);
  await nothingIsLeftOf(outcome);
});

test('results.json is not there before the verdicts are in it; nobody judges a batch', async () => {
  const file = path.join(folder, 'results.json');
  const there: boolean[] = [];
  const onEvent = () => there.push(existsSync(file));
  const judge = (unjudged: Results): Results => {
    expect(unjudged).toMatchObject({ outcome: 'complete', trials: { length: 2 } });
    expect(unjudged.claims).toBeUndefined();
    onEvent();
    return { ...unjudged, claims: [] };
  };
  const { results } = await run(runInput(folder, [good], { onEvent, judge }).input);
  expect(there.length).toBeGreaterThan(4);
  expect(there).not.toContain(true);
  expect(results.claims).toEqual([]);
  expect(await readResults(file)).toEqual(results);
  const { input } = runInput(path.join(folder, 'batch'), [good]);
  expect((await run({ ...input, kind: 'batch' })).results.claims).toBeUndefined();
});

test('a subject that fails its check is left out with its output; the others are measured', async () => {
  const variants = [good, fixtureVariant('exits-at-start')];
  const { input, events } = runInput(folder, variants);
  const { results } = await run(input);
  expect(results.outcome).toBe('partial');
  expect(results.problems).toHaveLength(1);
  expect(results.problems[0]).toMatch(
    /^exits-at-start failed the check: exits-at-start ended with exit status 1 before it was ready\. To see more: start it by hand: cd .*\n {2}last output:\n {2}\| bind: Address already in use/,
  );
  expect(results.header.subjects.map(({ id }) => id)).toEqual(['good']);
  expect(results.header.skipped).toMatchObject([{ variant: 'exits-at-start' }]);
  expect(results.trials.map(({ subject }) => subject)).toEqual(['good', 'good']);
  expect(events).toContainEqual(expect.objectContaining({ kind: 'skipped' }));
});

test('a missing tool is a reason to skip, and no problem', async () => {
  const needs = [{ program: 'no-such-tool', hint: 'apt-get install no-such-tool' }];
  const { input } = runInput(folder, [good, { ...fewCounters, needs }]);
  const { results } = await run(input);
  expect(results).toMatchObject({ outcome: 'complete', problems: [] });
  expect(results.header.skipped).toEqual([
    {
      variant: 'few-counters',
      why: 'no-such-tool is not installed: apt-get install no-such-tool',
    },
  ]);
});

test('without its reference the run goes on and says what is missing', async () => {
  const variants = [fixtureVariant('exits-at-start'), good];
  const { results } = await run(runInput(folder, variants).input);
  expect(results.problems[1]).toBe(
    'the reference exits-at-start does not take part, so there are no ratios to it',
  );
  expect(results.trials).toHaveLength(2);
});

test('when no server is left, that is one error with every reason, and no file stays', async () => {
  const variants = [fixtureVariant('exits-at-start'), fixtureVariant('wrong-byte')];
  const error: unknown = await run(runInput(folder, variants).input).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({
    message: 'No server is left to measure',
    output: expect.stringMatching(
      /exits-at-start failed the check[\s\S]*wrong-byte failed the check/,
    ),
  });
  await expect(readFile(folder)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('servers of different cores are not compared', async () => {
  const variants = [
    fixtureVariant('good', '--core', 'aaa'),
    fixtureVariant('few-counters', '--core', 'bbb'),
  ];
  await expect(run(runInput(folder, variants).input)).rejects.toMatchObject({
    message: expect.stringContaining('good (core aaa) and few-counters (core bbb)'),
    remedy: 'npm run build',
  });
});

test('a server that keeps dying is dropped after two trials, and the others keep theirs', async () => {
  const variants = [good, fixtureVariant('dies', '--die-after', '20')];
  // Long enough for 20 requests on a busy machine.
  const plan = planOf(['good', 'dies'], { blocks: 4, windowMs: 300 });
  const outcome = await run(runInput(folder, variants, { plan }).input);
  const { trials, problems } = outcome.results;
  const statuses = (subject: string) =>
    trials.filter((trial) => trial.subject === subject).map(({ status }) => status);
  expect(statuses('dies')).toEqual(['failed', 'failed']);
  expect(statuses('good')).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(outcome.results.outcome).toBe('partial');
  expect(problems).toHaveLength(3);
  expect(problems[0]).toMatch(/^keepalive-c2-b0-p1 \(dies\) failed: dies ended with exit status 3/);
  expect(problems[0]).toContain('assertion failed: connection table is full');
  expect(problems[2]).toBe('dies failed 2 trials in a row and gets no further ones');
  await nothingIsLeftOf(outcome);
});

test('an interruption keeps what was measured and ends the block in flight', async () => {
  const abort = new AbortController();
  const { input, events } = runInput(folder, [good], {
    plan: planOf(['good'], { blocks: 50 }),
    signal: abort.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.kind === 'trial-start' && event.index === 3) abort.abort('SIGINT');
    },
  });
  const outcome = await run(input);
  expect(outcome.results).toMatchObject({
    outcome: 'partial',
    problems: ['interrupted by SIGINT after 2 of 50 trials'],
  });
  const written = await readTrials(path.join(folder, 'trials.ndjson'));
  expect(written.trials).toEqual(outcome.results.trials);
  expect(await readResults(path.join(folder, 'results.json'))).toEqual(outcome.results);
  await nothingIsLeftOf(outcome);
});

test('an interruption before the first block is an error with the exit code of the signal', async () => {
  const abort = new AbortController();
  const { input } = runInput(folder, [good], {
    signal: abort.signal,
    onEvent: (event) => {
      if (event.kind === 'phase' && event.name === 'check') abort.abort('SIGTERM');
    },
  });
  await expect(run(input)).rejects.toMatchObject({
    name: 'UserError',
    message: 'Interrupted by SIGTERM before the first block had ended: nothing was measured',
    exitCode: 143,
  });
  await expect(readFile(folder)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a folder that holds a run is not written over', async () => {
  await run(runInput(folder, [good]).input);
  const before = await readFile(path.join(folder, 'trials.ndjson'), 'utf8');
  await expect(run(runInput(folder, [good]).input)).rejects.toMatchObject({
    name: 'UserError',
    remedy: 'choose another folder with --out: this one holds a run already',
  });
  expect(await readFile(path.join(folder, 'trials.ndjson'), 'utf8')).toBe(before);
});

test('a bug in the middle of a run keeps the trials and is not swallowed', async () => {
  const { input } = runInput(folder, [good], {
    onEvent: (event) => {
      if (event.kind === 'trial-start' && event.index === 2) throw new RangeError('a bug');
    },
  });
  await expect(run(input)).rejects.toThrow(RangeError);
  const results = await readResults(path.join(folder, 'results.json'));
  expect(results.trials).toHaveLength(1);
  expect(results.problems).toEqual(['ended after 1 of 2 trials: a bug']);
});

test('a results.json that cannot be written is an error, and the trials are kept', async () => {
  await mkdir(path.join(folder, 'results.json'), { recursive: true });
  await expect(run(runInput(folder, [good]).input)).rejects.toBeInstanceOf(UserError);
  const written = await readTrials(path.join(folder, 'trials.ndjson'));
  expect(written.trials).toHaveLength(2);
});
