import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../errors.js';
import { readResults, readTrials, writeResults } from './file.js';
import { serialiseLine, serialiseResults } from './parse.js';
import { makeResults } from './testing.js';

const results = makeResults({ subjects: ['go-net'], connections: [1], blocks: 2 });
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iomodels-results-'));
});

afterEach(() => rm(folder, { recursive: true }));

test('results.json is written whole and read back; nothing else is left', async () => {
  const path = join(folder, 'results.json');
  await writeResults(path, results);
  await writeResults(path, { ...results, problems: ['again'] });
  expect((await readResults(path)).problems).toEqual(['again']);
  expect(await readdir(folder)).toEqual(['results.json']);
});

test('a value that breaks the schema leaves the file as it was', async () => {
  const path = join(folder, 'results.json');
  await writeResults(path, results);
  const broken = { ...results, finishedAt: 7 } as unknown as typeof results;
  await expect(writeResults(path, broken)).rejects.toThrow();
  expect(await readFile(path, 'utf8')).toBe(serialiseResults(results));
});

test('a folder that is not there: a UserError with the path', async () => {
  const path = join(folder, 'nowhere', 'results.json');
  await expect(writeResults(path, results)).rejects.toThrow(UserError);
  await expect(writeResults(path, results)).rejects.toThrow(path);
});

test('a full disk: a UserError that says so, the old file as it was, no other left', async () => {
  const path = join(folder, 'results.json');
  await writeResults(path, results);
  await symlink('/dev/full', `${path}.${process.pid}.tmp`);
  const write = writeResults(path, { ...results, problems: ['again'] });
  await expect(write).rejects.toThrow(/^cannot write .*ENOSPC/);
  expect(await readResults(path)).toEqual(results);
  expect(await readdir(folder)).toEqual(['results.json']);
});

test('a file where the folder should be', async () => {
  await writeFile(join(folder, 'file'), '');
  const write = writeResults(join(folder, 'file', 'results.json'), results);
  await expect(write).rejects.toThrow(/^cannot write .*ENOTDIR.*nor can .* be removed/);
});

test('trials.ndjson of a killed run', async () => {
  const path = join(folder, 'trials.ndjson');
  const [first, second] = results.trials.map(serialiseLine);
  await writeFile(path, `${serialiseLine(results.header)}${first}${second?.slice(0, 99)}`);
  expect(await readTrials(path)).toEqual({
    header: results.header,
    trials: results.trials.slice(0, 1),
    truncated: true,
  });
});

test('a missing file: what it is and what to do', async () => {
  const path = join(folder, 'results.json');
  const error: unknown = await readResults(path).catch((e: unknown) => e);
  if (!(error instanceof UserError)) expect.fail('not a UserError');
  expect(error.message).toBe(`cannot read ${path}: there is no such file`);
  expect(error.remedy).toContain('npm run compare');
});
