import { readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readResults } from '../results/file.js';
import { makeResults } from '../results/testing.js';
import { FakeRepository, putTrials } from './testing.js';

const OLD = '20260101-000000-00aa';
const NEW = '20260202-000000-00bb';

let repository: FakeRepository;
beforeEach(async () => {
  repository = await FakeRepository.create();
});
afterEach(() => repository.remove());

async function putTwo(): Promise<void> {
  for (const runId of [OLD, NEW]) {
    const results = makeResults({ header: { runId }, blocks: 1, connections: [64] });
    await repository.putRun(runId, results);
  }
  await symlink(NEW, path.join(repository.reports, 'latest'));
}

function reportOf(id: string): Promise<string> {
  return readFile(path.join(repository.reports, id, 'report.html'), 'utf8');
}

describe('report', () => {
  it('makes the report of the newest run anew', async () => {
    await putTwo();
    const { code, stdout } = await repository.cli(['report']);
    expect(code).toBe(0);
    expect(await reportOf(NEW)).toContain(NEW);
    expect(stdout).toContain('report: reports/latest/report.html');
    await expect(reportOf(OLD)).rejects.toThrow('ENOENT');
  });

  it.each([OLD, `reports/${OLD}`, `reports/${OLD}/results.json`])('takes %s', async (name) => {
    await putTwo();
    expect((await repository.cli(['report', name])).code).toBe(0);
    expect(await reportOf(OLD)).toContain(OLD);
  });

  it('names the nearest and the newest runs when there is none of that name', async () => {
    await putTwo();
    const { code, stderr } = await repository.cli(['report', '20260101-000000-00ab']);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no run 20260101-000000-00ab');
    expect(stderr).toContain(`did you mean ${OLD}? the newest are ${NEW}, ${OLD}`);
  });

  it('refuses results that are damaged', async () => {
    await putTwo();
    await writeFile(path.join(repository.reports, NEW, 'results.json'), '{"schemaVersion": 1');
    const { code, stderr } = await repository.cli(['report', NEW]);
    expect(code).toBe(1);
    expect(stderr).toContain('is not JSON');
  });

  it('makes results of a run that was killed from its trials', async () => {
    const folder = path.join(repository.reports, OLD);
    const made = makeResults({ stopAfter: 43 });
    await putTrials(folder, made);
    await writeFile(path.join(folder, 'trials.ndjson'), '{"kind":"tri', { flag: 'a' });
    const { code, stderr } = await repository.cli(['report', OLD]);
    expect(code).toBe(0);
    expect(stderr).toContain('the run was killed after 43 of 90 trials');
    const results = await readResults(path.join(folder, 'results.json'));
    expect(results.outcome).toBe('partial');
    expect(results.problems).toContain('the trial being written was lost');
    expect(results.trials).toEqual(made.trials);
    expect(results.summary).toEqual(made.summary);
    expect(await reportOf(OLD)).toContain('<!doctype html>');
  });
});
