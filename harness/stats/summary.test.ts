import { describe, expect, test } from 'vitest';
import {
  type MetricName,
  metricName,
  type RatioRow,
  type SummaryRow,
  summaryRowSchema,
  type Trial,
  type ValueRow,
} from '../results/schema.js';
import { failTrial, type MakeRunOptions, makeRun, voidTrial } from '../results/testing.js';
import { summarise } from './summary.js';

/** What a closed loop has no latencies of. */
const NO_OPEN = { response: null, lateness: null } as const;

const small: MakeRunOptions = {
  subjects: ['thread-per-connection', 'go-net', 'go-net-twin'],
  connections: [64],
};

function rows(options: MakeRunOptions = small): SummaryRow[] {
  const { header, trials } = makeRun({ ...small, ...options });
  return summarise(header, trials);
}

function value(all: SummaryRow[], subject: string, metric: MetricName): ValueRow {
  const row = all.find((r) => r.kind === 'value' && r.subject === subject && r.metric === metric);
  return row?.kind === 'value' ? row : expect.fail(`no value row ${subject} ${metric}`);
}

function ratio(all: SummaryRow[], subject: string, metric: MetricName): RatioRow {
  const row = all.find((r) => r.kind === 'ratio' && r.subject === subject && r.metric === metric);
  return row?.kind === 'ratio' ? row : expect.fail(`no ratio row ${subject} ${metric}`);
}

const THREADS = 'thread-per-connection';

describe('a complete run', () => {
  const all = rows({ connections: [1, 64], blocks: 8 });

  test('every row is of the schema, every subject x condition x metric has its row once', () => {
    for (const row of all) summaryRowSchema.parse(row);
    const metrics = metricName.options.length;
    expect(all.filter((row) => row.kind === 'value')).toHaveLength(3 * 2 * metrics);
    expect(all.filter((row) => row.kind === 'ratio')).toHaveLength(2 * 2 * (metrics - 1));
    const keys = all.map((r) => `${r.kind} ${r.subject} ${r.connections} ${r.metric}`);
    expect(new Set(keys).size).toBe(all.length);
  });

  test('the reference has no ratio to itself; its twin has, under the same variant', () => {
    const ratios = all.filter((row) => row.kind === 'ratio');
    expect(new Set(ratios.map((row) => row.subject))).toEqual(new Set([THREADS, 'go-net-twin']));
    expect(new Set(ratios.map((row) => row.versus))).toEqual(new Set(['go-net']));
    expect(ratio(all, 'go-net-twin', 'requests_per_s').variant).toBe('go-net');
  });

  test('n, interval and confidence', () => {
    const median = value(all, THREADS, 'cpu_us_per_request');
    expect(median).toMatchObject({ n: 8, unit: 'us', better: 'lower', load: 'closed' });
    expect(median.lo).toBeLessThan(median.median ?? 0);
    expect(median.hi).toBeGreaterThan(median.median ?? 0);
    const paired = ratio(all, THREADS, 'cpu_us_per_request');
    expect(paired.n).toBe(8);
    expect(paired.confidence).toBeGreaterThanOrEqual(0.95);
    expect(paired).not.toHaveProperty('why');
  });

  test('pairing takes out what a whole block has in common', () => {
    const relative = (
      { lo, hi }: { lo: number | null; hi: number | null },
      centre: number | null,
    ) => ((hi ?? 0) - (lo ?? 0)) / (centre ?? 0);
    const cost = value(all, 'go-net-twin', 'cpu_us_per_request');
    const paired = ratio(all, 'go-net-twin', 'cpu_us_per_request');
    expect(relative(paired, paired.ratio)).toBeLessThan(relative(cost, cost.median));
    expect(paired.lo).toBeLessThan(1);
    expect(paired.hi).toBeGreaterThan(1);
  });

  test('what the reference does not count has no ratio, and says who lacks it', () => {
    expect(value(all, 'go-net', 'syscalls_per_request')).toMatchObject({ median: null, n: 0 });
    const row = ratio(all, THREADS, 'syscalls_per_request');
    expect(row).toMatchObject({ ratio: null, lo: null, hi: null, confidence: null, n: 0 });
    expect(row.why).toContain('go-net: the server does not count syscalls');
  });
});

