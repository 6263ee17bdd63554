import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { makeMachine } from '../plan/testing.js';
import { readResults } from '../results/file.js';
import { makeResults } from '../results/testing.js';
import { extrasOf } from '../run/input.js';
import type { CliDeps } from './deps.js';
import { runCli } from './program.js';
import { FakeIo, FakeRepository, putTrials, standardResults } from './testing.js';

let repository: FakeRepository;
beforeEach(async () => {
  repository = await FakeRepository.create();
});
afterEach(() => repository.remove());

async function onlyRun(reports = repository.reports): Promise<string> {
  const names = (await readdir(reports)).filter((name) => name !== 'latest');
  expect(names).toHaveLength(1);
  return path.join(reports, names[0] ?? '');
}

describe('compare', () => {
  it('runs the plan and leaves table, answer, report and latest', async () => {
    const { code, stdout, stderr, io } = await repository.cli(['compare', '--seed', 'abc']);
    expect(code).toBe(0);
    const folder = await onlyRun();
    expect(path.basename(folder)).toMatch(/^\d{8}-\d{6}-[0-9a-f]{4}$/);
    expect(await readlink(path.join(repository.reports, 'latest'))).toBe(path.basename(folder));
    expect(await readFile(path.join(folder, 'report.html'), 'utf8')).toContain('<!doctype html>');
    expect(stdout).toContain('keepalive, 64 connections');
    expect(stdout).toContain('At 512 connections one request cost');
    expect(stdout).toContain('A/A check');
    expect(stdout).toContain(`report: reports/${path.basename(folder)}/report.html\n`);
    expect(stdout).toContain(`file://${folder}/report.html`);
    expect(stdout).not.toContain('\u001b');
    expect(stderr).toContain('seed abc');
    expect(stderr).toContain('server on CPU 0, client on CPU 1');
    expect(io.listeners).toBe(0);
  });

  it.each([
    [[], { calibration: 'full', instrumented: true }],
    [['--profile', 'smoke'], { calibration: 'short', instrumented: false }],
    [['--no-calibration'], { calibration: undefined, instrumented: true }],
  ])('calibrates as thoroughly as is worth it: %j', async (options, expected) => {
    await repository.cli(['compare', ...options]);
    const { calibration, instrumented, spin } = repository.inputOf('fresh');
    expect({ calibration, instrumented }).toEqual(expected);
    expect(spin).toBeTypeOf('function');
  });

  it('ends with what the run says about each claim, and leaves it in results.json', async () => {
    const { stdout } = await repository.cli(['compare']);
    expect(stdout).toContain('Claims, and what this run says');
    expect(stdout).toMatch(/^left open/m);
    expect(stdout.indexOf('Claims, and')).toBeGreaterThan(stdout.indexOf('A/A check'));
    const { claims } = await readResults(path.join(await onlyRun(), 'results.json'));
    const slow = claims?.find(({ id }) => id === 'threads-slow') ?? expect.fail('not judged');
    expect(slow.verdict).not.toBe('not-measurable');
    expect(stdout).toContain(`${slow.verdict?.padEnd(16)}${slow.text.slice(0, 30)}`);
  });

  it.each([
    [[], true],
    [['--profile', 'full', '--connections', '1'], true],
    [['--profile', 'smoke'], false],
    [['--no-evidence'], false],
    [['--sweep'], false],
  ])('gathers evidence where claims can use it: %j', async (options, expected) => {
    await repository.cli(['compare', ...options]);
    const input = repository.input ?? expect.fail('no run');
    expect(extrasOf(input).gather !== undefined).toBe(expected);
  });

  it('counts the time that evidence takes in its estimate', async () => {
    const about = async (...options: string[]) => {
      const { stderr } = await repository.cli(['compare', '--blocks', '2', ...options]);
      const [, minutes = '0', seconds = '0'] =
        /about (?:(\d+) min)? ?(?:(\d+) s)?/.exec(stderr) ?? expect.fail(stderr);
      return Number(minutes) * 60 + Number(seconds);
    };
    expect((await about()) - (await about('--no-evidence'))).toBeGreaterThan(30);
  });

  it('hands the run what was asked for', async () => {
    const argv = ['compare', '--variants', 'go-net,callback-epoll', '--connections', '2,1'];
    const options = [
      '--blocks',
      '3',
      '--window',
      '1.5s',
      '--warmup',
      '0',
      '--client',
      'autocannon',
    ];
    await repository.cli([...argv, ...options, '--profile', 'full', '--pipeline', '4']);
    expect(repository.input?.subjects.map(({ id }) => id)).toEqual([
      'go-net',
      'go-net-twin',
      'callback-epoll',
    ]);
    expect(repository.plan).toMatchObject({
      profile: 'full',
      blocks: 3,
      windowMs: 1500,
      warmupMs: 0,
      client: 'autocannon',
    });
    expect(repository.plan.conditions.map(({ id }) => id)).toEqual([
      'keepalive-c1-p4',
      'keepalive-c2-p4',
    ]);
    expect(repository.input?.client.kind).toBe('autocannon');
    expect(repository.input?.argv.slice(0, 5)).toEqual(argv);
  });

  it('measures over loopback, or over veth when that is asked for, and says so', async () => {
    const usual = await repository.cli(['compare']);
    expect(repository.plan.net).toBe('lo');
    expect(usual.stderr).not.toContain('veth');
    const { stderr } = await repository.cli(['compare', '--net', 'veth']);
    expect(repository.plan.net).toBe('veth');
    expect(stderr).toMatch(/client on CPU [\d-]+, a veth pair between them; seed /);
  });

  it('draws another seed each time, which plan and display name', async () => {
    const first = await repository.cli(['compare']);
    const seed = repository.plan.seed;
    expect(seed).toMatch(/^[0-9a-f]{8}$/);
    expect(first.stderr).toContain(`seed ${seed}`);
    await repository.cli(['compare']);
    expect(repository.plan.seed).not.toBe(seed);
  });

  it('makes runs where --out says, relative to where it was started', async () => {
    await repository.cli(['compare', '--out', 'here/runs']);
    const runs = path.join(repository.root, 'here', 'runs');
    expect(existsSync(path.join(await onlyRun(runs), 'report.html'))).toBe(true);
    expect(existsSync(repository.reports)).toBe(false);
  });

  it('prints one JSON value and nothing else on stdout with --json', async () => {
    const { stdout, stderr } = await repository.cli(['compare', '--json']);
    const folder = await onlyRun();
    const value: unknown = JSON.parse(stdout);
    expect(value).toMatchObject({
      outcome: 'complete',
      folder,
      results: path.join(folder, 'results.json'),
      report: path.join(folder, 'report.html'),
      summary: standardResults().summary,
      claims: expect.arrayContaining([expect.objectContaining({ id: 'threads-slow' })]),
    });
    expect(stderr).toContain('comparing');
  });

  it('paints on a terminal, unless NO_COLOR says not to', async () => {
    const bold = '\u001b[1m';
    expect((await repository.cli(['compare'], { columns: 120 })).stdout).toContain(bold);
    const env = { NO_COLOR: '1' };
    const plain = await repository.cli(['compare'], { columns: 120, env });
    expect(plain.stdout + plain.stderr).not.toContain('\u001b');
  });
});

