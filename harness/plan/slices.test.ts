import { describe, expect, it } from 'vitest';
import type { Condition } from '../results/condition.js';
import { slicesOf } from '../results/slicing.js';
import { openFilesNeeded } from './limits.js';
import { fitsTogether, legsOf, type SliceRequest, slicingFor, slicingsFor } from './slices.js';
import { conditionOf, parseWorkload } from './workloads.js';

const CLOSED = { kind: 'closed', pipeline: 1 } as const;
const OPEN = { kind: 'open', ratePerS: 5000, arrivals: 'poisson' } as const;
const references = ['go-net', 'go-net-twin'];

function condition(text: string, connections: number, load: Condition['load'] = CLOSED): Condition {
  const [workload] = parseWorkload(text);
  if (workload === undefined) throw new Error(`no workload ${text}`);
  return conditionOf(workload, connections, load);
}

/** Of the reference, its twin and so many others. */
const subjectsOf = (others: number) => [
  ...references,
  ...Array.from({ length: others }, (_, i) => `s${i}`),
];

function request(change: Partial<SliceRequest> = {}): SliceRequest {
  return {
    condition: condition('keepalive', 64),
    subjects: subjectsOf(3),
    references,
    windowMs: 500,
    warmupMs: 100,
    client: 'native',
    openFiles: 20_000,
    placement: { serverCpus: [0], clientCpus: [1] },
    isCommon: true,
    ...change,
  };
}

function sliced(change: Partial<SliceRequest> = {}) {
  return slicingFor(request(change)) ?? expect.fail('not sliced');
}

describe('legs', () => {
  it.each([
    [5, 1],
    [6, 1],
    [7, 2],
    [12, 3],
  ])('of %i subjects are %i, with the reference and its twin in each', (count, legs) => {
    const made = legsOf({ subjects: subjectsOf(count - 2), references });
    expect(made).toHaveLength(legs);
    for (const leg of made) {
      expect(leg.slice(0, 2)).toEqual(references);
      // So that nobody is further from the reference than that: six visits.
      expect(leg.length).toBeLessThanOrEqual(6);
    }
    const others = made.flatMap((leg) => leg.slice(2));
    expect(others.toSorted()).toEqual(
      subjectsOf(count - 2)
        .slice(2)
        .toSorted(),
    );
  });

  it('of the reference alone are one', () => {
    expect(legsOf({ subjects: references, references })).toEqual([references]);
    expect(legsOf({ subjects: ['a', 'b'], references })).toEqual([['a', 'b']]);
  });

  it.each([5, 12])('of %i subjects: a pair is measured within 0.4 s', (count) => {
    const { legs, warmupMs, windowMs } = sliced({ subjects: subjectsOf(count - 2) });
    // Stats lines and the last replies take some ms of each visit.
    const visitMs = warmupMs + windowMs + 5;
    for (const leg of legs) expect(leg.length * visitMs).toBeLessThanOrEqual(400);
  });
});

describe('slices', () => {
  it('have in all the measured time of the plan', () => {
    const slicing = sliced({ windowMs: 400 });
    expect(slicing).toMatchObject({ windowMs: 16, warmupMs: 2, rounds: 25, firstWarmupMs: 100 });
    expect(slicesOf(slicing, 's0')).toBe(25);
    const twelve = sliced({ windowMs: 400, subjects: subjectsOf(10) });
    expect(slicesOf(twelve, 's0')).toBe(25);
    expect(slicesOf(twelve, 'go-net')).toBe(75);
  });

  it('see every connection served several times, however long a round trip takes', () => {
    const work = condition('work:50', 512);
    const roundTripMs = (512 * (20 + 50)) / 1000;
    const { windowMs, warmupMs, firstWarmupMs } = sliced({ condition: work });
    expect(windowMs).toBeGreaterThanOrEqual(4 * roundTripMs);
    expect(warmupMs).toBeGreaterThanOrEqual(0.5 * roundTripMs);
    expect(firstWarmupMs).toBeGreaterThanOrEqual(2 * warmupMs);
    const sleeping = sliced({ condition: condition('sleep:50', 4) });
    expect(sleeping.windowMs).toBeGreaterThanOrEqual(4 * 50);
  });

  it('are longer on several CPUs, whose running threads are counted in ticks', () => {
    const placement = { serverCpus: [0, 1], clientCpus: [2] };
    expect(sliced({ placement }).windowMs).toBeGreaterThanOrEqual(200);
    const open = condition('keepalive', 64, OPEN);
    expect(sliced({ placement, condition: open }).windowMs).toBeGreaterThanOrEqual(200);
  });

  it.each([
    [true, 2000],
    [false, 1000],
  ])('of an open load in which all take part (%j) are %i ms at least, in all', (isCommon, ms) => {
    const open = { condition: condition('keepalive', 64, OPEN), isCommon };
    expect(sliced(open)).toMatchObject({ windowMs: 100, warmupMs: 5, rounds: ms / 100 });
    const longer = sliced({ ...open, windowMs: 5000 });
    expect(longer.rounds * longer.windowMs).toBe(5000);
  });
});

describe('one window, one life after the other', () => {
  const alone = { rounds: 1, warmupMs: 0, legs: [] };

  it.each([condition('keepalive', 4096), condition('idle:4032', 64), condition('bulk', 64)])(
    'is for $id: of two seconds at least',
    (one) => {
      const slicing = sliced({ condition: one });
      expect(slicing).toMatchObject({ ...alone, windowMs: 2000 });
      expect(slicing.firstWarmupMs).toBeGreaterThanOrEqual(1500);
      expect(sliced({ condition: one, windowMs: 4000 }).windowMs).toBe(4000);
    },
  );

  it('is not for fewer connections', () => {
    expect(sliced({ condition: condition('keepalive', 4095), openFiles: null }).legs).not.toEqual(
      [],
    );
  });

  it('is what too few open files leave, with the window of the plan', () => {
    const needed = openFilesNeeded(5 * 64);
    expect(fitsTogether(request({ openFiles: needed }))).toBe(true);
    expect(fitsTogether(request({ openFiles: needed - 1 }))).toBe(false);
    expect(slicingFor(request({ openFiles: needed - 1 }))).toBeUndefined();
    expect(slicingFor(request({ openFiles: null }))).toBeDefined();
  });

  it('is all that a client can do which does not park its connections', () => {
    expect(slicingFor(request({ client: 'wrk' }))).toBeUndefined();
    expect(slicingFor(request({ client: 'autocannon' }))).toBeUndefined();
  });
});

it('each condition of a plan has its own slicing, of those who take part in it', () => {
  const conditions = [condition('keepalive', 64), condition('keepalive', 4096)];
  const order = [[['s0', 'go-net']], [['go-net', 's1']]];
  const { placement, client, warmupMs, windowMs } = request();
  const parts = { conditions, order, placement, client, warmupMs, windowMs };
  const made = slicingsFor(parts, 20_000);
  expect(Object.keys(made)).toEqual(['keepalive-c64', 'keepalive-c4096']);
  expect(made['keepalive-c64']?.legs).toEqual([['go-net', 's0']]);
  expect(made['keepalive-c4096']?.legs).toEqual([]);
  expect(slicingsFor({ ...parts, client: 'wrk' }, 20_000)).toEqual({});
});
