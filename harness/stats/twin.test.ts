import { expect, test } from 'vitest';
import type { Trial } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { summarise } from './summary.js';
import { chanceOfAMiss, twinChecks, twinOf } from './twin.js';

const CPU = 'cpu_us_per_request';

/** The checks of a run in which the twin takes so many times the CPU time. */
function checksWith(factor: number) {
  const { header, trials } = makeRun({ subjects: ['go-net', 'go-net-twin'], blocks: 10 });
  const edited = trials.map((trial): Trial => {
    if (trial.subject !== 'go-net-twin') return trial;
    const server = { ...trial.server };
    for (const key of ['user_cpu_us', 'system_cpu_us']) {
      const counter = server[key] ?? expect.fail(key);
      server[key] = { ...counter, value: (counter.value ?? 0) * factor };
    }
    return { ...trial, server };
  });
  return { header, checks: twinChecks(header, edited, summarise(header, edited)) };
}

test('one check per primary metric and condition, and CPU per request carries', () => {
  const { header, checks } = checksWith(1);
  expect(twinOf(header)).toBe('go-net-twin');
  const carrying = checks.filter(({ carries }) => carries);
  expect(carrying.map(({ condition }) => condition)).toEqual(
    header.plan.conditions.map(({ id }) => id),
  );
  expect(new Set(carrying.map(({ row }) => row.metric))).toEqual(new Set([CPU]));
  expect(checks.length).toBeGreaterThan(carrying.length);
});

test('a twin of another cost differs in what carries the check', () => {
  const differing = checksWith(1.3).checks.filter(({ carries }) => carries);
  expect(new Set(differing.map(({ differsAt }) => differsAt))).toEqual(new Set([0.99]));
});

test('without a twin nothing is checked', () => {
  const { header, trials } = makeRun({ subjects: ['go-net', 'callback-epoll'], blocks: 6 });
  expect(twinOf(header)).toBeNull();
  expect(twinChecks(header, trials, summarise(header, trials))).toEqual([]);
});

test('chance alone makes one of several intervals miss the more often the more there are', () => {
  expect(chanceOfAMiss(1)).toBeCloseTo(0.05, 12);
  expect(chanceOfAMiss(6)).toBeCloseTo(0.2649, 4);
});