describe('a run that goes wrong', () => {
  it('exits with 1 when it is partial, table and report all the same', async () => {
    const partial = () => makeResults({ stopAfter: 43 });
    const { code, stdout } = await repository.cli(['compare'], {
      deps: repository.deps({}, partial),
    });
    expect(code).toBe(1);
    expect(stdout).toContain('problem: interrupted after 43');
    expect(existsSync(path.join(await onlyRun(), 'report.html'))).toBe(true);
  });

  it('says once on the terminal why a variant was skipped', async () => {
    const why = 'cargo is not installed';
    const made = makeResults({ skipped: [{ variant: 'rust-epoll', why }] });
    const { stdout } = await repository.cli(['compare'], {
      deps: repository.deps({}, () => made),
    });
    expect(stdout.split(why)).toHaveLength(2);
    expect(stdout).toContain(`skipped: rust-epoll: ${why}`);
  });

  it('names the folder when trials were kept', async () => {
    const run: CliDeps['run'] = async ({ folder }) => {
      await putTrials(folder, makeResults({ stopAfter: 3 }));
      throw new UserError('the disk is full', 'make room', { output: 'ENOSPC' });
    };
    const { code, stderr } = await repository.cli(['compare'], { deps: repository.deps({ run }) });
    expect(code).toBe(1);
    expect(stderr).toContain(`what was measured is in ${await onlyRun()}\n`);
    expect(stderr).toContain('error: the disk is full\n  what to do: make room\n');
    expect(stderr).toContain('  last output:\n    ENOSPC\n');
  });

  it('says nothing of a folder when nothing was measured', async () => {
    const run: CliDeps['run'] = () =>
      Promise.reject(new UserError('No server is left to measure', 'mend them'));
    const { code, stderr } = await repository.cli(['compare'], { deps: repository.deps({ run }) });
    expect(code).toBe(1);
    expect(stderr).not.toContain('what was measured');
  });

  it('shows table and folder when the report cannot be made', async () => {
    const renderReport = () => Promise.reject(new Error('a bug in a chart'));
    const deps = repository.deps({ renderReport });
    const { code, stdout, stderr } = await repository.cli(['compare'], { deps });
    expect(code).toBe(1);
    expect(stdout).toContain('keepalive, 64 connections');
    expect(stderr).toContain('what was measured is in');
    expect(stderr).toContain('a bug in a chart');
    expect(stderr).toContain('bug in iomodels');
  });

  it('still writes the report when latest cannot be made', async () => {
    await mkdir(path.join(repository.reports, 'latest', 'in-the-way'), { recursive: true });
    const { code, stdout, stderr } = await repository.cli(['compare']);
    expect(code).toBe(1);
    expect(stdout).toContain('report: reports/');
    expect(stderr).toContain('cannot point');
    const names = await readdir(repository.reports);
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('refuses more connections than the machine allows before anything starts', async () => {
    const deps = repository.deps({ readMachine: () => makeMachine({ openFiles: 256 }) });
    const { code, stderr } = await repository.cli(['compare'], { deps });
    expect(code).toBe(1);
    expect(stderr).toContain('`ulimit -n 576`');
    expect(repository.input).toBeUndefined();
  });
});

describe('signals', () => {
  function interrupted(io: FakeIo, signals: readonly ('SIGINT' | 'SIGTERM')[]): CliDeps {
    const inner = repository.deps({}, () => makeResults({ stopAfter: 20 }));
    return {
      ...inner,
      run: async (input) => {
        for (const signal of signals) io.raise(signal);
        return inner.run(input);
      },
    };
  }

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the run in good order with status %i', async (signal, status) => {
    const io = new FakeIo(repository.root);
    expect(await runCli(['compare'], io, interrupted(io, [signal]))).toBe(status);
    expect(repository.input?.signal.aborted).toBe(true);
    expect(repository.input?.signal.reason).toBe(signal);
    expect(io.exits).toEqual([]);
    expect(io.stderr.text).toContain(`${signal}: ending the run`);
    expect(io.stdout.text).toContain('report: ');
    expect(io.listeners).toBe(0);
  });

  it('the second one ends the harness at once', async () => {
    const io = new FakeIo(repository.root);
    await runCli(['compare'], io, interrupted(io, ['SIGINT', 'SIGTERM']));
    expect(io.exits).toEqual([143]);
  });
});
