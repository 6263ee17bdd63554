import { describe, expect, test } from 'vitest';
import type { Plan, Trial } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { Agenda, Clock, Dropouts, plannedPlaces } from './schedule.js';
import { keepalive, planOf } from './testing.js';
import type { TrialPlace } from './trial.js';

const [one, many] = [keepalive(1), keepalive(512)];

test('blocks come before conditions, and absent subjects keep the positions of the others', () => {
  const plan = planOf(['a', 'b'], { conditions: [one, many] });
  const texts = plannedPlaces(plan, new Set(['b'])).map(
    ({ subject, condition, block, position }) =>
      `${condition.id} b${block} p${position} ${subject}`,
  );
  expect(texts).toEqual([
    'keepalive-c1 b0 p1 b',
    'keepalive-c512 b0 p1 b',
    'keepalive-c1 b1 p0 b',
    'keepalive-c512 b1 p0 b',
  ]);
});

test('a condition with fewer blocks than others ends earlier', () => {
  const plan = withBlocks([1, 3]);
  expect(
    plannedPlaces(plan, new Set(['a'])).map(({ condition, block }) => [condition, block]),
  ).toEqual([
    [one, 0],
    [many, 0],
    [many, 1],
    [many, 2],
  ]);
});

/** The two conditions with one subject and so many blocks each. */
function withBlocks(counts: readonly number[], overrides: Partial<Plan> = {}): Plan {
  const order = counts.map((blocks) => Array.from({ length: blocks }, () => ['a']));
  return planOf(['a'], {
    conditions: [one, many],
    blocks: Math.max(...counts),
    order,
    ...overrides,
  });
}

test('the budget of extra blocks is the same share of each condition', () => {
  const plan = withBlocks([3, 10], { extraBlocksMax: 3 });
  const agenda = new Agenda(plan, new Set(['a']));
  const texts: string[] = [];
  for (let places = agenda.next; places.length > 0; places = agenda.next) {
    texts.push(...agenda.note(places, [{ ...trialOf('void'), subject: 'a' }]).flat());
  }
  const repeated = (id: string) =>
    texts.filter((text) => text.includes(id) && text.endsWith('is repeated at the end')).length;
  expect(repeated(one.id)).toBe(1);
  expect(repeated(many.id)).toBe(3);
  expect(texts).toContain(
    'block 2 of keepalive-c1 is void and is not repeated: 1 of 1 extra blocks are used',
  );
});

const { trials } = makeRun({ blocks: 1, connections: [1] });

function trialOf(status: Trial['status']): Trial {
  const [trial] = trials;
  if (trial === undefined) throw new Error('no trial');
  return { ...trial, subject: 's', status };
}

const place = (condition: typeof one, subject = 's') => ({
  subject,
  condition,
  block: 0,
  position: 0,
});

test('two failures in a row end a subject that never worked, and only that subject', () => {
  const dropouts = new Dropouts();
  expect(dropouts.note(trialOf('failed'), one)).toBeNull();
  expect(dropouts.admits(place(one))).toBe(true);
  expect(dropouts.note(trialOf('failed'), many)).toBe(
    's failed 2 trials in a row and gets no further ones',
  );
  expect(dropouts.admits(place(one))).toBe(false);
  expect(dropouts.admits(place(one, 'other'))).toBe(true);
});

test('a subject that fails in one condition alone goes on in the others', () => {
  const dropouts = new Dropouts();
  dropouts.note(trialOf('failed'), many);
  dropouts.note(trialOf('ok'), one);
  expect(dropouts.note(trialOf('failed'), many)).toBe(
    's failed 2 trials of keepalive-c512 in a row and gets no further ones there',
  );
  expect(dropouts.admits(place(many))).toBe(false);
  expect(dropouts.admits(place(one))).toBe(true);
});

test('what has worked before may fail in two conditions in a row, and goes on elsewhere', () => {
  const dropouts = new Dropouts();
  dropouts.note(trialOf('ok'), one);
  for (const condition of [many, { ...many, id: 'keepalive-c4096', connections: 4096 }]) {
    expect(dropouts.note(trialOf('failed'), condition)).toBeNull();
    expect(dropouts.note(trialOf('failed'), condition)).toContain('gets no further ones there');
    expect(dropouts.admits(place(condition))).toBe(false);
  }
  expect(dropouts.admits(place(one))).toBe(true);
});

test('a good trial ends the streak; a void one is not held against the subject', () => {
  const dropouts = new Dropouts();
  for (const status of ['failed', 'ok', 'failed', 'void', 'failed'] as const) {
    expect(dropouts.note(trialOf(status), one)).toBeNull();
  }
});

test('time left is the plan plus the mean overhead so far', () => {
  const clock = new Clock(planOf(['a'], { warmupMs: 100, windowMs: 1000 }));
  expect(clock.remainingMs(10)).toBe(16_000);
  clock.note(1, 1300);
  clock.note(1, 1500);
  expect(clock.remainingMs(10)).toBe(14_000);
  expect(clock.remainingMs(0)).toBe(0);
});

