import { describe, expect, test } from 'vitest';
import { resultsSchema } from '../results/schema.js';
import { makeResults } from '../results/testing.js';
import { CLAIMS, judgeClaims, machineText } from './index.js';
import { CALLBACK, COROUTINE, GO, madeResults, THREAD } from './testing.js';
import {
  LISTEN_AS_IS,
  memorySlopes,
  SERVED,
  sources,
  switchTable,
  traces,
  WAKEUPS_BY_ALL,
  wakeups,
} from './testing-evidence.js';

test('each claim is stated once, says what would show it, and fixes a threshold or none', () => {
  const ids = CLAIMS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, text, experiment, part, thresholds } of CLAIMS) {
    expect(text, id).toMatch(/^[A-Za-z].*\.$/);
    expect(experiment, id).toMatch(/\.$/);
    expect(thresholds.length > 0, id).toBe(part !== 'reading');
  }
});

test('what the tests make up has the shape of a results file', () => {
  const evidence = {
    ...switchTable(),
    ...traces([COROUTINE], LISTEN_AS_IS, SERVED),
    ...wakeups(COROUTINE, WAKEUPS_BY_ALL),
    ...memorySlopes({ [THREAD]: [13_000, 20_000] }),
    ...sources([THREAD]),
  };
  const results = madeResults({ doses: [1, 2], evidence, quality: 'noisy' });
  expect(resultsSchema.parse(results)).toEqual(results);
});

describe('judgeClaims', () => {
  test('a run without evidence leaves open what needs it, with the command', () => {
    const judged = judgeClaims(makeResults({ blocks: 10 }));
    expect(judged.map(({ claim }) => claim)).toEqual(CLAIMS);
    const because = Object.fromEntries(
      judged.map(({ claim, decision }) => [claim.id, decision.because]),
    );
    const { memory, 'read-parks': parks, 'callbacks-hard': hard, 'switch-cost': cost } = because;
    expect([memory, parks, hard, cost]).toEqual(Array(4).fill('left-open'));
    expect(because['threads-slow']).not.toBe('left-open');
  });

  test('a run that measured nothing decides nothing', () => {
    const nothing = makeResults({ stopAfter: 0 });
    for (const { claim, decision } of judgeClaims(nothing)) {
      if (claim.part === 'reading') expect(decision.verdict, claim.id).toBeNull();
      else expect(decision.verdict, claim.id).toMatch(/inconclusive|not-measurable/);
    }
  });

  test('blocks that the environment spoilt decide nothing', () => {
    const good = madeResults();
    const trials = good.trials.map((trial) =>
      trial.block < 8 ? { ...trial, status: 'void' as const } : trial,
    );
    const judged = judgeClaims({ ...good, trials });
    const slow = judged.find(({ claim }) => claim.id === 'threads-slow');
    expect(slow).toMatchObject({ decision: { verdict: 'inconclusive', because: 'unresolved' } });
  });
});

test('memory that drowns in what else the machine did is undecided, not unmeasurable', () => {
  const slopes = memorySlopes({
    [THREAD]: [9500, 20_000],
    [COROUTINE]: [4300, 5000],
    [GO]: [5600, 5000],
  });
  const items = (slopes.memory.items ?? []).map((slope) =>
    slope.kind === 'kernel' ? { ...slope, lo: -9000 } : slope,
  );
  const evidence = { memory: { items, why: null } };
  const judged = judgeClaims(madeResults({ evidence })).find(({ claim }) => claim.id === 'memory');
  expect(judged).toMatchObject({ decision: { verdict: 'inconclusive', because: 'unresolved' } });
  expect(JSON.stringify(judged)).toContain('reaches below 0');
});

describe('descriptions', () => {
  const described = CLAIMS.filter(({ part }) => part === 'reading');

  test('without sources they are left open, or say why not here', () => {
    for (const { decide: tell } of described) {
      expect(tell(madeResults())).toMatchObject({ because: 'left-open' });
      const sentence =
        'Not measurable here: the sources could not be read: the sources are not there.';
      expect(tell(madeResults({ evidence: {} }))).toMatchObject({ because: 'machine', sentence });
    }
  });

  test('with sources they count them and name the lines', () => {
    const evidence = sources([THREAD, CALLBACK, COROUTINE]);
    for (const claim of described) {
      const { sentence, numbers, basedOn, because } = claim.decide(madeResults({ evidence }));
      expect(because).toBeNull();
      expect(sentence).toMatchSnapshot();
      expect(numbers.length).toBeGreaterThan(3);
      expect(basedOn).toContain('native/core/process.hpp:10-13');
    }
  });
});

test('the machine is named, and what is unknown of it', () => {
  const { header, ...rest } = madeResults();
  expect(machineText({ header, ...rest })).toBe(
    'Made-up CPU (not a real machine); CPUs: 2; Linux 6.12.0; server on CPU 0, client on CPU 1',
  );
  const bare = { ...header, environment: { cpu_model: null } };
  expect(machineText({ ...rest, header: bare })).toBe(
    'unknown CPU model; unknown kernel; server on CPU 0, client on CPU 1',
  );
});
