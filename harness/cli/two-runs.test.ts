/** Two runs at once in one checkout, as two people on one machine start them. */
import { mkdtemp, readlink, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readResults } from '../results/file.js';
import { repositoryRoot } from '../root.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-two-'));
});
afterEach(() => rm(folder, { recursive: true }));

const SHORT = [
  ...['--profile', 'smoke', '--no-calibration', '--no-evidence', '--connections', '1,8'],
  ...['--window', '100ms', '--warmup', '20ms', '--variants', 'go-net,callback-epoll', '--json'],
];

test('both finish with all their trials, and latest is one of them', {
  timeout: 180_000,
}, async () => {
  const runs = await Promise.all(
    ['one', 'two'].map(async (seed) => {
      const args = ['scripts/bootstrap.mjs', 'compare', ...SHORT, '--seed', seed, '--out', folder];
      const { stdout } = await execa(process.execPath, args, { cwd: repositoryRoot() });
      return JSON.parse(stdout) as { runId: string };
    }),
  );
  const ids = runs.map(({ runId }) => runId);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) {
    const { header, trials } = await readResults(path.join(folder, id, 'results.json'));
    const wanted = new Set(
      header.plan.order.flatMap((blocks, c) =>
        blocks.flatMap((block, b) => block.map((_, p) => `${c} ${b} ${p}`)),
      ),
    );
    // The machine was disturbed, by the other one: blocks may be void, and taken again.
    expect(trials.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(trials.length).toBeGreaterThanOrEqual(wanted.size);
  }
  expect(ids).toContain(await readlink(path.join(folder, 'latest')));
});
