/** The gate on real servers: in a repository of somebody's own, and on a native one. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../root.js';
import type { GateConfig } from '../config.js';
import type { GateFile } from '../schema.js';
import { CONFIG } from '../testing.js';
import { runGate } from './gate.js';
import type { GateRequest } from './job.js';
import { toolsForTests } from './testing.js';

const PROTOCOL = path.join(repositoryRoot(), 'harness', 'run', 'fixtures', 'protocol.mjs');
/** Small enough for a test; what is decided does not depend on the size. */
const SMALL: GateConfig = {
  ...CONFIG,
  counts: {
    ...CONFIG.counts,
    trials: 3,
    morePairs: 2,
    keepaliveRequests: 200,
    greetingRequests: 0,
    idleConnections: 0,
  },
  baseline: { historyRuns: 2 },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-gate-'));
  await writeFile(at('gate.config.json'), JSON.stringify(SMALL));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...parts: string[]) => path.join(folder, ...parts);

async function gate(asked: Partial<GateRequest>): Promise<GateFile> {
  const request: GateRequest = {
    config: at('gate.config.json'),
    lanes: ['counts'],
    seed: 'x',
    strict: false,
    variantDir: [],
    candidateArgs: [],
    writeBaseline: false,
    ...asked,
  };
  const { file } = await runGate(request, toolsForTests(at('run')));
  return file;
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
      `#!/usr/bin/env node\n// ${comment}\nimport { serve } from ${JSON.stringify(PROTOCOL)};\n${broken ? 'oops();\n' : ''}` +
        `serve({ stats: (stats) => ({ ...stats, syscalls: ${calls} * stats.requests }) });\n`,
      { mode: 0o755 },
    );
    git('add', '--all');
    git('commit', '--quiet', '--message', comment);
  }

  beforeEach(async () => {
    await mkdir(at('mine', 'demo'), { recursive: true });
    const variant = {
      name: 'demo',
      title: 'Demo',
      model: 'event-loop',
      summary: 'A server of my own.',
      launch: { command: ['./server.mjs', '--name', 'demo'] },
      serves: { modes: ['http'], targets: ['/'] },
      threadsPerCpu: 1,
    };
    await writeFile(at('mine', 'demo', 'variant.json'), JSON.stringify(variant));
    git('init', '--quiet', '--initial-branch=main');
    await commit(3, 'a server');
  });
  const against = (base: string, asked: Partial<GateRequest> = {}) =>
    gate({ base, variantDir: [at('mine')], ...asked });
  const verdicts = ({ rows }: GateFile) =>
    Object.fromEntries(rows.map(({ metric, verdict }) => [metric, verdict]));

  it('passes a comment, fails a system call more, and one that no longer starts', async () => {
    await commit(3, 'another comment');
    const same = await against('HEAD~1');
    expect(verdicts(same)).toMatchObject({ faults: 'pass', syscalls_per_request: 'pass' });
    expect(same.mode).toMatchObject({ kind: 'base', base: { ref: 'HEAD~1' } });

    await commit(4, 'one call more');
    const worse = await against('HEAD~1');
    expect([worse.exitCode, worse.verdict]).toEqual([1, 'fail']);
    const row = worse.rows.find(({ metric }) => metric === 'syscalls_per_request');
    expect(row).toMatchObject({ verdict: 'fail', base: 3, candidate: 4 });

    await commit(4, 'broken', true);
    const broken = await against('HEAD~1');
    expect([broken.exitCode, verdicts(broken).faults]).toEqual([1, 'fail']);
    // Nothing is left in the repository but what was committed.
    expect(git('status', '--porcelain')).toBe('');
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  it('judges the working tree, and takes an accepted loss until it is not needed', async () => {
    const file = at('mine', 'demo', 'server.mjs');
    await writeFile(file, (await readFile(file, 'utf8')).replace('3 *', '4 *'));
    const entry = {
      variant: 'demo',
      condition: 'keepalive-c1',
      metric: 'syscalls_per_request',
      size: 0.4,
      reason: 'reads the time for every request',
      expires: '2999-12-31',
    };
    await writeFile(at('accept.json'), JSON.stringify({ accept: [entry] }));
    const accept = at('accept.json');
    const taken = await against('HEAD', { accept });
    expect(taken.mode).toMatchObject({ candidate: { ref: null, commit: null } });
    const row = taken.rows.find(({ metric }) => metric === 'syscalls_per_request');
    expect(row).toMatchObject({ verdict: 'pass', accepted: { size: 0.4 } });

    git('checkout', '--quiet', '--', '.');
    const unused = await against('HEAD', { accept });
    expect(unused.exitCode).toBe(1);
    expect(unused.unused[0]).toContain('without need');
  });
});

const NATIVE = path.join(repositoryRoot(), 'build', 'Release', 'callback-epoll');

// `npm test` builds before it runs this.
describe.skipIf(!existsSync(NATIVE))('a native server', { timeout: 120_000 }, () => {
  const file = () => at('baseline.json');
  const native = (asked: Partial<GateRequest> = {}) =>
    gate({ variants: ['callback-epoll'], baseline: file(), ...asked });
  const slower = { candidateArgs: ['--inject-syscalls', '1'] };

  it('passes the baseline that it wrote, and fails one injected system call', async () => {
    const first = await native({ writeBaseline: true });
    expect([first.exitCode, first.mode.kind]).toEqual([0, 'first']);
    const young = await native({ writeBaseline: true, ...slower });
    expect([young.exitCode, young.verdict]).toEqual([0, 'inconclusive']);
    expect(young.rows.map(({ why }) => why).join()).toContain('1 of the 2 runs');

    const baseline = JSON.parse(await readFile(file(), 'utf8'));
    baseline.runs[1].rows = baseline.runs[0].rows;
    await writeFile(file(), JSON.stringify(baseline));
    const same = await native();
    expect([same.exitCode, same.verdict]).toEqual([0, 'pass']);
    const worse = await native(slower);
    expect([worse.exitCode, worse.verdict]).toEqual([1, 'fail']);
    const row = worse.rows.find(({ metric }) => metric === 'syscalls_per_request');
    expect((row?.candidate ?? 0) - (row?.base ?? 0)).toBeCloseTo(1, 1);
  });

  it('of another machine class is refused', async () => {
    const baseline = { schemaVersion: 1, machineClass: 'elsewhere', runs: [] };
    await writeFile(file(), JSON.stringify(baseline));
    await expect(native()).rejects.toThrow('is of machines elsewhere');
  });
});
