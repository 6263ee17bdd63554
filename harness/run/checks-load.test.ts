import { describe, expect, test } from 'vitest';
import { LatencyRecorder } from '../load/histogram.js';
import type { Check, Condition, Histogram, Trial } from '../results/schema.js';
import { THRESHOLDS } from '../results/thresholds.js';
import { type LoadSeen, loadChecks } from './checks-load.js';

const closed: Condition = {
  id: 'keepalive-c10',
  workload: 'keepalive',
  connections: 10,
  load: { kind: 'closed', pipeline: 1 },
};
const open: Condition = {
  ...closed,
  id: 'keepalive-c10-r1000',
  load: { kind: 'open', ratePerS: 1000, arrivals: 'fixed' },
};

function histogram(values: Readonly<Record<number, number>>): Histogram {
  const recorder = new LatencyRecorder();
  for (const [us, count] of Object.entries(values)) recorder.record(1000 * Number(us), count);
  return recorder.summary();
}

const counts: NonNullable<Trial['counts']> = {
  completed: 10_000,
  sent: 10_000,
  ok: 10_000,
  errors: {},
  timeouts: 0,
  unfinished: 0,
  offered: null,
  starved: null,
  bytesRead: 0,
};
const service = histogram({ 990: 10_000 });
const cpu = (value: number) => ({ value, source: 'test', quality: 'exact' }) as const;

/** A second of 10 connections that are answered every 1000 us after 990 us. */
const seen: LoadSeen = {
  condition: closed,
  windowUs: 1_000_000,
  counts,
  latency: { service, response: null, lateness: null },
  cpuUs: cpu(600_000),
  busyShare: null,
  pace: Array.from({ length: 10 }, () => 1000),
};

function check(name: string, change: Partial<LoadSeen> = {}): Check {
  const found = loadChecks(THRESHOLDS, { ...seen, ...change }).find((one) => one.name === name);
  return found ?? expect.fail(`no check ${name}`);
}

describe('closed load', () => {
  test("Little's law: the time that is missing is the client's", () => {
    expect(check('little_residual_percent').value).toBeCloseTo(1, 0);
    expect(check('little_residual_percent').level).toBe('ok');
    const idle = { counts: { ...counts, completed: 9000 } };
    expect(check('little_residual_percent', idle)).toMatchObject({ level: 'warn' });
    expect(check('little_residual_percent', idle).value).toBeCloseTo(10.9, 0);
  });

  test.each([
    { connections: 15, threads: 1, pipeline: 1, judged: true },
    { connections: 16, threads: 1, pipeline: 1, judged: false },
    { connections: 2048, threads: 1, pipeline: 1, judged: false },
    { connections: 2049, threads: 1, pipeline: 1, judged: true },
    { connections: 30, threads: 2, pipeline: 1, judged: true },
    { connections: 31, threads: 2, pipeline: 1, judged: false },
    { connections: 4097, threads: 2, pipeline: 1, judged: false },
    { connections: 4098, threads: 2, pipeline: 1, judged: true },
    { connections: 64, threads: 1, pipeline: 2, judged: true },
  ])("Little's law is not for connections in cohorts: %o", ({ judged, threads, ...load }) => {
    const { connections, pipeline } = load;
    const condition: Condition = { ...closed, connections, load: { kind: 'closed', pipeline } };
    const { value, level, text } = check('little_residual_percent', { condition, threads });
    if (judged) return expect(value).not.toBeNull();
    expect({ value, level }).toEqual({ value: null, level: 'ok' });
    expect(text).toContain('wait for their cohort');
  });

  test('the client is judged by its CPU time, over its threads', () => {
    expect(check('client_cpu_percent')).toMatchObject({ value: 60, level: 'ok' });
    expect(check('client_cpu_percent', { cpuUs: cpu(710_000) }).level).toBe('warn');
    expect(check('client_cpu_percent', { cpuUs: cpu(710_000), threads: 2 }).level).toBe('ok');
  });
});

