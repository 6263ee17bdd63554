/**
 * What is left when the harness itself dies: compiled as in a real installation, run as a process,
 * and killed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { copyFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTrials } from '../results/file.js';
import { repositoryRoot } from '../root.js';
import { eachLine } from './lines.js';
import { processesWith } from './testing.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'iomodels-killed-'));
const repository = repositoryRoot();

beforeAll(async () => {
  await copyFile(path.join(repository, 'package.json'), path.join(root, 'package.json'));
  for (const folder of ['node_modules', 'harness']) {
    await symlink(path.join(repository, folder), path.join(root, folder));
  }
  const tsc = path.join(repository, 'node_modules', '.bin', 'tsc');
  const options = ['--outDir', path.join(root, 'dist'), '--noCheck', '--incremental', 'false'];
  execFileSync(tsc, ['-p', repository, ...options, '--tsBuildInfoFile', 'null']);
});

afterAll(() => rm(root, { recursive: true }));

function startHarness(mark: string, ...args: string[]) {
  const entry = path.join(root, 'dist', 'harness', 'run', 'testing-harness.js');
  const env = { ...process.env, MARK: mark };
  const child = spawn(process.execPath, [entry, ...args], { env });
  const lines: string[] = [];
  let errors = '';
  eachLine(child.stdout, (line) => lines.push(line));
  eachLine(child.stderr, (line) => {
    errors += `${line}\n`;
  });
  return { child, lines, errors: () => errors };
}

test('a harness killed by SIGKILL leaves no server, and every finished trial', async () => {
  const mark = `killed-${process.pid}`;
  const folder = path.join(root, 'run');
  const { child, lines } = startHarness(mark, 'run', folder);
  const secondTrial = () => lines.filter((line) => line === 'trial-start').length >= 2;
  await expect.poll(secondTrial, { timeout: 20_000 }).toBe(true);
  await expect.poll(() => processesWith(mark), { timeout: 20_000 }).toHaveLength(1);
  child.kill('SIGKILL');
  await once(child, 'close');
  await expect.poll(() => processesWith(mark), { timeout: 20_000 }).toEqual([]);
  const { trials } = await readTrials(path.join(folder, 'trials.ndjson'));
  expect(trials.length).toBeGreaterThan(0);
});

test('a harness that dies of an exception takes a server along that nothing else would end', async () => {
  const mark = `thrown-${process.pid}`;
  const { child, lines, errors } = startHarness(mark, 'throw');
  await expect.poll(() => lines, { timeout: 20_000 }).toEqual(['started']);
  expect(await processesWith(mark)).toHaveLength(1);
  child.stdin.write('now\n');
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(errors()).toContain('a bug in the harness');
  await expect.poll(() => processesWith(mark), { timeout: 20_000 }).toEqual([]);
});
