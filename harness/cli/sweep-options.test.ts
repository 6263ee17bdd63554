import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeMachine } from '../plan/testing.js';
import { makeSweepResults } from '../results/testing-sweep.js';
import { extrasOf } from '../run/input.js';
import { parseSlos } from './sweep-options.js';
import { FakeRepository } from './testing.js';

let repository: FakeRepository;
beforeEach(async () => {
  repository = await FakeRepository.create();
});
afterEach(() => repository.remove());

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

  it('keeps p99 within 1 and 5 ms unless asked otherwise', async () => {
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