test('interleaved trials have their slices, and share what comes on top', () => {
  const clock = new Clock(
    planOf(['a', 'b'], { warmupMs: 100, windowMs: 50, interleave: interleaved(['a', 'b']) }),
  );
  // 100 + 20 of warm-up, two windows of 50 with 15 ms of client each, and 40 on top.
  clock.note(2, 2 * (120 + 130 + 40));
  expect(clock.remainingMs(10)).toBe(2900);
});

function interleaved(...groups: string[][]): NonNullable<Plan['interleave']> {
  return { slices: 2, warmupMs: 20, groups };
}

describe('the agenda', () => {
  /** Runs an agenda; `statusOf` says how each trial ends. Returns `condition b<block> subject`. */
  function runThrough(
    plan: Plan,
    statusOf: (place: TrialPlace) => Trial['status'],
  ): { ran: string[]; texts: string[]; replaces: (number | undefined)[] } {
    const agenda = new Agenda(plan, new Set(['a', 'b']));
    const ran: string[] = [];
    const texts: string[] = [];
    const replaces: (number | undefined)[] = [];
    for (let places = agenda.next; places.length > 0; places = agenda.next) {
      const subjects = places.map(({ subject }) => subject).join('+');
      const [{ condition, block, replaces: replaced } = places[0] as TrialPlace] = places;
      ran.push(`${condition.id} b${block} ${subjects}`);
      replaces.push(replaced);
      const done = places.map((one) => ({ ...trialOf(statusOf(one)), subject: one.subject }));
      texts.push(...agenda.note(places, done).flat());
    }
    return { ran, texts, replaces };
  }

  test('a void trial ends its block, which comes again at the end in its own order', () => {
    const plan = planOf(['a', 'b'], { conditions: [one], blocks: 3, extraBlocksMax: 1 });
    const { ran, texts, replaces } = runThrough(plan, ({ block, subject }) =>
      block === 1 && subject === 'b' ? 'void' : 'ok',
    );
    // Block 1 mirrors block 0, so b is first there.
    expect(ran).toEqual([
      'keepalive-c1 b0 a',
      'keepalive-c1 b0 b',
      'keepalive-c1 b1 b',
      'keepalive-c1 b2 a',
      'keepalive-c1 b2 b',
      'keepalive-c1 b3 b',
      'keepalive-c1 b3 a',
    ]);
    expect(replaces.slice(-2)).toEqual([1, 1]);
    expect(texts).toEqual(['block 2 of keepalive-c1 is void and is repeated at the end']);
  });

  test('the budget bounds it, for each condition on its own', () => {
    const plan = planOf(['a', 'b'], { conditions: [one, many], blocks: 2, extraBlocksMax: 1 });
    const { ran, texts } = runThrough(plan, ({ condition }) => (condition === one ? 'void' : 'ok'));
    const mine = ran.filter((text) => text.startsWith('keepalive-c1 '));
    expect(mine).toEqual(['keepalive-c1 b0 a', 'keepalive-c1 b1 b', 'keepalive-c1 b2 a']);
    expect(ran.filter((text) => text.startsWith('keepalive-c512 '))).toHaveLength(4);
    expect(texts.slice(-1)).toEqual([
      'block 3 of keepalive-c1 is void and is not repeated: 1 of 1 extra blocks are used',
    ]);
  });

  test('goesOn tells the last trial of a block', () => {
    const agenda = new Agenda(planOf(['a', 'b'], { conditions: [one] }), new Set(['a', 'b']));
    expect(agenda.goesOn(agenda.next)).toBe(true);
    agenda.note(agenda.next, [trialOf('ok')]);
    expect(agenda.goesOn(agenda.next)).toBe(false);
  });

  test('what is interleaved comes together, and is void together', () => {
    const plan = planOf(['a', 'b'], {
      ...{ conditions: [one], extraBlocksMax: 1, interleave: interleaved(['b', 'a']) },
    });
    const { ran, texts } = runThrough(plan, ({ block }) => (block === 0 ? 'void' : 'ok'));
    expect(ran).toEqual(['keepalive-c1 b0 a+b', 'keepalive-c1 b1 b+a', 'keepalive-c1 b2 a+b']);
    expect(texts).toEqual(['block 1 of keepalive-c1 is void and is repeated at the end']);
  });

  test('groups of one block follow each other; who is in none is alone', () => {
    const plan = planOf(['a', 'b'], {
      ...{ conditions: [one], blocks: 1, interleave: interleaved(['a', 'c']) },
    });
    expect(runThrough(plan, () => 'ok').ran).toEqual(['keepalive-c1 b0 a', 'keepalive-c1 b0 b']);
  });

  test('a journal that ends among interleaved trials is not taken up', () => {
    const plan = planOf(['a', 'b'], { conditions: [one], interleave: interleaved(['a', 'b']) });
    const agenda = new Agenda(plan, new Set(['a', 'b']));
    const first = { ...trialOf('ok'), condition: one.id, block: 0, position: 0, subject: 'a' };
    expect(() => agenda.replay([first])).toThrow(/among trials that are interleaved, of block 0/);
    const second = { ...first, position: 1, subject: 'b' };
    expect(agenda.replay([first, second])).toEqual([[], []]);
    expect(agenda.next.map(({ block }) => block)).toEqual([1, 1]);
  });
});
