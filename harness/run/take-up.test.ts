/** Real runs that end early, with real servers, and are taken up again. */
import { appendFile, cp, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { readResults, readTrials } from '../results/file.js';
import { parseTrials, serialiseLine, type TrialsFile } from '../results/parse.js';
import type { Plan, Results, RunHeader, Trial } from '../results/schema.js';
import { trackedGroups } from '../server/groups.js';
import type { Resumed } from './input.js';
import { Journal } from './journal.js';
import { run } from './run.js';
import { resumeOf } from './take-up.js';
import {
  fixtureVariant,
  keepalive,
  planOf,
  resumedInput,
  runInput,
  temporaryFolder,
} from './testing.js';

// Runs take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  ({ folder, remove } = await temporaryFolder());
});

afterEach(async () => {
  expect(trackedGroups()).toEqual([]);
  await remove();
});

const variants = [fixtureVariant('good'), fixtureVariant('few-counters')];
const plan: Plan = planOf(
  variants.map(({ name }) => name),
  { conditions: [keepalive(1), keepalive(2)], windowMs: 150 },
);
const journalFile = () => path.join(folder, 'trials.ndjson');

/** Runs the plan and interrupts it in the block whose first trial has that number, from 1. */
async function interruptIn(number: number, into: string): Promise<Results> {
  const abort = new AbortController();
  const { input } = runInput(into, variants, {
    plan,
    signal: abort.signal,
    onEvent: (event) => {
      if (event.kind === 'trial-start' && event.index === number) abort.abort('SIGINT');
    },
  });
  return (await run(input)).results;
}

/** A run that was interrupted in its second block, and one that was not: made once. */
let early: { readonly folder: string; readonly results: Results };
let whole: Results;
let removeBoth: () => Promise<void>;
beforeAll(async () => {
  const [first, second] = [await temporaryFolder(), await temporaryFolder()];
  removeBoth = async () => void (await Promise.all([first.remove(), second.remove()]));
  early = { folder: first.folder, results: await interruptIn(3, first.folder) };
  whole = (await run(runInput(second.folder, variants, { plan }).input)).results;
});
afterAll(() => removeBoth());

/** The test's folder holds the interrupted run. */
const interrupted = () => cp(early.folder, folder, { recursive: true });

async function resume(overrides: Partial<Resumed> = {}): Promise<Results> {
  const earlier = await readTrials(journalFile());
  return (await run(resumedInput(folder, variants, earlier, overrides))).results;
}

/** What two runs of one plan have in common: everything but what was measured, and when. */
function structure({ header, trials, outcome, problems, summary }: Results): unknown {
  return {
    outcome,
    problems,
    plan: header.plan,
    subjects: header.subjects,
    trials: trials.map(({ id, subject, status, replaces }) => ({ id, subject, status, replaces })),
    summary: summary.map(({ kind, subject, connections, metric }) => ({
      kind,
      subject,
      connections,
      metric,
    })),
  };
}

test('a run that is taken up twice has the structure of one that was never interrupted', async () => {
  await interrupted();
  const first = early.results;
  expect(first).toMatchObject({ outcome: 'partial', trials: { length: 2 } });
  const abort = new AbortController();
  const second = await resume({
    signal: abort.signal,
    onEvent: (event) => {
      if (event.kind === 'trial-start' && event.index === 7) abort.abort('SIGTERM');
    },
  });
  expect(second.problems).toEqual(['interrupted by SIGTERM after 6 of 8 trials']);
  const third = await resume();
  expect(third.trials.slice(0, 6)).toEqual(second.trials);
  expect(second.trials.slice(0, 2)).toEqual(first.trials);
  expect(third.header).toEqual(first.header);
  expect(third.resumes?.map(({ trialsBefore }) => trialsBefore)).toEqual([2, 6]);
  expect(structure(third)).toEqual(structure(whole));
  expect(await readResults(path.join(folder, 'results.json'))).toEqual(third);
  const written = await readTrials(journalFile());
  expect(written).toMatchObject({ trials: third.trials, resumes: third.resumes });
});

test('a run that was killed in the middle of a line measures that block again, and no other', async () => {
  const { trials } = await interruptIn(5, folder);
  const size = (await readFile(journalFile())).length;
  await truncate(journalFile(), size - 100);
  const earlier = await readTrials(journalFile());
  expect(earlier).toMatchObject({ truncated: true, trials: { length: 3 } });
  const notes: string[] = [];
  const finished = await resume({
    onEvent: (event) => {
      if (event.kind === 'note') notes.push(event.text);
    },
  });
  expect(notes[0]).toContain('cut off');
  expect(notes[1]).toContain('goes on after 3 of 8 trials');
  expect(finished).toMatchObject({ outcome: 'complete', trials: { length: 8 } });
  expect(finished.trials.slice(0, 2)).toEqual(trials.slice(0, 2));
  // The third trial was whole, but is of a block that was not.
  expect(finished.trials[2]).toMatchObject({ id: trials[2]?.id });
  expect(finished.trials[2]?.startedAt).not.toBe(trials[2]?.startedAt);
  expect(finished.resumes?.map(({ trialsBefore }) => trialsBefore)).toEqual([2]);
  expect(await readTrials(journalFile())).toMatchObject({
    trials: finished.trials,
    resumes: finished.resumes,
  });
  expect(structure(finished)).toEqual(structure(whole));
});

