import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Rate } from '../gate/qualification.js';
import type { GateFile } from '../gate/schema.js';
import { CONFIG, gateFile, rowOf } from '../gate/testing.js';
import type { RunInput } from '../run/input.js';
import { type CliDeps, REAL_DEPS } from './deps.js';
import { exists } from './folders.js';
import { renderQualification } from './gate-qualify-command.js';
import { renderGate } from './gate-table.js';
import { runCli } from './program.js';
import { FakeIo, FakeRepository, standardResults } from './testing.js';

let repository: FakeRepository;
beforeEach(async () => {
  repository = await FakeRepository.create();
  await writeFile(path.join(repository.root, 'gate.config.json'), JSON.stringify(CONFIG));
});
afterEach(() => repository.remove());

const NPM = { IOMODELS_COMMAND: 'npm run gate --' };

describe.each(['gate', 'gate:qualify'])('help of %s', (command) => {
  it('shows options and examples as they are typed, in 80 columns', async () => {
    const env = { IOMODELS_COMMAND: `npm run ${command} --` };
    const { code, stdout } = await repository.cli([command, '--help'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatchSnapshot();
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('what keeps the gate from measuring exits with 3', () => {
  it.each([
    [[], 'the gate has nothing to compare with', '--base main'],
    [['--base', 'main', '--baseline', 'x.json'], 'two different gates', 'leave out one'],
    [['--candidate', 'main'], '--candidate goes with --base only', 'name a base'],
    [
      ['--base', 'main', '--variants', 'go-nte'],
      'there is no variant go-nte',
      'did you mean go-net?',
    ],
    [['--base', 'main'], 'is in no git repository', 'in a clone'],
    [['--baseline', 'nowhere.json'], 'there is no', 'a file that exists'],
    [['--base', 'main', '--config', 'nowhere.json'], 'there is no', 'a file that exists'],
    [['--base', 'main', '--cpus', 'server=7'], 'asks for CPU 7', 'choose among 0,1'],
  ])('%j', async (argv, message, remedy) => {
    const { code, stdout, stderr } = await repository.cli(['gate', ...argv], { env: NPM });
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('error: ');
    expect(stderr).toContain(message);
    expect(stderr).toContain(remedy);
  });

  it('a broken configuration, or an accepted loss whose time is over', async () => {
    const file = path.join(repository.root, 'gate.config.json');
    await writeFile(file, JSON.stringify({ ...CONFIG, baseline: { historyRuns: 0 } }));
    const config = await repository.cli(['gate', '--base', 'main']);
    expect([config.code, config.stderr]).toEqual([
      3,
      expect.stringContaining('baseline.historyRuns'),
    ]);
    await writeFile(file, JSON.stringify(CONFIG));
    const entry = { variant: 'x', condition: 'y', metric: 'z', size: 1, reason: 'long ago it was' };
    const accept = JSON.stringify({ accept: [{ ...entry, expires: '2020-01-01' }] });
    await writeFile(path.join(repository.root, 'gate.accept.json'), accept);
    const expired = await repository.cli(['gate', '--base', 'main']);
    expect([expired.code, expired.stderr]).toEqual([3, expect.stringContaining('time is over')]);
  });

  it('wrong arguments exit with 2, as everywhere', async () => {
    const { code, stderr } = await repository.cli(['gate', '--lanes', 'timng'], { env: NPM });
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean timing?')]);
    const qualify = await repository.cli(['gate:qualify', '--blocks', '3']);
    expect([qualify.code, qualify.stderr]).toEqual([2, expect.stringContaining('from 4 to 1000')]);
  });

  it('a server that takes no injected costs cannot qualify a machine', async () => {
    const { code, stderr } = await repository.cli(['gate:qualify', '--variant', 'nothing']);
    expect([code, stderr]).toEqual([3, expect.stringContaining('there is no variant nothing')]);
  });
});

it('hands its options to the lanes, prints gate.json, and exits as that says', async () => {
  const mine = path.join(repository.root, 'mine', 'demo');
  await mkdir(mine, { recursive: true });
  await writeFile(path.join(mine, 'server.mjs'), '// never started\n');
  const variant = {
    name: 'demo',
    title: 'Demo',
    model: 'event-loop',
    summary: 'A server of my own.',
    launch: { command: [process.execPath, 'server.mjs'] },
    serves: { modes: ['http'], targets: ['/'] },
    threadsPerCpu: 1,
  };
  await writeFile(path.join(mine, 'variant.json'), JSON.stringify(variant));
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false'];
  for (const words of ['init --quiet', 'add --all', 'commit --quiet --message x']) {
    execFileSync('git', [...who, ...words.split(' ')], { cwd: path.dirname(mine) });
  }
  const inputs: RunInput[] = [];
  const run: CliDeps['run'] = async (input) => {
    inputs.push(input);
    return { results: standardResults(), folder: input.folder };
  };
  const what = ['--base', 'HEAD', '--variant-dir', 'mine', '--lanes', 'timing'];
  const how = ['--connections', '2', '--blocks', '10', '--seed', 's', '--candidate-args', '--x  1'];
  const where = ['--config', 'gate.config.json', '--out', 'runs', '--json'];
  const argv = ['gate', ...what, ...how, ...where];
  const { code, stdout, stderr } = await repository.cli(argv, { deps: { ...REAL_DEPS, run } });
  if (stdout === '') throw new Error(stderr);
  const file: GateFile = JSON.parse(stdout);
  // The results are of other servers.
  expect([code, file.verdict, file.exitCode]).toEqual([3, 'cannot-measure', 3]);
  expect([file.argv, file.candidateArgs]).toEqual([argv, ['--x', '1']]);
  const folder = path.join(repository.root, 'runs', file.runId);
  expect(await exists(path.join(folder, 'gate.html'))).toBe(true);
  expect(inputs).toMatchObject([
    {
      kind: 'batch',
      folder: path.join(folder, 'batch-1'),
      runId: `${file.runId}-1`,
      plan: { blocks: 10, extraBlocksMax: 2, seed: 's 1', conditions: [{ id: 'keepalive-c2' }] },
      subjects: [{}, {}, { id: 'demo@base', args: [] }, { args: ['--x', '1'] }],
    },
  ]);
});

it('an interruption decides nothing and qualifies nothing', async () => {
  const io = new FakeIo(repository.root);
  const measuring = repository.deps();
  const deps = repository.deps({
    run: (input) => {
      io.raise('SIGINT');
      return measuring.run(input);
    },
  });
  expect(await runCli(['gate:qualify'], io, deps)).toBe(130);
  expect(io.stderr.text).toContain('SIGINT: ending, nothing is qualified');
  expect(await exists(path.join(repository.root, 'reports', 'baselines'))).toBe(false);
});

const accepted = { size: 0.2, reason: 'checks more headers', expires: '2026-12-31' };
const LONG = gateFile({
  rows: [
    ...gateFile().rows,
    rowOf({ variant: 'thread-per-connection', condition: 'keepalive-c512', accepted }),
    rowOf({
      variant: 'thread-per-connection',
      condition: 'idle-served',
      lane: 'counts',
      n: 5,
      metric: 'idle_bytes_per_connection',
      unit: 'bytes',
      base: 9589.123,
      candidate: 9600,
    }),
  ],
  unused: ['accepted without need: demo keepalive-c64 cpu_us_per_request passes as it is'],
});

describe.each([80, 120])('the table in %i columns', (width) => {
  it('says what failed, by how much and how long it took', () => {
    const text = renderGate(LONG, width);
    expect(text).toMatchSnapshot();
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  });

  it('of a qualification has a line per rate', () => {
    const rate: Rate = {
      lane: 'timing',
      what: '--inject-us 5',
      kind: 'slower',
      variant: 'callback-epoll@10%',
      condition: 'keepalive-c64',
      aim: 0.1,
      decisions: 100,
      resampled: true,
      independent: 2,
      effect: { change: 0.096, lo: 0.09, hi: 0.1, n: 20 },
      fail: 93,
      pass: 0,
      inconclusive: 7,
      failRate: { lo: 0.861, hi: 0.971 },
    };
    const text = renderQualification(
      {
        ...{
          schemaVersion: 1,
          machineClass: 'x86-64-2cpu-demo',
          runId: 'x',
          blocks: 40,
          seed: 'x',
        },
        at: '2026-11-26T10:00:00.000Z',
        commit: null,
        durationMs: 700_000,
        timing: {},
        environment: {},
        qualified: false,
        reasons: ['39 of the 40 A/A decisions'],
        rates: [rate, { ...rate, kind: 'disturbed', what: 'a process takes 8 % of each CPU' }],
      },
      width,
    );
    expect(text).toMatchSnapshot();
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  });
});