describe('open load', () => {
  const fine = histogram({ 5: 9_990, 40: 10 });
  const opened: Partial<LoadSeen> = {
    condition: open,
    counts: { ...counts, offered: 10_000, starved: 0 },
    latency: { service, response: service, lateness: fine },
    busyShare: cpu(0.2),
  };
  const late = (us: number, response = service) => ({
    ...opened,
    latency: { service, response, lateness: histogram({ 5: 9_000, [us]: 1_000 }) },
  });

  test('a generator that keeps up is fine in everything', () => {
    const levels = loadChecks(THRESHOLDS, { ...seen, ...opened }).map(({ name, level }) => [
      name,
      level,
    ]);
    expect(levels).toEqual([
      ['shortfall_percent', 'ok'],
      ['lateness_us', 'ok'],
      ['client_busy_percent', 'ok'],
      ['drift_percent', 'ok'],
      ['delayed_ack_percent', 'ok'],
    ]);
  });

  test('replies that do not make up for what was due', () => {
    const short = { ...opened, counts: { ...counts, offered: 10_100, starved: 0 } };
    expect(check('shortfall_percent', short).level).toBe('warn');
    expect(check('shortfall_percent', short).value).toBeCloseTo(0.99, 2);
  });

  test('lateness: beyond 50 us and a tenth of the median response, unless it waited for the server', () => {
    expect(check('lateness_us', late(90)).level).toBe('ok');
    expect(check('lateness_us', late(120)).level).toBe('warn');
    const short = histogram({ 100: 10_000 });
    expect(check('lateness_us', late(60, short)).level).toBe('warn');
    const starved = { ...late(5000), counts: { ...counts, offered: 10_000, starved: 900 } };
    expect(check('lateness_us', starved)).toMatchObject({ level: 'ok' });
    expect(check('lateness_us', starved).text).toContain('wait for a free connection included');
  });

  test('a generator that is busy half of its time', () => {
    expect(check('client_busy_percent', { ...opened, busyShare: cpu(0.51) }).level).toBe('warn');
  });

  test('a p99 that unanswered requests would move', () => {
    const censored = {
      count: 300,
      oldestNs: 9e8,
      responseP99Ns: { lo: 1, hi: null },
      movesP99: true,
    };
    expect(check('censored_requests', { ...opened, censored })).toMatchObject({
      value: 300,
      level: 'warn',
    });
    const harmless = { ...opened, censored: { ...censored, movesP99: false } };
    expect(check('censored_requests', harmless).level).toBe('ok');
  });
});

describe('the window', () => {
  const pace = (first: number, last: number) => ({
    pace: Array.from({ length: 10 }, (_, i) => first + ((last - first) * i) / 9),
  });

  test('throughput that still rises or falls', () => {
    expect(check('drift_percent', pace(1000, 1050)).level).toBe('ok');
    expect(check('drift_percent', pace(1000, 1300)).level).toBe('warn');
    expect(check('drift_percent', pace(1300, 1000)).level).toBe('warn');
  });

  test('what is not known is said', () => {
    expect(check('drift_percent', { pace: { why: 'no record' } })).toMatchObject({
      value: null,
      text: 'no record',
    });
    expect(check('drift_percent', pace(10, 20)).text).toContain('fewer than 100 replies');
  });

  test('a mode at 40 ms differs from a broad tail', () => {
    const level = (service: Histogram) =>
      check('delayed_ack_percent', { latency: { service, response: null, lateness: null } });
    expect(level(histogram({ 900: 9_900, 41000: 100 }))).toMatchObject({ level: 'warn' });
    expect(level(histogram({ 900: 9_900, 41000: 100 })).value).toBeCloseTo(1, 5);
    const tail = { 900: 9_700, 33000: 100, 41000: 100, 49000: 100 };
    expect(level(histogram(tail))).toMatchObject({ value: 0, level: 'ok' });
    expect(level(histogram({ 900: 10_000 })).level).toBe('ok');
  });
});
