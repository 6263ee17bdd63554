import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { planSchema } from '../results/schema.js';
import { makePlan } from './compare-plan.js';
import { estimateMs } from './estimate.js';
import { type PlanRequest, PROFILE_NAMES, PROFILES } from './profiles.js';
import { REFERENCE_VARIANT, TWIN_ID } from './reference.js';
import { FOUR, makeMachine, makeVariant } from './testing.js';

const REQUEST: PlanRequest = {
  profile: 'default',
  workloads: [{ workload: 'keepalive' }],
  pipeline: 1,
  seed: 'a-seed',
  client: 'native',
};

function plan(request: Partial<PlanRequest> = {}, variants = FOUR, machine = makeMachine()) {
  return makePlan({ ...REQUEST, ...request }, variants, machine);
}

function refusal(act: () => unknown): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('makePlan', () => {
  it('takes every variant, the reference and its twin first', () => {
    const { subjects, plan: made } = plan();
    expect(subjects.map(({ id, aaOf }) => [id, aaOf])).toEqual([
      ['go-net', undefined],
      ['go-net-twin', 'go-net'],
      ['callback-epoll', undefined],
      ['coroutine-epoll', undefined],
      ['thread-per-connection', undefined],
    ]);
    expect(made.reference).toBe(REFERENCE_VARIANT);
    expect(made.conditions.map(({ id }) => id)).toEqual([
      'keepalive-c1',
      'keepalive-c64',
      'keepalive-c512',
    ]);
    expect(planSchema.parse(made)).toEqual(made);
  });

  it('measures over loopback unless something else is asked for', () => {
    expect(plan().plan.net).toBe('lo');
    expect(plan({ net: 'veth' }).plan.net).toBe('veth');
  });

  it('is the same for the same request, whatever the order of discovery', () => {
    expect(plan({}, [...FOUR].reverse())).toEqual(plan());
    expect(plan({ seed: 'another' }).plan.order).not.toEqual(plan().plan.order);
  });

  it('lets single values override the profile', () => {
    const { plan: made } = plan({
      blocks: 3,
      windowMs: 200,
      warmupMs: 0,
      connections: [8, 2],
      pipeline: 4,
      cpus: 'server=1,client=0',
    });
    expect(made).toMatchObject({ blocks: 3, windowMs: 200, warmupMs: 0 });
    expect(made.conditions.map(({ id }) => id)).toEqual(['keepalive-c2-p4', 'keepalive-c8-p4']);
    expect(made.placement).toEqual({ serverCpus: [1], clientCpus: [0] });
    expect(made.order.map((blocks) => blocks.length)).toEqual([3, 3]);
  });

  it('notes that there are no ratios without the reference', () => {
    const { subjects, notes } = plan({ variants: ['callback-epoll'] });
    expect(subjects.map(({ id }) => id)).toEqual(['callback-epoll']);
    expect(notes).toMatchObject([{ level: 'warn', text: expect.stringContaining('no ratios') }]);
  });

  it('notes that too few blocks allow no interval', () => {
    expect(plan({ blocks: 6 }).notes).toEqual([]);
    expect(plan({ blocks: 5 }).notes).toMatchObject([
      { text: expect.stringContaining('5 blocks') },
    ]);
    expect(plan({ blocks: 1 }).notes).toMatchObject([
      { text: expect.stringContaining('1 block is') },
    ]);
  });

  it('leaves out what takes no part by default, unless it is named or all are', () => {
    const shy = makeVariant('shy-server', { byDefault: false });
    const subjects = (variants?: string[]) =>
      plan(variants ? { variants } : {}, [...FOUR, shy]).subjects.map(({ id }) => id);
    expect(subjects()).toHaveLength(FOUR.length + 1);
    expect(subjects()).not.toContain('shy-server');
    expect(subjects(['shy-server'])).toEqual(['shy-server']);
    expect(subjects(['all'])).toHaveLength(FOUR.length + 2);
    expect(subjects(['all'])).toContain('shy-server');
  });

  it('names the nearest variant and those that exist', () => {
    const error = refusal(() => plan({ variants: ['go-net', 'corutine-epoll'] }));
    expect(error.message).toBe('there is no variant corutine-epoll');
    expect(error.remedy).toContain('did you mean coroutine-epoll?');
    expect(error.remedy).toContain('thread-per-connection');
    expect(error.exitCode).toBe(2);
  });

  it('skips a variant that does not serve the workload', () => {
    const mute = makeVariant('mute', { serves: { modes: ['greeting'], targets: ['/'] } });
    expect(plan({}, [...FOUR, mute]).skipped).toMatchObject([{ variant: 'mute' }]);
    expect(refusal(() => plan({}, [mute])).message).toContain('no chosen variant');
    expect(refusal(() => plan({}, [])).message).toContain('no variant was found');
  });

  it("refuses a variant that has the twin's name", () => {
    const error = refusal(() => plan({}, [...FOUR, makeVariant(TWIN_ID)]));
    expect(error.remedy).toContain('rename');
  });
});

