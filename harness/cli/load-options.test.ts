import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeResults } from '../results/testing.js';
import { WORKLOAD_NAMES } from '../results/workloads.js';
import { workloadsHelp } from './load-options.js';
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
