import { describe, expect, test } from 'vitest';
import { type Measured, metricName, type Trial } from '../results/schema.js';
import { failTrial, type MakeRunOptions, makeRun } from '../results/testing.js';
import { clientLimit, clientShare, serverShare } from './limit.js';
import { type MetricValue, metricsOf } from './metrics.js';

const { header, trials } = makeRun({ subjects: ['callback-epoll'], connections: [64], blocks: 1 });
const trial = trials[0] as Trial;
const condition = header.plan.conditions[0] ?? expect.fail('no condition');
const placement = { serverCpus: [0], clientCpus: [1] };
const place = { condition, placement };
const on = (cpus: typeof placement) => ({ condition, placement: cpus });

function counted(value: number | null): Measured {
  return { value, source: 'test', quality: value === null ? 'unavailable' : 'exact' };
}

/**
 * The trial with round numbers: 1.5 s, 150000 replies, 1.4 s of server CPU for 200000 requests
 * between the stats.
 */
const round: Trial = {
  ...trial,
  window: { startNs: '9007199254740993000', endNs: '9007199256240993000' },
  counts: { ...(trial.counts ?? expect.fail('no counts')), completed: 150_000, errors: {} },
  server: {
    user_cpu_us: counted(400_000),
    system_cpu_us: counted(1_000_000),
    voluntary_switches: counted(20_000),
    involuntary_switches: counted(0),
    syscalls: counted(620_000),
    epoll_waits: counted(50_000),
    run_queue_wait_us: counted(300_000),
    rss_bytes_ready: counted(4_000_000),
    rss_bytes: counted(4_640_000),
  },
  client: {
    ...(trial.client ?? expect.fail('no client')),
    cpuUs: counted(600_000),
    completedBetweenStats: 200_100,
    requestsBetweenStats: { value: 200_000, source: 'server', quality: 'exact' },
    statsIntervalNs: 1_600_000_000,
  },
};

function metric(name: string, of: Trial = round, connections = 64): MetricValue {
  const all = metricsOf(of, { ...place, condition: { ...condition, connections } });
  return all.find((m) => m.metric === name) ?? expect.fail(`no ${name}`);
}

function withServer(key: string, measured: Measured | undefined): Trial {
  const { [key]: _, ...server } = round.server;
  return { ...round, server: measured ? { ...server, [key]: measured } : server };
}

test('every metric of the schema, in its order, with unit and direction', () => {
  const all = metricsOf(round, place);
  expect(all.map((m) => m.metric)).toEqual(metricName.options);
  expect(all.filter((m) => m.better === 'higher').map((m) => m.metric)).toEqual([
    'requests_per_s',
    'requests_per_cpu_s',
  ]);
  expect(all.filter((m) => m.better === 'neither').map((m) => m.metric)).toEqual([
    'requests_per_wait',
  ]);
});

test.each([
  ['requests_per_s', 100_000],
  ['cpu_us_per_request', 7],
  ['requests_per_cpu_s', 1e6 / 7],
  ['voluntary_switches_per_request', 0.1],
  ['involuntary_switches_per_request', 0],
  ['syscalls_per_request', 3.1],
  ['rss_bytes_per_connection', 10_000],
  ['errors', 0],
  ['requests_per_wait', 4],
  ['client_cpu_us_per_request', 4],
  ['run_queue_wait_us_per_request', 1.5],
])('%s is %d', (name, value) => {
  expect(metric(name).value).toBeCloseTo(value, 6);
  expect(metric(name)).not.toHaveProperty('why');
});