describe('spoilt trials', () => {
  const at = (subject: string, block: number, change: (trial: Trial) => Trial) => (trial: Trial) =>
    trial.subject === subject && trial.block === block ? change(trial) : trial;

  test('a void trial takes its whole block from every subject', () => {
    const all = rows({ blocks: 7, edit: at(THREADS, 2, voidTrial) });
    for (const subject of [THREADS, 'go-net', 'go-net-twin']) {
      expect(value(all, subject, 'cpu_us_per_request').n).toBe(6);
    }
    const twin = ratio(all, 'go-net-twin', 'cpu_us_per_request');
    expect(twin).toMatchObject({ n: 6, confidence: 0.96875 });
    expect(twin.why).toBe('6 of 7 planned blocks have both trials ok (1 void)');
  });

  test('the values of a void block do not matter', () => {
    const wild = (trial: Trial) => {
      const spoilt = voidTrial(trial);
      return { ...spoilt, counts: spoilt.counts && { ...spoilt.counts, completed: 1 } };
    };
    const voided = rows({ blocks: 7, edit: at(THREADS, 2, voidTrial) });
    expect(rows({ blocks: 7, edit: at(THREADS, 2, wild) })).toEqual(voided);
  });

  test('a failed trial costs only its own subject the block', () => {
    const all = rows({ blocks: 7, edit: at(THREADS, 2, failTrial) });
    expect(value(all, THREADS, 'cpu_us_per_request').n).toBe(6);
    expect(value(all, 'go-net', 'cpu_us_per_request').n).toBe(7);
    expect(ratio(all, THREADS, 'cpu_us_per_request').n).toBe(6);
    expect(ratio(all, 'go-net-twin', 'cpu_us_per_request').n).toBe(7);
  });

  test('a failed reference costs every subject the pair, not the value', () => {
    const all = rows({ blocks: 7, edit: at('go-net', 2, failTrial) });
    expect(value(all, THREADS, 'cpu_us_per_request').n).toBe(7);
    expect(ratio(all, THREADS, 'cpu_us_per_request').n).toBe(6);
  });

  test('errors of failed trials are counted', () => {
    const failing = (trial: Trial): Trial => ({
      ...trial,
      status: 'failed',
      counts: trial.counts && { ...trial.counts, errors: { reset: 3, wrong_bytes: 1 } },
    });
    const all = rows({ blocks: 1, edit: at(THREADS, 0, failing) });
    expect(value(all, THREADS, 'errors')).toMatchObject({ median: 4, n: 1 });
    const lost = value(all, THREADS, 'requests_per_s');
    expect(lost).toMatchObject({ median: null, n: 0, why: 'no trial is ok: 1 failed' });
  });

  test('an interrupted run: what is there is used, what is not has a why', () => {
    const all = rows({ connections: [1, 64], blocks: 1, stopAfter: 3 });
    const missing = all.filter((r) => r.connections === 64);
    expect(missing.length).toBeGreaterThan(0);
    for (const row of missing) {
      expect(row.kind === 'value' ? row.median : row.ratio).toBeNull();
      expect(row.why).toMatch(/no trial ran|no pairs; 0 of 1 planned blocks/);
    }
    expect(value(all, 'go-net', 'cpu_us_per_request').median).not.toBeNull();
  });

  test('too few blocks: a ratio, no interval, and the reason', () => {
    const all = rows({ blocks: 3 });
    const row = ratio(all, THREADS, 'cpu_us_per_request');
    expect(row.ratio).toBeGreaterThan(1);
    expect(row).toMatchObject({ lo: null, hi: null, confidence: null, n: 3 });
    expect(row.why).toContain('6 are needed');
  });

  test('a trial that is there twice is a fault of the program', () => {
    const { header, trials } = makeRun(small);
    expect(() => summarise(header, [...trials, trials[0] as Trial])).toThrow('two trials of');
  });
});

