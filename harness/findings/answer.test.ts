import { describe, expect, test } from 'vitest';
import type { Measured, Trial } from '../results/schema.js';
import { failTrial, type MakeRunOptions, makeResults } from '../results/testing.js';
import { type Answer, answerOf, NO_ANSWER } from './answer.js';

function answer(options: MakeRunOptions = {}): Answer {
  return answerOf(makeResults({ blocks: 10, noise: 0.006, ...options }));
}

/** Multiplies a server counter in the trials of one subject. */
function scaled(subject: string, keys: readonly string[], factor: number) {
  return (trial: Trial): Trial => {
    if (trial.subject !== subject) return trial;
    const server = { ...trial.server };
    for (const key of keys) {
      const counter = server[key] as Measured;
      server[key] = { ...counter, value: (counter.value ?? 0) * factor };
    }
    return { ...trial, server };
  };
}
const CPU = ['user_cpu_us', 'system_cpu_us'];

describe('a complete run', () => {
  const full = answer();

  test('the headline speaks of the most connections, with intervals', () => {
    const less = String.raw`\d+ % less \(\d+ % to \d+ % less\)`;
    const more = String.raw`\d+ % more CPU than go-net \(\d+ % to \d+ % more\)`;
    const rest = `callback-epoll ${less} and coroutine-epoll ${less}`;
    const all = `At 512 connections one request cost thread-per-connection ${more}, ${rest}`;
    expect(full.headline).toMatch(new RegExp(`^${all}\\. `));
    expect(full.headline).toMatch(
      / Voluntary switches per request there: go-net 0\.01\d+, thread-per-connection (0\.9|1\.0)\d/,
    );
  });

  test('one sentence per connection count and cost, with values and ratios', () => {
    expect(full.sentences).toHaveLength(6);
    expect(full.sentences[0]).toMatch(
      /^CPU per request at 1 connection \(ratios to go-net\): go-net /,
    );
    expect(full.sentences[3]).toMatch(
      /^Voluntary switches per request at 64 connections .*: go-net [\d.]+ \(.*\); thread-per-con/,
    );
    expect(full.sentences[3]).toMatch(
      /thread-per-connection [\d.]+, [\d.]+ times as many \([\d.]+ to [\d.]+ times\); callback/,
    );
  });

  test('the comparisons say the same as data', () => {
    expect(full.comparisons).toHaveLength(3 * 3 * 2);
    const threads = full.comparisons.find(
      (c) => c.subject === 'thread-per-connection' && c.connections === 512,
    );
    expect(threads).toMatchObject({ outcome: 'more', metric: 'cpu_us_per_request', n: 10 });
    expect(full.comparisons.some(({ subject }) => subject === 'go-net-twin')).toBe(false);
  });

  test('the twin is judged and the run has no caveat', () => {
    expect(full.aa).toMatchObject({ outcome: 'covers', twin: 'go-net-twin' });
    expect(full.aa.text).toContain('A/A check holds');
    expect(full.caveats).toEqual([]);
  });

  test('the text is all of it', () => {
    const lines = [full.headline, ...full.sentences, full.aa.text];
    expect(full.text).toBe(lines.join('\n'));
  });
});

