import { describe, expect, test } from 'vitest';
import { makeResults } from '../results/testing.js';
import { makeSweepResults } from '../results/testing-sweep.js';
import { type Headline, headlineOf, NO_OPEN_LOAD } from './headline.js';
import { buildModel } from './model.js';
import { madeEvidence } from './testing.js';

function cell(headline: Headline, subject: string, column: string) {
  const place = headline.columns.findIndex(({ id }) => id === column);
  return headline.rows.find((row) => row.subject.id === subject)?.cells[place];
}

describe('a closed run', () => {
  const results = makeResults({}, { evidence: madeEvidence() });
  const headline = headlineOf(buildModel(results));

  test('is given at its most connections, as the answer is', () => {
    expect(headline.where).toBe('keepalive, 512 connections, closed loop');
    const row = results.summary.find(
      (one) =>
        one.kind === 'ratio' &&
        one.subject === 'callback-epoll' &&
        one.connections === 512 &&
        one.metric === 'cpu_us_per_request',
    );
    expect(cell(headline, 'callback-epoll', 'cpu_us_per_request')).toMatchObject({
      ratio: row?.kind === 'ratio' ? row.ratio : undefined,
      same: false,
      why: null,
    });
  });

  test('and at the most of the valid ones where some are invalid', () => {
    const parts = [
      { id: 'keepalive-c512', kind: 'condition' as const, level: 'invalid' as const, reasons: [] },
    ];
    const quality = { ...results.quality, parts };
    const { where } = headlineOf(buildModel({ ...results, quality }));
    expect(where).toBe('keepalive, 64 connections, closed loop');
  });

  test('has no common rate, and says so once', () => {
    expect(cell(headline, 'go-net', 'latency_us_p99')?.why).toBe(NO_OPEN_LOAD);
    expect(headline.p99Where).toBeNull();
    expect(headline.gaps.filter(({ why }) => why === NO_OPEN_LOAD)).toHaveLength(1);
  });

  test('the twin shows no difference, with the smallest one it could have shown', () => {
    const twin = cell(headline, 'go-net-twin', 'cpu_us_per_request');
    expect(twin?.same).toBe(true);
    expect(twin?.mde).toBeGreaterThan(0);
  });

  test('memory is user and kernel together, and its ratio', () => {
    expect(cell(headline, 'coroutine-epoll', 'idle_bytes')).toMatchObject({ value: 11_000 });
    expect(cell(headline, 'coroutine-epoll', 'idle_bytes')?.ratio).toBeCloseTo(11 / 8.5, 9);
    expect(cell(headline, 'go-net', 'idle_bytes')).toMatchObject({ ratio: null, value: 8500 });
  });
});

describe('a sweep', () => {
  const headline = headlineOf(buildModel(makeSweepResults()));

  test('is given at the common rate nearest to half of what the slowest can do', () => {
    expect(headline.p99Where).toBe('keepalive, 64 connections, 20,000 requests/s offered');
    expect(headline.where).toBe(headline.p99Where);
    expect(cell(headline, 'thread-per-connection', 'latency_us_p99')?.value).toBeGreaterThan(0);
  });
});

test('a run without a reference has values and no ratios', () => {
  const alone = headlineOf(buildModel(makeResults({ subjects: ['callback-epoll'] })));
  const own = cell(alone, 'callback-epoll', 'cpu_us_per_request');
  expect(own?.value).toBeGreaterThan(0);
  expect(own?.ratio).toBeNull();
});

test('nothing measured is nothing shown', () => {
  const empty = headlineOf(buildModel(makeResults({ stopAfter: 0 })));
  expect(empty.rows.flatMap(({ cells }) => cells).every(({ value }) => value === null)).toBe(true);
  expect(empty.gaps.length).toBeGreaterThan(0);
});
