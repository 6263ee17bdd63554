import { describe, expect, it } from 'vitest';
import { planSchema } from '../results/schema.js';
import { makePlan } from './compare-plan.js';
import { estimateMs, shrinking } from './estimate.js';
import { ladderMs } from './ladder-plan.js';
import type { PlanRequest } from './profiles.js';
import { FOUR, FULL_SERVES, makeMachine, makeVariant } from './testing.js';
import { parseWorkload } from './workloads.js';

const REQUEST: PlanRequest = { profile: 'full', pipeline: 1, seed: 's', client: 'native' };
const SERVING = FOUR.map((variant) => ({ ...variant, serves: FULL_SERVES }));
const plan = (change: Partial<PlanRequest> = {}, variants = SERVING, machine = makeMachine()) =>
  makePlan({ ...REQUEST, ...change }, variants, machine);
const minutes = (ms: number) => ms / 60_000;

/** Condition id -> blocks. */
const blocksIn = ({ plan: { conditions, order } }: ReturnType<typeof plan>) =>
  Object.fromEntries(conditions.map(({ id }, index) => [id, order[index]?.length]));

describe('the full profile', () => {
  const full = plan();

  it('measures the plain series often, every other workload more often than an interval takes', () => {
    expect(blocksIn(full)).toEqual({
      'keepalive-c1': 16,
      'keepalive-c8': 16,
      'keepalive-c64': 16,
      'keepalive-c512': 16,
      'keepalive-c4096': 8,
      'keepalive-c10000': 8,
      'greeting-c64': 8,
      'idle-1000-c64': 8,
      'idle-10000-c64': 8,
      'relay-c64': 8,
      'bulk-1mib-c64': 8,
      'work-10us-c64': 8,
      'work-100us-c64': 8,
      'work-1000us-c64': 8,
      'sleep-1ms-c64': 8,
    });
    expect(full.plan.blocks).toBe(16);
    expect(full.ladder).toMatchObject({ connections: 64, rates: 7, blocks: 6, slosMs: [5] });
    expect(full.plan.precision).toEqual({ target: 0.03, looks: [12, 16] });
    expect(planSchema.parse(full.plan)).toEqual(full.plan);
  });

  it('has the doses as subjects of one condition', () => {
    const dosed = full.subjects.filter(({ args }) => args.length > 0);
    expect(dosed.map(({ id, args }) => [id, args])).toEqual([
      ['callback-epoll:handoffs-1', ['--inject-handoffs', '1']],
      ['callback-epoll:handoffs-2', ['--inject-handoffs', '2']],
      ['callback-epoll:handoffs-4', ['--inject-handoffs', '4']],
    ]);
    const { conditions, order } = full.plan;
    for (const [index, { id }] of conditions.entries()) {
      for (const block of order[index] ?? []) {
        expect(block, id).toHaveLength(id === 'keepalive-c64' ? 8 : 5);
      }
    }
  });

  it('takes at most 30 minutes, whatever has to be repeated', () => {
    const { duration, plan: made } = full;
    expect(minutes(duration.longestMs)).toBeLessThanOrEqual(30);
    expect(minutes(duration.likelyMs)).toBeGreaterThan(20);
    expect(made.windowMs).toBe(400);
    // What the blocks do not need: the rest of the run, with its evidence and the pilot.
    const { trialsMs = 0, pilotMs = 0 } = full.ladder
      ? ladderMs(made, full.ladder, full.subjects)
      : {};
    const aroundMs = duration.likelyMs - estimateMs(made) - trialsMs;
    expect(aroundMs).toBeGreaterThan(pilotMs);
    expect(minutes((made.blocksMsMax ?? 0) + aroundMs)).toBeCloseTo(30, 3);
    const slow = plan({ evidenceMs: (servers) => 10_000 * servers }).plan;
    expect((made.blocksMsMax ?? 0) - (slow.blocksMsMax ?? 0)).toBe(40_000);
  });

  it('shortens its windows, then its blocks, for more servers', () => {
    const more = (count: number) => {
      const extra = Array.from({ length: count }, (_, i) =>
        makeVariant(`more-${i}`, { serves: FULL_SERVES }),
      );
      return plan({}, [...SERVING, ...extra]);
    };
    const one = more(1);
    expect(one.plan.windowMs).toBeLessThan(400);
    expect(one.plan.blocks).toBe(16);
    const two = more(2);
    expect(two.plan.windowMs).toBe(200);
    expect(two.plan.blocks).toBeLessThan(16);
    for (const { duration } of [one, two]) {
      expect(minutes(duration.likelyMs)).toBeLessThanOrEqual(30);
      expect(minutes(duration.longestMs)).toBeLessThanOrEqual(30);
    }
    const twenty = more(20);
    expect(twenty.plan.blocks).toBe(6);
    expect(twenty.notes).toContainEqual({
      level: 'warn',
      text: expect.stringMatching(/^this takes about \d+ min .*: name fewer --variants$/),
    });
  });

  it('leaves out what the machine cannot bear, each with its reason', () => {
    const { plan: made, notes } = plan({}, SERVING, makeMachine({ openFiles: 5000 }));
    const ids = made.conditions.map(({ id }) => id);
    expect(ids).toContain('keepalive-c4096');
    expect(ids).not.toContain('keepalive-c10000');
    expect(ids).not.toContain('idle-10000-c64');
    expect(ids).toContain('idle-1000-c64');
    expect(notes.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^10000 connections left out: .*`ulimit -n` allows 5000$/),
      expect.stringMatching(/^idle-10000-c64 left out: 10064 connections need/),
    ]);
  });

  it('has no open loads where the client has no CPU of its own', () => {
    const one = makeMachine({ allowedCpus: [0], coreMates: new Map([[0, [0]]]) });
    expect(plan({}, SERVING, one).ladder).toBeUndefined();
  });

  it.each([
    [{ workloads: parseWorkload('work:10') }],
    [{ connections: [64] }],
    [{ ratesPerS: [1000] }],
    [{ pipeline: 2 }],
  ])('measures nothing but what a person asks for: %j', (change) => {
    const { plan: made, subjects, ladder } = plan(change);
    expect(new Set(made.conditions.map(({ workload }) => workload)).size).toBe(1);
    expect(subjects.every(({ args }) => args.length === 0)).toBe(true);
    expect(ladder).toBeUndefined();
  });

  it('repeats everything as often as --blocks says', () => {
    expect(new Set(Object.values(blocksIn(plan({ blocks: 8 }))))).toEqual(new Set([8]));
    expect(plan({ blocks: 8 }).ladder?.blocks).toBe(8);
  });
});

