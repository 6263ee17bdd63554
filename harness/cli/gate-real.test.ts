/** The gate on real servers: in a repository of somebody's own, and on a native one. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import type { GateConfig } from '../gate/config.js';
import type { GateFile } from '../gate/schema.js';
import { CONFIG } from '../gate/testing.js';
import type { Plan } from '../results/schema.js';
import { repositoryRoot } from '../root.js';
import { planOf } from '../run/input.js';
import { type CliDeps, REAL_DEPS } from './deps.js';
import { FakeRepository } from './testing.js';

const PROTOCOL = path.join(repositoryRoot(), 'harness', 'run', 'fixtures', 'protocol.mjs');
/** Small enough for a test; what is decided does not depend on the size. */
const SMALL: GateConfig = {
  ...CONFIG,
  counts: {
    ...CONFIG.counts,
    ...{ trials: 3, morePairs: 2, keepaliveRequests: 200, greetingRequests: 0, idleConnections: 0 },
  },
  baseline: { historyRuns: 2 },
};

let repository: FakeRepository;
beforeEach(async () => {
  repository = await FakeRepository.create();
  await writeFile(at('gate.config.json'), JSON.stringify(SMALL));
});
afterEach(() => repository.remove());

const at = (...parts: string[]) => path.join(repository.root, ...parts);
const asked = ['--config', 'gate.config.json', '--lanes', 'counts', '--out', 'reports', '--json'];

async function gate(...argv: string[]): Promise<{ code: number; file: GateFile; stderr: string }> {
  const all = ['gate', ...asked, ...argv];
  const { code, stdout, stderr } = await repository.cli(all, { deps: REAL_DEPS });
  if (stdout === '') throw new Error(stderr);
  return { code, file: JSON.parse(stdout), stderr };
}

describe("a server in somebody's own repository", { timeout: 120_000 }, () => {
  const git = (...args: string[]) => {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...who, ...args], { cwd: at('mine'), encoding: 'utf8' }).trim();
  };
  /** Says that it makes `calls` system calls per request. */
  async function commit(calls: number, comment: string, broken = false): Promise<void> {
    await writeFile(
      at('mine', 'demo', 'server.mjs'),
      `// ${comment}\nimport { serve } from ${JSON.stringify(PROTOCOL)};\n${broken ? 'oops();\n' : ''}` +
        `serve({ stats: (stats) => ({ ...stats, syscalls: ${calls} * stats.requests }) });\n`,
    );
    git('add', '--all');
    git('commit', '--quiet', '--message', comment);
  }

  beforeEach(async () => {
    await mkdir(at('mine', 'demo'), { recursive: true });
    const variant = {
      ...{ name: 'demo', title: 'Demo', model: 'event-loop', summary: 'A server of my own.' },
      launch: { command: [process.execPath, 'server.mjs', '--name', 'demo'] },
      ...{ serves: { modes: ['http'], targets: ['/'] }, threadsPerCpu: 1 },
    };
    await writeFile(at('mine', 'demo', 'variant.json'), JSON.stringify(variant));
    git('init', '--quiet', '--initial-branch=main');
    await commit(3, 'a server');
  });
  const verdicts = ({ rows }: GateFile) =>
    Object.fromEntries(rows.map(({ metric, verdict }) => [metric, verdict]));

  it('passes a comment, fails a system call more, and one that no longer starts', async () => {
    await commit(3, 'another comment');
    const same = await gate('--base', 'HEAD~1', '--variant-dir', 'mine');
    expect(verdicts(same.file)).toMatchObject({ faults: 'pass', syscalls_per_request: 'pass' });
    expect(same.file.mode).toMatchObject({ kind: 'base', base: { ref: 'HEAD~1' } });

    await commit(4, 'one call more');
    const worse = await gate('--base', 'HEAD~1', '--variant-dir', 'mine');
    expect([worse.code, worse.file.verdict]).toEqual([1, 'fail']);
    const row = worse.file.rows.find(({ metric }) => metric === 'syscalls_per_request');
    expect(row).toMatchObject({ verdict: 'fail', base: 3, candidate: 4 });

    await commit(4, 'broken', true);
    const broken = await gate('--base', 'HEAD~1', '--variant-dir', 'mine');
    expect([broken.code, verdicts(broken.file).faults]).toEqual([1, 'fail']);
    // Nothing is left in the repository but what was committed.
    expect(git('status', '--porcelain')).toBe('');
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  it('measures no more void blocks again than the configuration says', async () => {
    const plans: Plan[] = [];
    const run: CliDeps['run'] = (input) => {
      plans.push(planOf(input));
      return Promise.reject(new UserError('planned', 'nothing'));
    };
    const argv = ['--base', 'HEAD', '--variant-dir', 'mine', '--lanes', 'timing'];
    const all = ['gate', ...asked, ...argv];
    const { code } = await repository.cli(all, { deps: { ...REAL_DEPS, run } });
    expect(code).toBe(3);
    expect(plans).toMatchObject([{ blocks: 13, extraBlocksMax: 2 }]);
  });

  it('judges the working tree, and takes an accepted loss until it is not needed', async () => {
    const file = at('mine', 'demo', 'server.mjs');
    await writeFile(file, (await readFile(file, 'utf8')).replace('3 *', '4 *'));
    const entry = {
      ...{ variant: 'demo', condition: 'keepalive-c1', metric: 'syscalls_per_request', size: 0.4 },
      ...{ reason: 'reads the time for every request', expires: '2999-12-31' },
    };
    await writeFile(at('accept.json'), JSON.stringify({ accept: [entry] }));
    const argv = ['--base', 'HEAD', '--variant-dir', 'mine', '--accept', 'accept.json'];
    const taken = await gate(...argv);
    expect(taken.file.mode).toMatchObject({ candidate: { ref: null, commit: null } });
    const row = taken.file.rows.find(({ metric }) => metric === 'syscalls_per_request');
    expect(row).toMatchObject({ verdict: 'pass', accepted: { size: 0.4 } });

    git('checkout', '--quiet', '--', '.');
    const unused = await gate(...argv);
    expect(unused.code).toBe(1);
    expect(unused.file.unused[0]).toContain('without need');
  });
});

