import { describe, expect, it, test } from 'vitest';
import type { Trial } from '../results/schema.js';
import { failTrial, type MakeRunOptions, makeResults, voidTrial } from '../results/testing.js';
import { renderTable, troubles } from './table.js';
import { standardResults } from './testing.js';

/** What a closed loop has no latencies of. */
const NO_OPEN = { response: null, lateness: null } as const;

function table(width: number, options?: MakeRunOptions): string {
  const results = options
    ? makeResults({ blocks: 8, windowMs: 1000, ...options })
    : standardResults();
  const text = renderTable(results, width);
  const tooLong = text.split('\n').filter((line) => line.length > width);
  expect(tooLong).toEqual([]);
  return text;
}

function spoil(trial: Trial): Trial {
  if (trial.subject === 'thread-per-connection' && trial.condition === 'keepalive-c512') {
    return failTrial(trial);
  }
  const isVoid = trial.condition === 'keepalive-c64' && trial.block === 3 && trial.position === 1;
  return isVoid ? voidTrial(trial) : trial;
}

describe('renderTable', () => {
  it('fits 80 columns', () => {
    expect(table(80)).toMatchSnapshot();
  });

  it('says which conditions are noisy or invalid', () => {
    const kind = 'condition' as const;
    const parts = [
      { id: 'keepalive-c1', kind, level: 'noisy' as const, reasons: [] },
      { id: 'keepalive-c64', kind, level: 'invalid' as const, reasons: [] },
    ];
    const made = makeResults();
    const text = renderTable({ ...made, quality: { ...made.quality, level: 'noisy', parts } }, 100);
    const titles = text.split('\n').filter((line) => line.startsWith('keepalive, '));
    expect(titles.map((line) => line.replace(/^.*: /, ''))).toEqual([
      '6 blocks, noisy',
      'it decides nothing',
      '6 blocks',
    ]);
    expect(titles[1]).toContain('6 blocks, invalid: it');
  });

  it('has more intervals at 120 columns', () => {
    expect(table(120)).toMatchSnapshot();
  });

  it('is no wider than it needs in a very wide window', () => {
    const widest = Math.max(
      ...table(300)
        .split('\n')
        .map((line) => line.length),
    );
    expect(widest).toBeLessThan(260);
    const rows = table(300)
      .split('\n')
      .filter((line) => line.startsWith('go-net '));
    for (const row of rows) expect(row.length).toBeLessThan(135);
  });

  it('keeps the columns of all sections below each other', () => {
    const heads = table(80)
      .split('\n')
      .filter((line) => line.startsWith('server'));
    expect(heads).toHaveLength(3);
    expect(new Set(heads).size).toBe(1);
  });

  it('shows failed subjects, void blocks, skipped variants and lower bounds, each with its reason', () => {
    const skipped = [
      { variant: 'rust-epoll', why: 'cargo is not installed: apt-get install cargo' },
    ];
    const text = table(80, { edit: spoil, skipped, clientCpuUsPerRequest: 9 });
    expect(text).toMatchSnapshot();
    expect(text).toMatch(/^thread-per-connection +- +- +- +- +- +-$/m);
    expect(text).toContain('keepalive, 64 connections: 7 of 8 blocks');
    expect(text).toMatch(/^go-net .* >=\d+k /m);
  });

  it('shows the batches of those servers that count them, and says nothing where none does', () => {
    expect(table(80)).toContain('requests per wait: callback-epoll 16.0, coroutine-epoll 16.0\n');
    const silent = table(80, { subjects: ['go-net', 'thread-per-connection'] });
    expect(silent).not.toContain('requests per wait');
    expect(silent).toContain("client's CPU us/request: go-net 3.6");
  });

  it('says why there is no interval, once', () => {
    const text = table(80, { blocks: 2 });
    expect(text).toContain(
      '-  interval of every row: no 95 % interval from 2 values: 6 are needed',
    );
    expect(text.match(/6 are needed/g)).toHaveLength(1);
    expect(text).not.toContain('no difference seen');
  });

  it('shows no quantile that some trials lack, and says that only some do', () => {
    const text = table(80, {
      blocks: 8,
      connections: [64],
      edit: (trial) => {
        const service = trial.latency?.service;
        if (trial.subject !== 'go-net' || trial.block > 2 || !service) return trial;
        return { ...trial, latency: { ...NO_OPEN, service: { ...service, count: 999 } } };
      },
    });
    expect(text).toMatch(/^go-net .* -$/m);
    expect(text.replace(/\n +/g, ' ')).toContain(
      '-  p99 of go-net at 64: in some trials fewer than 10 samples lie beyond this quantile',
    );
  });

  it('has no ratios without the reference', () => {
    const text = table(80, { subjects: ['callback-epoll', 'coroutine-epoll'] });
    expect(text).not.toContain('ratio to');
    expect(text).not.toContain('(A/A)');
  });

  it('shows what an interrupted run has, and says that it was interrupted', () => {
    const text = table(80, { stopAfter: 7 });
    expect(text).toContain('keepalive, 1 connection: 1 of 8 blocks');
    expect(text).toContain('keepalive, 512 connections: 0 of 8 blocks\nnot measured');
    expect(text).toContain('problem: interrupted after 7 of 120');
  });

  it('marks a ratio as ~ exactly when its interval covers 1', () => {
    const results = makeResults({ blocks: 8, connections: [64] });
    for (const row of results.summary) {
      if (row.kind !== 'ratio' || row.metric !== 'cpu_us_per_request') continue;
      const line = renderTable(results, 80)
        .split('\n')
        .find((text) => text.startsWith(`${row.subject} `));
      const covers = (row.lo ?? 0) <= 1 && (row.hi ?? 0) >= 1;
      expect(line?.includes('~')).toBe(covers);
    }
  });

  it('never lets a bound that is not 1 look like 1 where there is a difference', () => {
    const results = makeResults({ blocks: 8, connections: [64] });
    const summary = results.summary.map((row) =>
      row.kind === 'ratio' && row.subject === 'callback-epoll'
        ? { ...row, ratio: 0.98, lo: 0.96, hi: 0.998 }
        : row,
    );
    expect(renderTable({ ...results, summary }, 80)).toContain('0.98 0.96-0.998');
  });

  it('cuts a long name rather than the numbers', () => {
    const results = makeResults({ blocks: 8, connections: [64] });
    const long = `${'very-'.repeat(12)}long`;
    const rename = (id: string) => (id === 'callback-epoll' ? long : id);
    const subjects = results.header.subjects.map((s) => ({ ...s, id: rename(s.id) }));
    const summary = results.summary.map((row) => ({ ...row, subject: rename(row.subject) }));
    const trials = results.trials.map((trial) => ({ ...trial, subject: rename(trial.subject) }));
    const order = results.header.plan.order.map((blocks) => blocks.map((ids) => ids.map(rename)));
    const header = { ...results.header, subjects, plan: { ...results.header.plan, order } };
    const lines = renderTable({ ...results, header, summary, trials }, 80).split('\n');
    const row = lines.find((line) => line.startsWith('very-'));
    expect(row).toMatch(/^very-very-[^ ]*… +\d/);
    expect(row?.length).toBeLessThanOrEqual(80);
  });

  it('paints titles and notes without touching their text', () => {
    const results = standardResults();
    const mark = (text: string) => `\u001b[1m${text}\u001b[22m`;
    const painted = renderTable(results, 80, { title: mark, note: mark });
    expect(painted).toContain('\u001b[1mkeepalive, 1 connection');
    const codes = ['\u001b[1m', '\u001b[22m'];
    const bare = codes.reduce((text, code) => text.replaceAll(code, ''), painted);
    expect(bare).toBe(renderTable(results, 80));
  });
});

const STOLEN = (percent: string) => `${percent} % of the CPU time was stolen (limit 10 %)`;

function withVoid(reasons: readonly (string | undefined)[]) {
  const results = makeResults({ subjects: ['go-net'], connections: [64], blocks: 6 });
  const trials = results.trials.map((trial, index) => {
    const reason = reasons[index];
    return reason === undefined ? trial : voidTrial(trial, reason);
  });
  return { ...results, trials };
}

test('reasons that differ in their number alone are one, with the range', () => {
  const results = withVoid([STOLEN('12.5'), STOLEN('9.0'), undefined, STOLEN('40.1')]);
  expect(troubles(results)).toEqual([
    `void: 3 of 6 blocks at 64 left out: 9.0 to 40.1${STOLEN('')}`,
  ]);
});

test('other reasons stay apart', () => {
  const results = withVoid([STOLEN('12.5'), 'no port was left']);
  expect(troubles(results)).toEqual([
    `void: 2 of 6 blocks at 64 left out: ${STOLEN('12.5')}; no port was left`,
  ]);
});