describe('a budget', () => {
  const DEFAULT = { profile: 'default' } as const;

  it('is kept with shorter windows before fewer blocks', () => {
    expect(shrinking({ windowMs: 800, blocksMax: 8 }, { window: false, blocks: false })).toEqual([
      ...[800, 720, 640, 560, 480, 400].map((windowMs) => ({ windowMs, blocksMax: 8 })),
      ...[7, 6].map((blocksMax) => ({ windowMs: 400, blocksMax })),
    ]);
    // Shorter windows than 0.2 s only where a person or the profile asks for them.
    const short = shrinking({ windowMs: 250, blocksMax: 6 }, { window: false, blocks: false });
    expect(short.map(({ windowMs }) => windowMs)).toEqual([250, 225, 200]);
    const least = plan({ ...DEFAULT, budgetMs: 3 * 60_000 });
    expect(minutes(least.duration.likelyMs)).toBeLessThanOrEqual(3);
    expect(least.plan.windowMs).toBe(200);
    expect(least.plan.blocks).toBeLessThan(16);
    expect(least.plan.order.flat(2).length).toBe(least.plan.blocks * 3 * 5);
  });

  it('changes nothing that a person chose', () => {
    const chosen = { ...DEFAULT, windowMs: 800, blocks: 7 };
    const { plan: made } = plan({ ...chosen, budgetMs: 10 * 60_000 });
    expect(made).toMatchObject({ windowMs: 800, blocks: 7 });
    expect(() => plan({ ...chosen, budgetMs: 60_000 })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^this takes about \d+ min .*; the budget is 1 min$/),
        remedy: expect.stringMatching(/^give --budget \d+, or fewer/),
        exitCode: 2,
      }),
    );
  });
});