const NATIVE = path.join(repositoryRoot(), 'build', 'Release', 'callback-epoll');

// `npm test` builds before it runs this.
describe.skipIf(!existsSync(NATIVE))('a native server', { timeout: 120_000 }, () => {
  const file = 'baseline.json';
  const native = ['--variants', 'callback-epoll', '--baseline', file];
  afterEach(() => rm(at(file), { force: true }));

  it('passes the baseline that it wrote, and fails one injected system call', async () => {
    const first = await gate(...native, '--write-baseline');
    expect([first.code, first.file.mode.kind]).toEqual([0, 'first']);
    const young = await gate(
      ...native,
      '--write-baseline',
      '--candidate-args',
      '--inject-syscalls 1',
    );
    expect([young.code, young.file.verdict]).toEqual([0, 'inconclusive']);
    expect(young.file.rows.map(({ why }) => why).join()).toContain('1 of the 2 runs');

    const baseline = JSON.parse(await readFile(at(file), 'utf8'));
    baseline.runs[1].rows = baseline.runs[0].rows;
    await writeFile(at(file), JSON.stringify(baseline));
    const same = await gate(...native);
    expect([same.code, same.file.verdict]).toEqual([0, 'pass']);
    const slower = await gate(...native, '--candidate-args', '--inject-syscalls 1');
    expect([slower.code, slower.file.verdict]).toEqual([1, 'fail']);
    const row = slower.file.rows.find(({ metric }) => metric === 'syscalls_per_request');
    expect((row?.candidate ?? 0) - (row?.base ?? 0)).toBeCloseTo(1, 1);
  });

  it('of another machine class is refused', async () => {
    const baseline = { schemaVersion: 1, machineClass: 'elsewhere', runs: [] };
    await writeFile(at(file), JSON.stringify(baseline));
    await expect(gate(...native)).rejects.toThrow('is of machines elsewhere');
  });
});
