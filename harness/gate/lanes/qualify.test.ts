import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeMachine } from '../../plan/testing.js';
import { makeResults } from '../../results/testing.js';
import type { RunInput } from '../../run/input.js';
import { Interrupted } from '../../server/wait.js';
import { CONFIG } from '../testing.js';
import type { LaneTools } from './lane-tools.js';
import { runQualification } from './qualify.js';
import {
  disturbedBatch,
  injectedPairs,
  mainBatch,
  pilotCosts,
  type QualifyJob,
  qualifyJob,
} from './qualify-job.js';
import { toolsForTests } from './testing.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-qualify-'));
});
afterEach(() => rm(folder, { recursive: true }));

const REQUEST = { variant: 'callback-epoll', seed: 'x', disturbance: false, calibration: false };
const tools = (overrides: Partial<LaneTools> = {}) =>
  toolsForTests(path.join(folder, 'run'), { readMachine: makeMachine, ...overrides });
const job = (overrides: Partial<LaneTools> = {}): Promise<QualifyJob> =>
  qualifyJob({ ...REQUEST, blocks: 8 }, CONFIG, tools(overrides));
const costs = () => ({ perUs: 0.1, perSyscall: 0.03 });

describe('the main batch', () => {
  it('has equal servers in every block, and slowed ones in every second pair of blocks', async () => {
    const made = await job();
    const { plan, subjects } = mainBatch(made, injectedPairs(made, costs));
    const same = ['go-net', 'go-net-twin', 'callback-epoll', 'callback-epoll@same'];
    expect(subjects.map(({ id }) => id).slice(0, 4)).toEqual(same);
    const copies = subjects.filter(({ aaOf }) => aaOf !== undefined).map(({ id }) => id);
    expect(copies).toEqual(['go-net-twin', 'callback-epoll@same']);
    const [first = []] = plan.order;
    expect(first.map((block) => block.length)).toEqual([9, 9, 4, 4, 9, 9, 4, 4]);
    for (const block of first) expect(block).toEqual(expect.arrayContaining(same));
    // The other side of a mirrored pair.
    expect(first[1]).toEqual(first[0]?.toReversed());
  });

  it('has every share in each condition, and one hand-off in the first', async () => {
    const injected = injectedPairs(await job(), costs);
    const mine = (condition: string) =>
      injected.filter((one) => one.condition === condition).map(({ what }) => what);
    const shares = ['--inject-syscalls 1', '--inject-syscalls 2', '--inject-us 1', '--inject-us 2'];
    expect(mine('keepalive-c1')).toEqual([...shares, '--inject-handoffs 1']);
    expect(mine('keepalive-c64')).toEqual(shares);
  });
});

it('disturbs equal servers under the busiest condition', async () => {
  const { plan, subjects } = disturbedBatch(await job());
  expect(plan).toMatchObject({ blocks: 8, extraBlocksMax: 3, conditions: [{ connections: 64 }] });
  expect(subjects.filter(({ args }) => args.length > 0)).toEqual([]);
});

describe('the pilot', () => {
  it('tells what one injected microsecond and one call cost, or takes the usual', async () => {
    const inputs: RunInput[] = [];
    const run: LaneTools['run'] = async (input) => {
      inputs.push(input);
      return { results: makeResults({ blocks: 8 }), folder: input.folder };
    };
    // The results are of other servers: nothing is known of these.
    const costsOf = await pilotCosts(await job({ run }));
    expect(costsOf('keepalive-c1')).toEqual({ perUs: 0.1, perSyscall: 0.03 });
    expect(inputs).toMatchObject([
      {
        kind: 'batch',
        runId: 'run-pilot',
        folder: path.join(folder, 'run', 'pilot'),
        plan: { blocks: 8, extraBlocksMax: 2, reference: 'callback-epoll' },
        subjects: [
          { args: [] },
          { args: ['--inject-us', '2'] },
          { args: ['--inject-syscalls', '6'] },
        ],
      },
    ]);
    expect(inputs[0]).not.toHaveProperty('calibration');
  });
});

it('qualifies nothing when it is interrupted', async () => {
  const controller = new AbortController();
  const run: LaneTools['run'] = async (input) => {
    controller.abort();
    return { results: makeResults({ blocks: 8 }), folder: input.folder };
  };
  const interrupted = tools({ run, signal: controller.signal });
  const asked = { ...REQUEST, baselines: folder };
  await expect(runQualification(asked, interrupted)).rejects.toBeInstanceOf(Interrupted);
  expect(await readdir(folder)).toEqual([]);
});