describe('what was not measured is null with a why', () => {
  test('a counter that the server leaves out', () => {
    const result = metric('syscalls_per_request', withServer('syscalls', undefined));
    expect(result).toMatchObject({ value: null, why: 'the server does not count syscalls' });
  });

  test('a counter that is null keeps its own reason', () => {
    const why = 'the counter went backwards';
    const trialWithout = withServer('system_cpu_us', { ...counted(null), why });
    for (const name of ['cpu_us_per_request', 'requests_per_cpu_s']) {
      expect(metric(name, trialWithout)).toMatchObject({ value: null, why });
    }
  });

  test('a source that is not exact says so', () => {
    const partial: Measured = { value: 20_000, source: '/proc', quality: 'partial' };
    const result = metric(
      'voluntary_switches_per_request',
      withServer('voluntary_switches', partial),
    );
    expect(result.source).toBe('/proc (partial)');
  });

  test('no request between the stats: no figure per request, and no division by 0', () => {
    const requestsBetweenStats = { value: 0, source: 'client', quality: 'sampled' } as const;
    const client = { ...(round.client ?? expect.fail()), requestsBetweenStats };
    const result = metric('cpu_us_per_request', { ...round, client });
    expect(result).toMatchObject({ value: null, why: 'no request was completed' });
  });

  test('waits that are not counted, or that are inside other calls', () => {
    expect(metric('requests_per_wait', withServer('epoll_waits', undefined))).toMatchObject({
      value: null,
      why: 'the server does not count its waits',
    });
    expect(metric('requests_per_wait', withServer('epoll_waits', counted(0)))).toMatchObject({
      value: null,
      why: 'no wait was counted: it waits in other calls, such as read',
    });
    const why = 'the counter went backwards';
    const gone = withServer('epoll_waits', { ...counted(null), why });
    expect(metric('requests_per_wait', gone)).toMatchObject({ value: null, why });
  });

  test('waits on a ring are waits', () => {
    const ring = { ...round.server, epoll_waits: counted(0), ring_enters: counted(100_000) };
    expect(metric('requests_per_wait', { ...round, server: ring }).value).toBe(2);
  });

  test("the client's CPU in an open load, whose generator spins", () => {
    const load = { kind: 'open', ratePerS: 1000, arrivals: 'poisson' } as const;
    const open = { ...place, condition: { ...condition, load } };
    const found = metricsOf(round, open).find((m) => m.metric === 'client_cpu_us_per_request');
    expect(found).toMatchObject({ value: null, why: expect.stringContaining('spins') });
  });

  test('waits for a CPU, of a trial that did not read them', () => {
    const without = withServer('run_queue_wait_us', undefined);
    const { value, why } = metric('run_queue_wait_us_per_request', without);
    expect(value).toBeNull();
    expect(why).toBe('the server does not count run_queue_wait_us');
  });

  test('counters of the hardware, where the machine has none', () => {
    expect(metric('llc_misses_per_request')).toMatchObject({
      value: null,
      why: expect.stringContaining('`hardware_counters` of the environment'),
    });
    const sampled = { value: 5e9, source: 'perf instructions', quality: 'sampled' } as const;
    expect(metric('instructions_per_request', withServer('hw_instructions', sampled))).toEqual({
      metric: 'instructions_per_request',
      unit: 'instructions',
      better: 'lower',
      source: 'perf instructions (sampled)',
      value: 25_000,
    });
  });

  test('memory below 8 connections', () => {
    expect(metric('rss_bytes_per_connection', round, 8).value).toBe(80_000);
    expect(metric('rss_bytes_per_connection', round, 7)).toMatchObject({
      value: null,
      why: 'below 8 connections the page size hides it',
    });
  });

  test('a failed trial has no metric at all', () => {
    for (const m of metricsOf(failTrial(round), place)) {
      expect(m.value).toBeNull();
      expect(m.why).toMatch(/./);
    }
  });
});

describe('quantiles', () => {
  function quantiles(count: number): (number | null)[] {
    const service = { ...(trial.latency?.service ?? expect.fail()), count };
    const cut = {
      ...round,
      latency: {
        service: { ...service, p50: 1e3, p90: 2e3, p99: 3e3, p999: 4e3 },
        response: null,
        lateness: null,
      },
    };
    return ['p50', 'p90', 'p99', 'p999'].map((q) => metric(`latency_us_${q}`, cut).value);
  }

  test.each([
    [19, [null, null, null, null]],
    [20, [1, null, null, null]],
    [100, [1, 2, null, null]],
    [999, [1, 2, null, null]],
    [1000, [1, 2, 3, null]],
    [10_000, [1, 2, 3, 4]],
  ])('with %i samples those with 10 beyond are shown, in us', (count, expected) => {
    expect(quantiles(count)).toEqual(expected);
  });

  test('a quantile that is not shown says why', () => {
    const service = { ...(trial.latency?.service ?? expect.fail()), count: 500 };
    const result = metric('latency_us_p99', {
      ...round,
      latency: { service, response: null, lateness: null },
    });
    expect(result.why).toBe('fewer than 10 samples lie beyond this quantile');
  });
});