test('a run that was killed before its first block has ended goes on, too', async () => {
  await interrupted();
  const [header = ''] = (await readFile(journalFile(), 'utf8')).split('\n');
  // Not even its newline was written.
  await writeFile(journalFile(), header);
  expect(await resume()).toMatchObject({ outcome: 'complete', trials: { length: 8 } });
});

test('a subject that had dropped out stays out, and its problems are given', async () => {
  const dying = [fixtureVariant('good'), fixtureVariant('dies', '--die-after', '20')];
  const wanted = planOf(['good', 'dies'], { blocks: 4, windowMs: 150 });
  const measured = await run(runInput(folder, dying, { plan: wanted }).input);
  const lines = (await readFile(journalFile(), 'utf8')).split('\n').slice(0, 5);
  await writeFile(journalFile(), `${lines.join('\n')}\n`);
  const earlier = await readTrials(journalFile());
  const { results } = await run(resumedInput(folder, dying, earlier));
  const ids = (all: readonly Trial[]) => all.map(({ id, status }) => `${id} ${status}`);
  expect(ids(results.trials)).toEqual(ids(measured.results.trials));
  expect(results.problems.slice(0, 3)).toEqual(measured.results.problems.slice(0, 3));
});

test('who failed its check before is a problem of the run still', async () => {
  const some = [fixtureVariant('good'), fixtureVariant('exits-at-start')];
  const abort = new AbortController();
  const { input } = runInput(folder, some, {
    signal: abort.signal,
    onEvent: (event) => {
      if (event.kind === 'trial-start' && event.index === 2) abort.abort('SIGINT');
    },
  });
  await run(input);
  const earlier = await readTrials(journalFile());
  const finished = (await run(resumedInput(folder, some.slice(0, 1), earlier))).results;
  expect(finished.outcome).toBe('partial');
  expect(finished.problems).toEqual([
    expect.stringMatching(/^exits-at-start failed the check: exits-at-start ended/),
  ]);
});

/** The journal of a run after two trials, with another header. */
async function withHeader(change: (header: RunHeader) => RunHeader): Promise<void> {
  await interrupted();
  const { header, trials } = await readTrials(journalFile());
  const lines = [change(header), ...trials].map(serialiseLine);
  await writeFile(journalFile(), lines.join(''));
}

const other = '0123456789abcdef'.repeat(4);

test.each<[string, (header: RunHeader) => RunHeader, RegExp]>([
  [
    'another build',
    ({ subjects, ...rest }) => ({
      ...rest,
      subjects: subjects.map((one) => ({ ...one, build: { ...one.build, sha256: other } })),
    }),
    /good has been built anew since \(0123456789ab, now [0-9a-f]{12}\)$/,
  ],
  [
    'another machine',
    (header) => ({ ...header, environment: { ...header.environment, cpu_model: 'a 6502' } }),
    /it was measured on another machine: cpu_model: a 6502 -> /,
  ],
  [
    'a subject that is not there',
    ({ subjects, ...rest }) => ({
      ...rest,
      subjects: [...subjects, ...subjects.slice(0, 1).map((one) => ({ ...one, id: 'third' }))],
    }),
    /third takes part in it and cannot be measured now$/,
  ],
  [
    'another order',
    (header) => ({
      ...header,
      plan: { ...header.plan, order: header.plan.order.map((blocks) => [...blocks].reverse()) },
    }),
    /trial keepalive-c1-b0-p0 \(good\) is out of order, the plan has few-counters in block 0/,
  ],
])('%s is refused, and the file stays readable', async (_, change, message) => {
  await withHeader(change);
  await expect(resume()).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(message),
    remedy: expect.stringContaining('npm run compare'),
  });
  expect((await readTrials(journalFile())).trials).toHaveLength(2);
});

test('facts that may change are named, and what changes all the time is not', async () => {
  await interrupted();
  const earlier: TrialsFile = await readTrials(journalFile());
  const { environment, harness } = earlier.header;
  const { changed } = resumeOf(earlier, {
    startedAt: 'later',
    environment: { ...environment, cpu_governor: 'powersave', load_average_1m: 99 },
    harness: { ...harness, commit: 'another' },
  });
  expect(changed).toEqual([
    `harness_commit: ${harness.commit ?? 'unknown'} -> another`,
    `cpu_governor: ${environment.cpu_governor ?? 'unknown'} -> powersave`,
  ]);
});

test('a run that goes on elsewhere is not taken up, and nobody writes between its lines', async () => {
  await interrupted();
  const held = await Journal.reopen(folder);
  await expect(resume()).rejects.toMatchObject({
    name: 'UserError',
    message: `another process measures into ${folder}`,
  });
  await held.close();
  expect(await resume()).toMatchObject({ outcome: 'complete' });
});

test('reopening repairs the end of the file and removes what was half written', async () => {
  await interrupted();
  const before = await readFile(journalFile(), 'utf8');
  await appendFile(journalFile(), '{"kind":"tri');
  await writeFile(path.join(folder, 'results.json.4711.tmp'), '{');
  await (await Journal.reopen(folder)).close();
  expect(await readFile(journalFile(), 'utf8')).toBe(before);
  await expect(readFile(path.join(folder, 'results.json.4711.tmp'))).rejects.toMatchObject({
    code: 'ENOENT',
  });
  expect(parseTrials(before, 'x').trials).toHaveLength(2);
});