describe('limits of the machine', () => {
  it('refuse connections that were asked for, with the command that helps', () => {
    const error = refusal(() => plan({}, FOUR, makeMachine({ openFiles: 512 })));
    expect(error.message).toContain('512 connections');
    expect(error.remedy).toContain('`ulimit -n 576`');
    expect(error.exitCode).toBe(1);
  });

  it('leave out what the profile only wishes for', () => {
    const machine = makeMachine({ openFiles: 4096 });
    const keepalive = [{ workload: 'keepalive' }] as const;
    const asked = { profile: 'full', workloads: keepalive } as const;
    const { plan: made, notes } = plan(asked, FOUR, machine);
    expect(made.conditions.map(({ connections }) => connections)).toEqual([1, 8, 64, 512]);
    expect(notes).toMatchObject([
      { level: 'warn', text: expect.stringContaining('4096 connections left out') },
      { level: 'warn', text: expect.stringContaining('10000 connections left out') },
    ]);
  });

  it('of threads matter only when a chosen variant starts one per connection', () => {
    const machine = makeMachine({ threadLimits: [{ name: 'few', value: 100, remedy: 'N' }] });
    expect(refusal(() => plan({}, FOUR, machine)).message).toContain('thread-per-connection');
    expect(plan({ variants: ['go-net'] }, FOUR, machine).subjects).toHaveLength(2);
  });
});

describe('profiles', () => {
  it('smoke keeps what is disturbed and repeats nothing; the others do both', () => {
    const smoke = plan({ profile: 'smoke' }).plan;
    expect(smoke.extraBlocksMax).toBe(0);
    expect(Object.values(smoke.thresholds).every((limits) => limits.void === null)).toBe(true);
    const usual = plan({ profile: 'default' }).plan;
    expect(usual.extraBlocksMax).toBe(5);
    expect(usual.thresholds.steal_percent).toEqual({ warn: 0.5, void: 40, unit: '%' });
  });

  it.each([
    ['smoke', 20],
    ['default', 170],
  ] as const)('%s measures four variants and the twin in %i s', (profile, seconds) => {
    const { plan: made } = plan({ profile });
    expect(estimateMs(made)).toBeLessThan(seconds * 1000);
  });

  it('default has enough blocks for intervals, with one to spare', () => {
    expect(PROFILES.default.blocks).toBeGreaterThan(6);
    expect(plan().plan.order.flat(2).length).toBe(5 * 3 * PROFILES.default.blocks);
  });

  it('have an even number of blocks, so that every block has its mirror image', () => {
    for (const name of PROFILE_NAMES) expect(PROFILES[name].blocks % 2).toBe(0);
  });
});

describe('open loads', () => {
  const ids = (request: Partial<PlanRequest>) =>
    plan({ connections: [64], ...request }).plan.conditions.map(({ id }) => id);

  it('take the place of the closed one, at every rate', () => {
    expect(ids({ ratesPerS: [1000, 20_000] })).toEqual([
      'keepalive-c64-open-1000',
      'keepalive-c64-open-20000',
    ]);
    expect(ids({ ratesPerS: [500], arrivals: 'fixed' })).toEqual(['keepalive-c64-open-500-fixed']);
  });
});

it('idle:N needs files and threads for all, and ports only for those that ask', () => {
  const workloads = [{ workload: 'idle', parameters: { silentConnections: 5000 } }] as const;
  const idle = (change: Parameters<typeof makeMachine>[0]) => () =>
    plan({ workloads, connections: [64] }, FOUR, makeMachine(change));
  expect(idle({ ephemeralPorts: 1000 })).not.toThrow();
  expect(refusal(idle({ openFiles: 5100 })).message).toContain('5064 connections need 5128 open');
  const threadLimits = [{ name: 'few', value: 5000, remedy: 'N' }];
  expect(refusal(idle({ threadLimits })).message).toContain('would need 5128 threads');
});