describe('who was the limit', () => {
  function shares(clientCpuUs: number | null, serverCpuUs: number | null): Trial {
    const client = { ...(round.client ?? expect.fail()), cpuUs: counted(clientCpuUs) };
    const system = counted(serverCpuUs === null ? null : serverCpuUs - 400_000);
    return { ...withServer('system_cpu_us', system), client };
  }
  // The window is 1.5 s, the stats interval 1.6 s, on one server CPU.
  test.each([
    ['the client is not busy', 1_275_000, 800_000, 'none'],
    ['the client is busy, the server idles', 1_276_000, 800_000, 'client'],
    ['both are busy', 1_400_000, 1_520_000, 'none'],
    ['the server is just below saturation', 1_400_000, 1_519_000, 'client'],
    ['client unknown, server saturated', null, 1_590_000, 'none'],
    ['client unknown, server not saturated', null, 800_000, 'unknown'],
    ['server unknown, client not busy', 100_000, null, 'none'],
    ['server unknown, client busy', 1_400_000, null, 'unknown'],
  ] as const)('%s', (_, clientCpuUs, serverCpuUs, limit) => {
    expect(clientLimit(shares(clientCpuUs, serverCpuUs), place)).toBe(limit);
  });

  test('the server is measured against all its CPUs', () => {
    const busy = shares(1_400_000, 1_590_000);
    expect(clientShare(busy)).toBeCloseTo(1.4 / 1.5, 9);
    expect(serverShare(busy, 1)).toBeCloseTo(1.59 / 1.6, 9);
    expect(serverShare(busy, 2)).toBeCloseTo(1.59 / 3.2, 9);
    expect(clientLimit(busy, on({ serverCpus: [0, 2], clientCpus: [1] }))).toBe('client');
  });

  test('on a shared CPU neither side was on its own, whatever the shares', () => {
    const idle = shares(100_000, 400_001);
    expect(clientLimit(idle, place)).toBe('none');
    expect(clientLimit(idle, on({ serverCpus: [0, 1], clientCpus: [1, 2] }))).toBe('shared');
  });

  test('throughput becomes a lower bound, latency a why; CPU per request stays what it is', () => {
    const limited = shares(1_400_000, 800_000);
    const throughput = metric('requests_per_s', limited);
    expect(throughput).toMatchObject({ value: 100_000, bound: 'lower' });
    expect(throughput.why).toContain("the client's CPU was the limit");
    expect(metric('latency_us_p50', limited)).not.toHaveProperty('bound');
    expect(metric('latency_us_p50', limited).why).toContain('set by the client too');
    expect(metric('cpu_us_per_request', limited)).not.toHaveProperty('why');
  });

  test.each<[string, MakeRunOptions, 'lower' | undefined]>([
    ['quick client', { clientCpuUsPerRequest: 3.6 }, undefined],
    ['slow client', { clientCpuUsPerRequest: 8 }, 'lower'],
  ])('made-up runs behave alike: %s', (_, options, bound) => {
    const run = makeRun({ ...options, subjects: ['callback-epoll'], connections: [64], blocks: 2 });
    for (const made of run.trials) expect(metric('requests_per_s', made).bound).toBe(bound);
  });
});

describe('open load', () => {
  const load = { kind: 'open', ratePerS: 1000, arrivals: 'poisson' } as const;
  const open = { ...place, condition: { ...condition, load } };
  const service = round.latency?.service ?? expect.fail('no histogram');
  const response = { ...service, p99: service.p99 * 7 };
  const busyShare = (value: number | null): Trial => ({
    ...round,
    latency: { service, response, lateness: service },
    client: { ...(round.client ?? expect.fail('no client')), busyShare: counted(value) },
  });
  const p99 = (of: Trial) =>
    metricsOf(of, open).find((m) => m.metric === 'latency_us_p99') ?? expect.fail('no p99');

  test('latency is the response time, and the source says so', () => {
    expect(p99(busyShare(0.1)).value).toBeCloseTo(response.p99 / 1000, 9);
    expect(p99(busyShare(0.1)).source).toContain('response times: instant the request was due');
    expect(metric('latency_us_p99').source).toContain('service times: write of the request');
  });

  test('without response times there is no latency, rather than a kinder one', () => {
    const latency = { service, response: null, lateness: null };
    expect(p99({ ...round, latency })).toMatchObject({ value: null });
    expect(p99({ ...round, latency }).why).toBe('the client measured no response times');
  });

  test('a spinning generator is judged by its busy share, not by its CPU time', () => {
    expect(clientLimit(busyShare(0.5), open)).toBe('none');
    expect(clientLimit(busyShare(0.51), open)).toBe('client');
    expect(clientLimit(busyShare(null), open)).toBe('unknown');
  });
});

test('memory per connection counts the silent ones too', () => {
  const idle = {
    ...condition,
    workload: 'idle',
    parameters: { silentConnections: 936 },
  } as const;
  const all = metricsOf(round, { ...place, condition: idle });
  const found = all.find((one) => one.metric === 'rss_bytes_per_connection');
  expect(found?.value).toBe(640_000 / 1000);
});

describe('slow readers set the pace of bulk', () => {
  const parameters = { replyBytes: 1000, readBytesPerS: 1000 };
  const bulk = { ...condition, workload: 'bulk', parameters } as const;
  const saturated = {
    ...round,
    server: { ...round.server, system_cpu_us: counted(1_200_000) },
  };

  test.each([
    ['closed', condition.load],
    ['open', { kind: 'open', ratePerS: 1000, arrivals: 'fixed' } as const],
  ])('in a load that is %s', (_, load) => {
    const at = { ...place, condition: { ...bulk, load } };
    expect(clientLimit(round, at)).toBe('readers');
    const throughput = metricsOf(round, at).find((one) => one.metric === 'requests_per_s');
    expect(throughput).toMatchObject({
      bound: 'lower',
      why: 'at least this: the slow readers set the pace',
    });
  });

  test('unless the server was saturated', () => {
    expect(serverShare(saturated, 1)).toBe(1);
    expect(clientLimit(saturated, { ...place, condition: bulk })).toBe('none');
  });
});
