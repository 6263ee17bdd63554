import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeResults } from '../results/testing.js';
import { FakeRepository, putTrials, standardResults } from './testing.js';

let repository: FakeRepository;
beforeEach(async () => {
  repository = await FakeRepository.create();
});
afterEach(() => repository.remove());

const ID = '20261126-080000-abcd';

/** A run that was killed: trials and no results. */
async function putKilled(): Promise<string> {
  const folder = path.join(repository.reports, ID);
  const { header, ...rest } = standardResults();
  await putTrials(folder, { ...rest, header: { ...header, runId: ID } });
  return folder;
}

test('hands the run its own plan, subjects, folder and trials', async () => {
  const folder = await putKilled();
  const { code, stderr } = await repository.cli(['compare', '--resume', ID]);
  const { header, trials } = standardResults();
  expect(code).toBe(0);
  expect(stderr).toContain(`taking up ${ID} of `);
  expect(repository.input).toMatchObject({ kind: 'resumed', folder, runId: ID });
  expect(repository.plan).toEqual(header.plan);
  expect(repository.input?.subjects.map(({ id }) => id)).toEqual(
    header.subjects.map(({ id }) => id),
  );
  expect(repository.inputOf('resumed').earlier.trials).toEqual(trials);
  expect(repository.input).not.toHaveProperty('calibration');
  expect(await readFile(path.join(folder, 'report.html'), 'utf8')).toContain('<!doctype html>');
});

test('an interrupted run is taken up by the command that it named', async () => {
  const partial = makeResults({ blocks: 8, windowMs: 1000 });
  partial.header.runId = ID;
  partial.outcome = 'partial';
  partial.problems = ['interrupted by SIGINT after 2 of 9 trials'];
  await repository.putRun(ID, partial);
  expect((await repository.cli(['compare', '--resume', ID])).code).toBe(0);
});

test('a run that is interrupted names the command that goes on', async () => {
  const { stderr } = await repository.cli(['compare', '--out', 'elsewhere'], {
    deps: repository.deps({
      run: async (input) => {
        const results = standardResults();
        await putTrials(input.folder, results);
        throw new Error('killed');
      },
    }),
  });
  expect(stderr).toMatch(
    /to measure what is missing: iomodels compare --resume \d{8}-\d{6}-[0-9a-f]{4} --out elsewhere\n/,
  );
});

test.each([
  [['--resume', 'nothing'], /there is no run nothing in /],
  [['--resume', '../x'], /there is no run \.\.\/x in /],
  [['--resume', ID, '--blocks', '3'], /--blocks cannot stand beside --resume/],
  [['--resume', ID, '--seed', 'a', '--sweep'], /--sweep, --seed cannot stand beside --resume/],
])('%j is refused', async (options, message) => {
  await putKilled();
  const { code, stderr } = await repository.cli(['compare', ...options]);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(repository.input).toBeUndefined();
});

test('a complete run is left alone', async () => {
  await repository.putRun(ID);
  const { code, stderr } = await repository.cli(['compare', '--resume', ID]);
  expect(code).toBe(1);
  expect(stderr).toContain('is complete: nothing is missing');
});

test('a variant that is gone is named, with what helps', async () => {
  await putKilled();
  await rm(path.join(repository.root, 'servers', 'callback-epoll'), { recursive: true });
  const { code, stderr } = await repository.cli(['compare', '--resume', ID]);
  expect(code).toBe(1);
  expect(stderr).toContain('the variant callback-epoll takes part in the run and is not here');
  expect(stderr).toContain('--variant-dir');
});

test('a journal without a header cannot be taken up, and says so', async () => {
  const folder = await putKilled();
  await writeFile(path.join(folder, 'trials.ndjson'), '{"kind":"run","sch');
  const { code, stderr } = await repository.cli(['compare', '--resume', ID]);
  expect(code).toBe(1);
  expect(stderr).toContain('holds no complete line');
});
