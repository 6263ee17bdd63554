import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeMachine } from '../plan/testing.js';
import { makeResults } from '../results/testing.js';
import { makeSweepResults } from '../results/testing-sweep.js';
import { WORKLOAD_NAMES } from '../results/workloads.js';
import { extrasOf } from '../run/input.js';
import { parseSlos, workloadsHelp } from './load-options.js';
import { renderTable } from './table.js';
import { FakeRepository } from './testing.js';

let repository: FakeRepository;
beforeEach(async () => {
  repository = await FakeRepository.create();
});
afterEach(() => repository.remove());

const compare = (...args: string[]) => repository.cli(['compare', ...args]);
const ids = () => repository.plan.conditions.map(({ id }) => id);

describe('compare --workloads, --rate', () => {
  it('makes a condition of each workload at each connection count', async () => {
    const { code, stderr } = await compare(
      '--workloads',
      'idle:50,keepalive',
      '--connections',
      '1,8',
    );
    expect(code).toBe(0);
    expect(ids()).toEqual(['idle-50-c1', 'idle-50-c8', 'keepalive-c1', 'keepalive-c8']);
    expect(stderr).toContain('idle, 50 silent, keepalive at 1, 8 connections; server on CPU');
  });

  it('offers rates in place of the closed load', async () => {
    await compare('--rate', '2000,500', '--connections', '8');
    expect(ids()).toEqual(['keepalive-c8-open-500', 'keepalive-c8-open-2000']);
    await compare('--rate', '500', '--arrivals', 'fixed', '--connections', '8');
    expect(ids()).toEqual(['keepalive-c8-open-500-fixed']);
  });

  it('fits the run into a budget', async () => {
    const { stderr } = await compare('--budget', '6');
    expect(repository.plan.windowMs).toBeLessThan(1000);
    expect(stderr).toMatch(
      /blocks, each server 0\.\d+ s in each: about \d min \d+ s, \d min \d+ s at most on/,
    );
  });

  it.each([
    [['--workloads', 'relais'], 'there is no workload relais', 'did you mean relay?'],
    [['--workloads', 'sleep:x'], '--workloads cannot have "sleep:x"', 'N ms from 1 to 1000'],
    [['--workloads', 'relay'], 'no chosen variant serves /relay in http mode', '--variant-dir'],
    [['--arrivals', 'fixed'], '--arrivals says nothing without --rate', 'add --rate'],
    [['--rate', '0'], '--rate cannot be "0"', 'give a whole number from 1'],
    [['--rate', '5', '--pipeline', '2'], 'an open load has no pipeline', 'leave out --pipeline'],
    [['--rate', '5', '--client', 'wrk'], 'wrk makes no open load', 'leave out --client'],
    [['--sweep', '--rate', '5'], 'a sweep finds its rates', 'leave out --rate'],
    [['--budget', '0'], '--budget cannot be "0"', 'from 1 to 1440'],
    [['--budget', '1'], 'the budget is 1 min', 'give --budget'],
  ])('%j: %s', async (args, message, remedy) => {
    const { code, stderr } = await compare(...args);
    expect(code).not.toBe(0);
    expect(stderr.replace(/\s+/g, ' ')).toContain(message);
    expect(stderr.replace(/\s+/g, ' ')).toContain(remedy);
    expect(repository.input).toBeUndefined();
  });

  it('says for every workload what N is', () => {
    const lines = workloadsHelp().split('\n');
    expect(lines).toHaveLength(WORKLOAD_NAMES.length);
    expect(lines).toContain('  work:N     N us of CPU per request (10, 100, 1000)');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });
});

it('the table shows who takes part in a condition, and no others', () => {
  const results = makeResults({ blocks: 6, connections: [1, 64] });
  const { plan } = results.header;
  const [, second = []] = plan.order;
  const without = second.map((block) => block.filter((id) => id !== 'callback-epoll'));
  const order = [plan.order[0] ?? [], without];
  const header = { ...results.header, plan: { ...plan, order } };
  const [first = '', other = ''] = renderTable({ ...results, header }, 100).split('\n\n');
  expect(first).toContain('callback-epoll');
  expect(other).toMatch(/^keepalive, 64 connections/);
  expect(other).not.toContain('callback-epoll');
});

describe('compare --sweep', () => {
  it('hands the run what a sweep starts from, and says how long it takes', async () => {
    const { code, stderr } = await repository.cli(['compare', '--sweep', '--slo', '5,2.5']);
    expect(code).toBe(0);
    const { sweep, plan, ...rest } = repository.inputOf('sweep');
    expect(sweep).toMatchObject({ slosMs: [2.5, 5], ownShares: [0.5, 0.8] });
    expect(plan.conditions.map(({ id }) => id)).toEqual(['keepalive-c64']);
    expect(plan.blocks).toBe(6);
    expect(extrasOf({ ...rest, sweep, plan })).toEqual({});
    expect(stderr).toContain('p99 within 2.5 and 5 ms');
    expect(stderr).toMatch(/6 blocks, each server 0\.7 s in each: about \d+ min/);
  });

  it('keeps p99 within 1 and 5 ms unless told otherwise', async () => {
    await repository.cli(['compare', '--sweep', '--blocks', '8', '--connections', '8']);
    expect(repository.inputOf('sweep').sweep.slosMs).toEqual([1, 5]);
    expect(repository.plan).toMatchObject({ blocks: 8, conditions: [{ connections: 8 }] });
    await repository.cli(['compare']);
    expect(repository.input?.kind).toBe('fresh');
  });

  it('refuses to share the only CPU with the server', async () => {
    const readMachine = () => makeMachine({ allowedCpus: [0], coreMates: new Map() });
    const deps = repository.deps({ readMachine });
    const { code, stderr } = await repository.cli(['compare', '--sweep'], { deps });
    expect(code).toBe(1);
    expect(stderr).toContain('a sweep needs a CPU of its own for the client');
    expect(repository.input).toBeUndefined();
  });

  it('shows the sweep after the rates that all have in common', async () => {
    const made = makeSweepResults();
    const deps = repository.deps({}, () => made);
    const { stdout } = await repository.cli(['compare', '--sweep'], { deps });
    const titles = stdout.split('\n').filter((line) => line.startsWith('keepalive, 64'));
    expect(titles).toHaveLength(5);
    expect(stdout.indexOf('Open-loop sweep')).toBeGreaterThan(stdout.indexOf(titles[4] ?? ''));
    const json = await repository.cli(['compare', '--sweep', '--json'], { deps });
    expect(JSON.parse(json.stdout)).toMatchObject({ sweep: { slowestPerS: 40_000 } });
  });
});

describe('parseSlos', () => {
  it('takes milliseconds, ascending and without repeats', () => {
    expect(parseSlos('5, 0.5,5')).toEqual([0.5, 5]);
  });

  it.each(['0', '0.01', '2000', '1;5', '', '-1', '1,2,3,4,5'])('refuses %j', (text) => {
    expect(() => parseSlos(text)).toThrow('--slo');
  });
});