describe('a metric that only some ok trials have', () => {
  /** So few samples in the first `trials` blocks that p99 is not shown there. */
  const short = (subject: string, trials: number) => (trial: Trial) => {
    const service = trial.latency?.service;
    if (trial.subject !== subject || trial.block >= trials || !service) return trial;
    return { ...trial, latency: { ...NO_OPEN, service: { ...service, count: 999 } } };
  };
  const all = rows({ blocks: 8, edit: short(THREADS, 3) });

  test('has no median, and says in how many trials it was missing', () => {
    expect(value(all, THREADS, 'latency_us_p99')).toMatchObject({
      median: null,
      lo: null,
      hi: null,
      n: 5,
    });
    expect(value(all, THREADS, 'latency_us_p99').why).toBe(
      'no median: 3 of 8 trials lack a value; ' +
        'in 3 of 8 trials: fewer than 10 samples lie beyond this quantile',
    );
    expect(value(all, THREADS, 'latency_us_p90')).toMatchObject({ n: 8, lo: expect.any(Number) });
    expect(value(all, 'go-net', 'latency_us_p99')).toMatchObject({ n: 8, lo: expect.any(Number) });
  });

  test('has no ratio, on whichever side it is missing', () => {
    const row = ratio(all, THREADS, 'latency_us_p99');
    expect(row).toMatchObject({ ratio: null, lo: null, hi: null, confidence: null, n: 5 });
    expect(row.why).toContain('not compared: 3 of 8 pairs lack a value');
    expect(row.why).toContain(`${THREADS}: fewer than 10 samples`);
    expect(ratio(all, THREADS, 'latency_us_p90').ratio).toEqual(expect.any(Number));
    const reference = rows({ blocks: 8, edit: short('go-net', 1) });
    expect(ratio(reference, THREADS, 'latency_us_p99')).toMatchObject({ ratio: null, n: 7 });
  });

  test('so quantiles never cross: the trials that lack one are the slow ones', () => {
    const slow = (trial: Trial): Trial => {
      const service = trial.latency?.service;
      if (trial.subject !== THREADS || trial.block >= 5 || !service) return trial;
      const worse = { ...service, count: 500, p50: 1e9, p90: 2e9, p99: 3e9, p999: 4e9 };
      return { ...trial, latency: { ...NO_OPEN, service: worse } };
    };
    const edited = rows({ blocks: 8, edit: slow });
    const shown = (['p50', 'p90', 'p99', 'p999'] as const).flatMap(
      (name) => value(edited, THREADS, `latency_us_${name}`).median ?? [],
    );
    expect(shown).toHaveLength(2);
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
  });
});

describe('lower bounds', () => {
  // At 7.4 us the client limits callbacks (5.5 us) and Go (6.7 us), not threads (8.1 us).
  const all = rows({
    subjects: ['callback-epoll', THREADS, 'go-net'],
    clientCpuUsPerRequest: 7.4,
    noise: 0.001,
  });

  test('a bounded value says so', () => {
    expect(value(all, 'callback-epoll', 'requests_per_s').bound).toBe('lower');
    expect(value(all, THREADS, 'requests_per_s')).not.toHaveProperty('bound');
  });

  test('ratios of throughput and latency with a bound are refused, of CPU they are not', () => {
    for (const metric of ['requests_per_s', 'latency_us_p50', 'latency_us_p99'] as const) {
      const row = ratio(all, 'callback-epoll', metric);
      expect(row).toMatchObject({ ratio: null, lo: null, hi: null, confidence: null, n: 6 });
      expect(row.why).toContain('not compared: lower bounds in 6 of 6 pairs');
    }
    expect(ratio(all, 'callback-epoll', 'cpu_us_per_request').ratio).toBeLessThan(1);
  });

  test('one bounded trial bounds the row and refuses the ratio', () => {
    const slow = (trial: Trial): Trial => {
      if (trial.subject !== THREADS || trial.block !== 0 || !trial.client) return trial;
      const busy = { ...trial.client.cpuUs, value: 1_490_000 };
      const idle = { value: 1000, source: 'rusage', quality: 'exact' } as const;
      const server = { ...trial.server, user_cpu_us: idle, system_cpu_us: idle };
      return { ...trial, client: { ...trial.client, cpuUs: busy }, server };
    };
    const edited = rows({ edit: slow });
    const bounded = value(edited, THREADS, 'requests_per_s');
    expect(bounded).toMatchObject({ bound: 'lower', n: 6 });
    expect(bounded.why).toContain('in 1 of 6 trials: at least this');
    expect(ratio(edited, THREADS, 'requests_per_s').ratio).toBeNull();
    expect(ratio(edited, 'go-net-twin', 'requests_per_s').ratio).not.toBeNull();
  });
});

