import { describe, expect, test } from 'vitest';
import type { Plan, Trial } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { Agenda, type PlannedBlock, plannedBlocks } from './agenda.js';
import type { Place } from './place.js';
import { keepalive, planOf } from './testing.js';

const [one, many] = [keepalive(1), keepalive(512)];

test('blocks come before conditions, and absent subjects keep the positions of the others', () => {
  const plan = planOf(['a', 'b'], { conditions: [one, many] });
  const texts = plannedBlocks(plan, new Set(['b'])).flatMap(({ places }) =>
    places.map(
      ({ subject, condition, block, position }) =>
        `${condition.id} b${block} p${position} ${subject}`,
    ),
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
    plannedBlocks(plan, new Set(['a'])).map(({ condition, block }) => [condition, block]),
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
  for (let block = agenda.next; block !== undefined; block = agenda.next) {
    texts.push(...agenda.note(block, [{ ...trialOf('void'), subject: 'a' }]).flat());
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

function trialAt({ subject, condition, block, position }: Place, status: Trial['status']): Trial {
  return { ...trialOf(status), subject, condition: condition.id, block, position };
}

describe('the agenda', () => {
  /** Ends a trial at its first void one, as lives that do not overlap do; else goes through. */
  type Ends = 'at the first void trial' | 'with all';

  /** Runs an agenda; `statusOf` says how each trial ends. Returns `condition b<block> subjects`. */
  function runThrough(
    plan: Plan,
    statusOf: (place: Place) => Trial['status'],
    ends: Ends = 'with all',
  ): { ran: string[]; texts: string[]; replaces: (number | undefined)[] } {
    const agenda = new Agenda(plan, new Set(['a', 'b']));
    const ran: string[] = [];
    const texts: string[] = [];
    const replaces: (number | undefined)[] = [];
    for (let block = agenda.next; block !== undefined; block = agenda.next) {
      const all = block.places.map((one) => trialAt(one, statusOf(one)));
      const spoilt = all.findIndex(({ status }) => status === 'void');
      const trials = ends === 'with all' || spoilt < 0 ? all : all.slice(0, spoilt + 1);
      ran.push(
        `${block.condition.id} b${block.block} ${trials.map(({ subject }) => subject).join('+')}`,
      );
      replaces.push(block.replaces);
      texts.push(...agenda.note(block, trials).flat());
    }
    return { ran, texts, replaces };
  }

  test('a void trial spoils its block, which comes again at the end in its own order', () => {
    const plan = planOf(['a', 'b'], { conditions: [one], blocks: 3, extraBlocksMax: 1 });
    const { ran, texts, replaces } = runThrough(
      plan,
      ({ block, subject }) => (block === 1 && subject === 'b' ? 'void' : 'ok'),
      'at the first void trial',
    );
    // Block 1 mirrors block 0, so b is first there.
    expect(ran).toEqual([
      'keepalive-c1 b0 a+b',
      'keepalive-c1 b1 b',
      'keepalive-c1 b2 a+b',
      'keepalive-c1 b3 b+a',
    ]);
    expect(replaces).toEqual([undefined, undefined, undefined, 1]);
    expect(texts).toEqual(['block 2 of keepalive-c1 is void and is repeated at the end']);
  });

  test('lives that overlap are void together, and the block comes again once', () => {
    const plan = planOf(['a', 'b'], { conditions: [one], extraBlocksMax: 1 });
    const { ran, texts } = runThrough(plan, ({ block }) => (block === 0 ? 'void' : 'ok'));
    expect(ran).toEqual(['keepalive-c1 b0 a+b', 'keepalive-c1 b1 b+a', 'keepalive-c1 b2 a+b']);
    expect(texts).toEqual(['block 1 of keepalive-c1 is void and is repeated at the end']);
  });

  test('a repeat that is void is of the planned block still', () => {
    const plan = planOf(['a', 'b'], { conditions: [one], blocks: 2, extraBlocksMax: 2 });
    const { replaces } = runThrough(plan, ({ block }) =>
      block === 0 || block === 2 ? 'void' : 'ok',
    );
    expect(replaces).toEqual([undefined, undefined, 0, 0]);
  });

  test('the budget bounds it, for each condition on its own', () => {
    const plan = planOf(['a', 'b'], { conditions: [one, many], blocks: 2, extraBlocksMax: 1 });
    const { ran, texts } = runThrough(
      plan,
      ({ condition }) => (condition === one ? 'void' : 'ok'),
      'at the first void trial',
    );
    const mine = ran.filter((text) => text.startsWith('keepalive-c1 '));
    expect(mine).toEqual(['keepalive-c1 b0 a', 'keepalive-c1 b1 b', 'keepalive-c1 b2 a']);
    expect(ran.filter((text) => text.startsWith('keepalive-c512 '))).toHaveLength(2);
    expect(texts.slice(-1)).toEqual([
      'block 3 of keepalive-c1 is void and is not repeated: 1 of 1 extra blocks are used',
    ]);
  });

  test('who drops out is in no later block, and a block of nobody is none', () => {
    const plan = planOf(['a', 'b'], { conditions: [one], blocks: 4 });
    const { ran } = runThrough(plan, ({ subject }) => (subject === 'b' ? 'failed' : 'ok'));
    expect(ran.slice(2)).toEqual(['keepalive-c1 b2 a', 'keepalive-c1 b3 a']);
    expect(runThrough(plan, () => 'failed').ran).toHaveLength(2);
  });

  test('a condition that is precise enough has no further blocks, and the others theirs', () => {
    const agenda = new Agenda(
      planOf(['a', 'b'], { conditions: [one, many], blocks: 3 }),
      new Set(['a', 'b']),
    );
    expect(agenda.trialsLeft).toBe(12);
    expect(agenda.enough(one.id)).toBe(6);
    expect(agenda.left.map(({ condition }) => condition)).toEqual([many, many, many]);
    expect(agenda.enough(one.id)).toBe(0);
  });
});

describe('the trials of an earlier part', () => {
  const plan = planOf(['a', 'b'], { conditions: [one, many] });
  const agendaOf = () => new Agenda(plan, new Set(['a', 'b']));
  const trialsOf = (blocks: readonly PlannedBlock[]) =>
    blocks.flatMap(({ places }) => places.map((place) => trialAt(place, 'ok')));
  const planned = trialsOf(plannedBlocks(plan, new Set(['a', 'b'])));

  test('are taken off block by block', () => {
    const agenda = agendaOf();
    const seen: [string, number][] = [];
    const replayed = agenda.replay(planned.slice(0, 4), ({ condition }, done) =>
      seen.push([condition.id, done]),
    );
    expect(replayed).toEqual({ texts: [[], [], [], []], cutOff: 0 });
    expect(seen).toEqual([
      [one.id, 2],
      [many.id, 4],
    ]);
    expect(agenda.next).toMatchObject({ condition: one, block: 1 });
  });

  test('of a block that was cut off are measured again, and the run is not refused', () => {
    const agenda = agendaOf();
    expect(agenda.replay(planned.slice(0, 3))).toEqual({ texts: [[], []], cutOff: 1 });
    expect(agenda.next).toMatchObject({ condition: many, block: 0, places: { length: 2 } });
    expect(agendaOf().replay(planned.slice(0, 1))).toEqual({ texts: [], cutOff: 1 });
  });

  test('that end with a void one are a whole block, which comes again', () => {
    const again = planOf(['a', 'b'], { conditions: [one], extraBlocksMax: 1 });
    const agenda = new Agenda(again, new Set(['a', 'b']));
    const [first] = planned;
    if (first === undefined) throw new Error('no trial');
    const { texts, cutOff } = agenda.replay([{ ...first, status: 'void' }]);
    expect(cutOff).toBe(0);
    expect(texts.flat()).toEqual(['block 1 of keepalive-c1 is void and is repeated at the end']);
    expect(agenda.left.map(({ block }) => block)).toEqual([1, 2]);
  });

  test('that are not those of the plan are refused', () => {
    expect(() => agendaOf().replay(planned.toReversed())).toThrow(
      /is out of order, the plan has a/,
    );
    const more = [...planned, ...planned.slice(0, 1)];
    expect(() => agendaOf().replay(more)).toThrow(/the plan has no further trial/);
    const [, second, ...rest] = planned;
    if (second === undefined) throw new Error('no trial');
    expect(() => agendaOf().replay([second, ...rest])).toThrow(/is out of order/);
  });
});