test('no difference is never called equality: it says what could have been seen', () => {
  const same = answer({
    subjects: ['go-net-twin', 'go-net'],
    connections: [64],
    header: {
      subjects: makeResults({ subjects: ['go-net', 'go-net-twin'] }).header.subjects.map(
        ({ aaOf: _, ...subject }) => subject,
      ),
    },
  });
  const [cpu] = same.comparisons;
  expect(cpu?.outcome).toBe('no-difference');
  expect(cpu?.detectable).toBeGreaterThan(0.001);
  expect(cpu?.detectable).toBeLessThan(0.1);
  expect(cpu?.text).toMatch(
    /^no difference seen \(could have seen [\d.]+ %\); the same within 10 %$/,
  );
  expect(same.headline).toMatch(
    /^At 64 connections no difference in CPU per request from go-net was seen for go-net-twin \(co/,
  );
  expect(same.aa.outcome).toBe('absent');
});

describe('the A/A check', () => {
  test('a twin that differs is called out, with the place and the interval', () => {
    const { aa } = answer({ connections: [64], edit: scaled('go-net-twin', CPU, 1.06) });
    expect(aa.outcome).toBe('misses');
    expect(aa.text).toMatch(
      /differs from it: CPU per request at 64 connections \(1\.0\d to 1\.0\d\)\. Trust no difference/,
    );
    expect(aa.text).toContain(
      'by chance alone CPU per request differs anywhere in fewer than 1 of 20 runs',
    );
  });

  test('one of six intervals that misses at 95 % fails no run: chance does it in 26 % of them', () => {
    // 9 of 10 blocks costlier, the other by the seventh of the distances: p = 2 x 19 / 1024.
    const costly = (trial: Trial): Trial => {
      const factor = 1 + 0.003 * (trial.block + 1) * (trial.block === 6 ? -1 : 1);
      return trial.condition === 'keepalive-c64'
        ? scaled('go-net-twin', CPU, factor)(trial)
        : trial;
    };
    const connections = [1, 2, 8, 64, 256, 512];
    const { aa } = answer({ noise: 0, connections, edit: costly });
    expect(aa.outcome).toBe('covers');
    expect(aa.text).toMatch(/^A\/A check holds: .* at 95 % for the whole run \(ratio: /);
    expect(aa.text).toContain(
      'Taken alone, 1 of 6 intervals of 95 % excludes 1; by chance at least one does in 26 % of runs.',
    );
    expect(answer({ noise: 0, connections: [64], edit: costly }).aa.outcome).toBe('misses');
  });
});

describe('an invalid condition', () => {
  const results = makeResults({ blocks: 10, noise: 0.006 });
  const invalidAt = (...ids: string[]) => {
    const kind = 'condition' as const;
    const parts = ids.map((id) => ({ id, kind, level: 'invalid' as const, reasons: ['x'] }));
    return answerOf({ ...results, quality: { ...results.quality, parts } });
  };

  test('the headline speaks of the valid ones, whatever the level of the run', () => {
    const { headline, sentences } = invalidAt('keepalive-c512');
    expect(headline).toMatch(/^At 64 connections one request cost/);
    expect(sentences[4]).toMatch(
      /^CPU per request at 512 connections \(invalid: it decides nothing; ratios to go-net\): /,
    );
    expect(sentences[2]).toMatch(/^CPU per request at 64 connections \(ratios to go-net\): /);
  });

  test('with nothing else there is no answer', () => {
    expect(invalidAt('keepalive-c1', 'keepalive-c64', 'keepalive-c512').headline).toBe(NO_ANSWER);
  });
});

test('a large ratio reads as times', () => {
  const { headline } = answer({
    subjects: ['callback-epoll', 'go-net'],
    connections: [64],
    edit: scaled('callback-epoll', CPU, 4),
  });
  expect(headline).toMatch(
    /callback-epoll 3\.\d+ times as much CPU as go-net \(3\.\d+ to 3\.\d+ times\)/,
  );
});

describe('runs that can say less', () => {
  test('few blocks: ratios, no interval, and that it is too few', () => {
    const { headline, caveats, aa } = answer({ blocks: 2 });
    expect(headline).toContain('% more CPU than go-net (no interval)');
    expect(caveats).toEqual([
      'A ratio without an interval rests on 2 blocks at most; a 95 % interval needs 6. ' +
        'Such a ratio may be chance.',
    ]);
    expect(aa).toMatchObject({ outcome: 'no-interval', twin: 'go-net-twin' });
  });

  test('one variant that is not the reference', () => {
    const alone = answer({ subjects: ['callback-epoll'] });
    expect(alone.headline).toMatch(
      /^At 512 connections, CPU per request: callback-epoll [\d.]+ us \(/,
    );
    expect(alone.headline).toContain('No ratios: the reference go-net did not take part.');
    expect(alone.comparisons).toEqual([]);
    expect(alone.sentences).toHaveLength(6);
  });

  test('the reference alone, with its twin', () => {
    const alone = answer({ subjects: ['go-net', 'go-net-twin'] });
    expect(alone.headline).toContain('No ratios: go-net was the only model measured.');
    expect(alone.aa.outcome).toBe('covers');
  });

  test('a reference that failed throughout', () => {
    const without = answer({
      edit: (trial) => (trial.subject === 'go-net' ? failTrial(trial) : trial),
    });
    expect(without.headline).toContain('No ratios: no block has both go-net and another model');
    expect(without.sentences[0]).toMatch(
      /^CPU per request at 1 connection: thread-per-connection /,
    );
    expect(without.caveats.join()).toContain('0 of go-net at 1 connection');
    expect(without.aa.outcome).toBe('no-interval');
  });

  test('an interrupted run answers for what was measured', () => {
    const blocks = 8;
    const partial = answer({ blocks, connections: [1, 64], stopAfter: 6 * 2 * 5 + 5 + 1 });
    expect(partial.headline).toMatch(/^At 64 connections one request cost/);
    expect(partial.sentences).toHaveLength(4);
    expect(partial.comparisons.every(({ outcome }) => outcome !== 'no-interval')).toBe(true);
    expect(partial.caveats[1]).toMatch(
      /^Undecided for .*: \d+ differences shown by an interval alone, /,
    );
    expect(partial.caveats).toHaveLength(2);
    expect(partial.caveats[0]).toMatch(
      /^Fewer trials were good than the 8 planned blocks: 7 of every server at 1 connection; 6 of /,
    );
  });

  test('a condition that nothing was measured in has no sentence', () => {
    const first = answer({ connections: [1, 64], blocks: 1, stopAfter: 5 });
    expect(first.headline).toMatch(/^At 1 connection one request cost/);
    expect(first.sentences).toHaveLength(2);
    expect(first.caveats[1]).toContain('0 of every server at 64 connections');
  });

  test('nothing measured', () => {
    const nothing = answer({ stopAfter: 0 });
    expect(nothing.headline).toBe('This run has no answer: no trial was measured.');
    expect(nothing.sentences).toEqual([]);
    expect(nothing.text).not.toContain('A/A');
  });

  test('a counter that stood still gives values and no ratio', () => {
    const still = answer({
      subjects: ['callback-epoll', 'go-net'],
      connections: [64],
      edit: scaled('go-net', ['voluntary_switches'], 0),
    });
    expect(still.sentences[1]).toMatch(/go-net 0 \(0 to 0\); callback-epoll 0\.06\d+ \(/);
    expect(still.caveats[0]).toBe(
      'Not compared: voluntary switches per request of callback-epoll ' +
        '(no ratio: a value is 0 or below in 10 of 10 pairs).',
    );
  });

  test('lower bounds and skipped variants are caveats', () => {
    const { caveats } = answer({
      clientCpuUsPerRequest: 6.4,
      connections: [64, 512],
      skipped: [{ variant: 'rust-mio', why: 'needs cargo' }],
    });
    expect(caveats[0]).toContain(
      'held back callback-epoll (at 64 and 512) and coroutine-epoll (at 64 and 512): throughput',
    );
    expect(caveats[1]).toBe('rust-mio did not take part: needs cargo.');
  });
});

test('conditions that differ in more than connections have different names', () => {
  const load = { kind: 'closed', pipeline: 8 } as const;
  const base = { workload: 'keepalive', connections: 64 } as const;
  const { sentences } = answer({
    subjects: ['callback-epoll', 'go-net'],
    plan: {
      conditions: [
        { ...base, id: 'plain', load: { ...load, pipeline: 1 } },
        { ...base, id: 'piped', load },
      ],
    },
  });
  expect(sentences).toHaveLength(4);
  expect(sentences[0]).toContain('at 64 connections (ratios');
  expect(sentences[2]).toContain('at 64 connections, closed, pipeline 8 (ratios');
});