test('no reference among the subjects: values, no ratios', () => {
  const all = rows({ subjects: [THREADS] });
  expect(all.every((row) => row.kind === 'value')).toBe(true);
  expect(value(all, THREADS, 'requests_per_s').median).toBeGreaterThan(1000);
});

describe('trials under instruments', () => {
  const measured = (value: number) =>
    ({ value, source: 'raw_syscalls:sys_enter', quality: 'exact' }) as const;
  const { header, trials } = makeRun({ ...small, blocks: 6 });
  /** A block of its own, slow as can be, in which the kernel counted 5 calls per request. */
  const traced = trials
    .filter(({ block }) => block === 0)
    .map((trial): Trial => {
      const calls = 5 * (trial.client?.requestsBetweenStats.value ?? 0);
      const server = {
        ...trial.server,
        user_cpu_us: measured(9e9),
        traced_syscalls: measured(calls),
      };
      return { ...trial, block: 6, id: `${trial.id}-traced`, instrumented: true, server };
    });
  const plain = summarise(header, trials);
  const both = summarise(header, [...trials, ...traced]);

  test('give the system calls of servers that count none, with their source', () => {
    const go = value(both, 'go-net', 'syscalls_per_request');
    expect(go).toMatchObject({ median: 5, n: 1, source: 'raw_syscalls:sys_enter' });
    expect(value(plain, 'go-net', 'syscalls_per_request')).toMatchObject({ median: null });
  });

  test.each([
    ['confirm a count of the server by theirs', 3.15, 'server'],
    ['do not correct it downwards', 2.5, 'server'],
    ['take the place of a count that misses some', 6.2, 'raw_syscalls:sys_enter'],
  ])('%s', (_what, tracedCalls, source) => {
    const edit = (trial: Trial): Trial => {
      const requests = trial.client?.requestsBetweenStats.value ?? 0;
      const own = { ...measured(3.1 * requests), source: 'server' };
      const server = { ...trial.server, syscalls: own };
      if (trial.block < 6) return { ...trial, server };
      const counted = measured(tracedCalls * requests);
      return { ...trial, instrumented: true, server: { ...server, traced_syscalls: counted } };
    };
    const run = makeRun({ ...small, blocks: 7, edit });
    const found = value(summarise(run.header, run.trials), THREADS, 'syscalls_per_request');
    expect(found.source).toBe(source);
    expect(found.median).toBeCloseTo(source === 'server' ? 3.1 : tracedCalls, 6);
  });

  test('change nothing else', () => {
    const others = (rows: SummaryRow[]) =>
      rows.filter(({ metric }) => metric !== 'syscalls_per_request');
    expect(others(both)).toEqual(others(plain));
  });
});

describe('decisions', () => {
  const all = rows({ blocks: 10, noise: 0.004 });

  test('hold for the primary metrics, each row with what could have been seen', () => {
    const cpu = ratio(all, THREADS, 'cpu_us_per_request');
    expect(cpu).toMatchObject({ decision: 'worse' });
    expect(ratio(all, THREADS, 'requests_per_cpu_s').decision).toBe('worse');
    expect(cpu.mde).toBeGreaterThan(0.001);
    expect(cpu.mde).toBeLessThan(0.02);
    expect(ratio(all, 'go-net-twin', 'cpu_us_per_request').decision).toBe('equivalent');
  });

  test('descriptive metrics and refused ratios have none', () => {
    expect(ratio(all, THREADS, 'latency_us_p50').decision).toBeNull();
    expect(ratio(all, THREADS, 'syscalls_per_request')).toMatchObject({
      decision: null,
      mde: null,
    });
  });

  test('six blocks decide nothing among so many metrics, however clear each looks', () => {
    const six = rows({ blocks: 6, noise: 0.004 });
    const cpu = ratio(six, THREADS, 'cpu_us_per_request');
    expect(cpu.lo).toBeGreaterThan(1);
    expect(cpu.decision).toBe('undecided');
  });
});
