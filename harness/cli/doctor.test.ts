/** The command itself: on this machine as it is, and as a user without rights. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { copyFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../root.js';
import { FakeRepository } from './testing.js';

const LOOK = ['--look', '500ms'];

describe('doctor', () => {
  let repository: FakeRepository;
  beforeEach(async () => {
    repository = await FakeRepository.create();
  });
  afterEach(() => repository.remove());

  it.each([80, 120])('prints one page at %i columns', async (columns) => {
    const { code, stdout, stderr } = await repository.cli(['doctor', ...LOOK], { columns });
    expect(code, stderr).toBe(0);
    const lines = stdout.split('\n');
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(columns);
    expect(lines.length).toBeLessThan(70);
    expect(stdout).toMatch(/^ {2}exact {4}CPU time, context switches {2,}rusage in stats$/m);
    expect(stdout).toMatch(/CPU \d+: a spinning thread lost/);
    expect(stderr).toBe('looking for 0.5 s…\n');
  });

  it('prints the same as JSON', async () => {
    const { code, stdout } = await repository.cli(['doctor', '--json', ...LOOK]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      connections: 4096,
      abilities: expect.arrayContaining([expect.objectContaining({ source: 'native addon' })]),
      facts: { kernel: `Linux ${os.release()}` },
      look: { timer: { sleeps: expect.any(Number) } },
    });
  });

  it('refuses a look of no time', async () => {
    const { code, stderr } = await repository.cli(['doctor', '--look', '1ms']);
    expect(code).toBe(2);
    expect(stderr).toContain('--look cannot be "1ms"');
  });
});

const NOBODY = 65_534;
const root = repositoryRoot();
const asNobody = { uid: NOBODY, gid: NOBODY, encoding: 'utf8' } as const;
const isPossible =
  process.geteuid?.() === 0 &&
  spawnSync('test', ['-r', path.join(root, 'package.json')], asNobody).status === 0;
if (!isPossible) {
  console.warn('SKIPPED doctor as nobody: it takes root, and a repository that all may read');
}

describe.skipIf(!isPossible)('doctor as a user without rights', () => {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'iomodels-doctor-'));

  beforeAll(async () => {
    chmodSync(copy, 0o755);
    await copyFile(path.join(root, 'package.json'), path.join(copy, 'package.json'));
    for (const folder of ['node_modules', 'harness', 'build']) {
      await symlink(path.join(root, folder), path.join(copy, folder));
    }
    const options = ['--outDir', path.join(copy, 'dist'), '--noCheck', '--incremental', 'false'];
    const tsc = path.join(root, 'node_modules', '.bin', 'tsc');
    execFileSync(tsc, ['-p', root, ...options, '--tsBuildInfoFile', 'null']);
  });
  afterAll(() => rm(copy, { recursive: true }));

  function doctor(...args: string[]) {
    const main = path.join(copy, 'dist', 'harness', 'cli', 'main.js');
    const env = { PATH: process.env.PATH };
    return spawnSync(process.execPath, [main, 'doctor', ...args], { ...asNobody, env });
  }

  it('names what is forbidden and how to allow it, and measures the rest', () => {
    const { status, stdout, stderr } = doctor(...LOOK);
    expect(status, stderr).toBe(0);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/^ {2}no {7}system calls of any program {2}/m);
    // Which of the two stands in the way depends on how tracefs is mounted here.
    expect(stdout).toMatch(/^ {11}fix: sudo (sysctl kernel\.perf_event_paranoid=1|mount -)/m);
    expect(stdout).toMatch(/^ {2}exact {4}CPU time, context switches/m);
    expect(stdout).toMatch(/CPU \d+: a spinning thread lost/);
  });

  it('has no 0 for what is forbidden', () => {
    const { abilities } = JSON.parse(doctor('--json', ...LOOK).stdout) as {
      abilities: { source: string; quality: string; why?: string; remedy: string[] }[];
    };
    const traced = abilities.find(({ source }) => source === 'raw_syscalls:sys_enter');
    expect(traced).toMatchObject({
      quality: 'unavailable',
      why: expect.stringMatching(/tracefs|paranoid/),
    });
    expect(traced?.remedy.length).toBeGreaterThan(0);
  });
});
