/** The measuring programs themselves, each for a few milliseconds. No figure is judged here. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAllowedCpus } from '../probe/proc.js';
import { findProgram } from '../programs.js';
import { repositoryRoot } from '../root.js';
import { measureInProcess } from './measure.js';
import { buildGo, measureOnce, probeProgram } from './programs.js';
import { ROWS } from './rows.js';
import { microFileSchema, writeMicro } from './schema.js';
import { makeSamples, makeSwitchesFile } from './testing.js';

const root = repositoryRoot();
const probe = probeProgram(root);
const calm = new AbortController().signal;
const allowed = readAllowedCpus('self');
if (!allowed.ok) throw new Error(allowed.why);
const [cpu = 0] = allowed.value;
const other = allowed.value.at(-1) ?? cpu;

describe('the probe', () => {
  it.each(ROWS.filter(({ program }) => program === 'probe'))('measures $id', async (row) => {
    const cpus = ['--cpu', `${cpu}`, '--other-cpu', `${row.crossesCpus ? other : cpu}`];
    const outcome = await measureOnce([probe, ...row.args, ...cpus, '--ms', '2'], calm);
    if (!outcome.ok) throw new Error(outcome.why);
    const { cost, sameCalls, switches } = outcome.line;
    expect(cost.operations).toBeGreaterThan(0);
    expect(cost.cpuNs).toBeGreaterThan(0);
    const hasThreads = row.args.some((arg) => arg.startsWith('thread-'));
    expect([sameCalls !== undefined, switches !== undefined]).toEqual([hasThreads, hasThreads]);
    // Warm-up included: the counts of switches cover it too.
    if (switches) expect(switches.expected).toBeGreaterThanOrEqual(cost.operations);
  });

  it.each([
    [[], 'there is no row'],
    [['raw'], 'there is no row raw'],
    [['yield', '--ms'], 'no value for --ms'],
    [['yield', '--ms', '0'], 'no good number: 0'],
    [['yield', '--cpu', '1x'], 'no good number: 1x'],
    [['yield', '--frob', '1'], 'unknown flag --frob'],
    [['run-on', '0'], 'run-on takes a CPU and a command'],
  ])('refuses %j', (args, message) => {
    const { status, stdout, stderr } = spawnSync(probe, args, { encoding: 'utf8' });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`probe: ${message}\n`.replace('row\n', 'row \n'));
  });

  it('says which call failed', () => {
    const args = ['run-on', `${cpu}`, './no-such-program'];
    const { status, stderr } = spawnSync(probe, args, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, 'probe: execvp: No such file or directory\n']);
  });

  it('pins what it becomes', () => {
    const args = ['run-on', `${other}`, 'cat', '/proc/self/status'];
    const { stdout } = spawnSync(probe, args, { encoding: 'utf8' });
    expect(stdout).toContain(`Cpus_allowed_list:\t${other}\n`);
  });
});

describe('measureOnce', () => {
  it('tells what went wrong', async () => {
    const failed = await measureOnce([probe, 'raw'], calm);
    expect(failed).toMatchObject({
      ok: false,
      why: expect.stringContaining('there is no row raw'),
    });
    const strange = await measureOnce(['echo', '{"cost":{}}'], calm);
    expect(strange).toMatchObject({ ok: false, why: expect.stringContaining('echo {"cost":{}}') });
  });
});

describe.skipIf(findProgram('go') === null)("Go's program (skipped where Go is absent)", () => {
  it('is built and measures', { timeout: 120_000 }, async () => {
    const go = await buildGo(root, calm);
    if (!go.ok) throw new Error(go.why);
    expect(go.version).toContain('go version');
    for (const row of ROWS.filter(({ program }) => program === 'go')) {
      const command = [probe, 'run-on', `${cpu}`, go.file, ...row.args, '2'];
      const outcome = await measureOnce(command, calm);
      if (!outcome.ok) throw new Error(outcome.why);
      expect(outcome.line.cost.operations % 2000).toBe(0);
    }
    const wrong = await measureOnce([go.file, 'gosched', '0'], calm);
    expect(wrong).toMatchObject({ ok: false, why: expect.stringContaining('milliseconds: 0') });
  });
});

describe('measureInProcess', () => {
  it.each(ROWS.filter(({ program }) => program === 'harness'))('measures $id', async ({ id }) => {
    const outcome = await measureInProcess(id, 2);
    if (!outcome.ok) throw new Error(outcome.why);
    expect(outcome.line.cost.operations).toBeGreaterThanOrEqual(1000);
    expect(outcome.line.cost.wallNs).toBeGreaterThan(0);
  });
});

describe('micro.json', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-micro-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is read as it was written', async () => {
    const content = makeSwitchesFile(makeSamples(2));
    const file = await writeMicro(path.join(folder, 'run'), content);
    expect(path.basename(file)).toBe('micro.json');
    expect(microFileSchema.parse(JSON.parse(await readFile(file, 'utf8')))).toEqual(content);
  });

  it('names the folder that it cannot write to', async () => {
    const content = makeSwitchesFile(makeSamples(1));
    await expect(writeMicro('/dev/null/run', content)).rejects.toThrow('/dev/null/run/micro.json');
  });
});
