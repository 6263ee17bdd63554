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
  it('makes the report of the newest run again', async () => {
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

  it('prints a run as Markdown, JSON and CSV, and writes nothing', async () => {
    await putTwo();
    const print = async (format: string) => {
      const { code, stdout } = await repository.cli(['report', OLD, '--format', format]);
      expect(code).toBe(0);
      return stdout;
    };
    expect(await print('md')).toMatch(/^### What does a server.*\n\n\*\*Clean run\*\*/s);
    expect(JSON.parse(await print('json'))).toMatchObject({ runId: OLD, outcome: 'complete' });
    const { summary } = await readResults(path.join(repository.reports, OLD, 'results.json'));
    expect((await print('csv')).trimEnd().split('\r\n')).toHaveLength(1 + summary.length);
    await expect(reportOf(OLD)).rejects.toThrow('ENOENT');
  });

  it('puts two runs side by side', async () => {
    await putTwo();
    const { code, stdout } = await repository.cli(['report', '--compare', OLD, 'latest']);
    expect(code).toBe(0);
    const file = `reports/${OLD}-and-${NEW}.html`;
    expect(stdout).toContain(`report: ${file}`);
    const page = await readFile(path.join(repository.root, file), 'utf8');
    expect(page).toContain(`href="${OLD}/report.html"`);
    expect(page).toContain('href="latest/report.html"');
  });

  it('lists all runs, those that cannot be read too', async () => {
    await putTwo();
    await writeFile(path.join(repository.reports, OLD, 'results.json'), '{');
    expect((await repository.cli(['report', '--index'])).code).toBe(0);
    const page = await readFile(path.join(repository.reports, 'index.html'), 'utf8');
    expect(page).toContain(`href="${NEW}/report.html"`);
    expect(page).toMatch(new RegExp(`${OLD}.*It cannot be read: .*is not JSON`, 's'));
  });

  it('opens what it wrote, where that was asked for', async () => {
    await putTwo();
    await repository.cli(['report', OLD]);
    expect(repository.opened).toEqual([]);
    await repository.cli(['report', OLD, '--open']);
    expect(repository.opened).toEqual([path.join(repository.reports, OLD, 'report.html')]);
  });

  it.each([
    [['--compare', OLD], '--compare takes two runs, not 1'],
    [['--compare', '--index', OLD, NEW], '--compare and --index are different jobs'],
    [['--index', OLD], '--index is about all runs'],
    [[OLD, NEW], 'one report is of one run'],
    [['--format', 'md', '--open'], '--format md is printed, for one run'],
    [['--format', 'pdf'], 'pdf'],
    [['--port', '80'], '--port is for --serve'],
    [['--serve', '--port', '0x50'], '--port 0x50 is no port'],
  ])('refuses %j', async (argv, message) => {
    await putTwo();
    const { code, stderr } = await repository.cli(['report', ...argv]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
