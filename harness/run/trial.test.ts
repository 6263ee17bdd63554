import { describe, expect, it } from 'vitest';
import type { LoadWindow } from '../load/client.js';
import { LatencyRecorder } from '../load/histogram.js';
import type { Condition } from '../results/schema.js';
import { THRESHOLDS } from '../results/thresholds.js';
import { keepalive } from './testing.js';
import { type Lived, outcomeOf } from './trial.js';

const unknown = { ok: false, why: 'not looked at' } as const;
const OPEN: Condition = {
  ...keepalive(2),
  load: { kind: 'open', ratePerS: 1000, arrivals: 'poisson' },
};

/** A window of 1 s in which 500 of 1000 requests had a reply and 3 waited too long. */
function evidence(condition: Condition, change: Partial<LoadWindow>, errors: number): Lived {
  const histogram = new LatencyRecorder().summary();
  const window: LoadWindow = {
    startNs: 0n,
    endNs: 1_000_000_000n,
    completed: 500,
    sent: 505,
    ok: 500,
    errors: {},
    timeouts: 3,
    unfinished: 2,
    unanswered: 2,
    offered: 1000,
    starved: 900,
    bytesRead: 0,
    service: histogram,
    response: histogram,
    lateness: histogram,
    cpuUs: { value: 1e6, source: 'test', quality: 'exact' },
    firstError: 'timeout: no reply within 5 s',
    ...change,
  };
  return {
    place: { subject: 'good', condition, block: 0, position: 0 },
    client: { kind: 'native', version: 'test' },
    thresholds: THRESHOLDS,
    parts: [
      {
        round: 0,
        leg: 0,
        window,
        errors,
        completedInAll: 510,
        warmup: { completed: 10, wanted: 2, errors: 0 },
        tenths: { why: 'not recorded' },
        seen: {
          firstNs: 0,
          lastNs: 1e9,
          completedBetweenStats: 500,
          uncertain: 0,
          harnessUs: 0,
          server: { requests: { value: 500, source: 'server', quality: 'exact' } },
        },
      },
    ],
    atEnd: {
      rssReady: unknown,
      rss: unknown,
      threads: unknown,
      pss: { value: null, source: 'kernel', quality: 'unavailable', why: 'not looked at' },
    },
    process: {},
    span: { cpu: unknown, oursUs: 0, machine: {} },
    stopFault: undefined,
  };
}

describe('requests that waited longer than the client does', () => {
  it('are a result of an open load, those sent before the window too', () => {
    const { status, counts } = outcomeOf(evidence(OPEN, {}, 3));
    expect(status).toBe('ok');
    expect(counts?.timeouts).toBe(3);
    expect(outcomeOf(evidence(OPEN, { timeouts: 0, sent: 502 }, 1)).status).toBe('ok');
  });

  it('fail a closed load, in which the server was asked no more than it had answered', () => {
    expect(outcomeOf(evidence(keepalive(2), {}, 3))).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('3 requests failed'),
    });
  });

  it('excuse no other error, and no server that answers nothing', () => {
    const reset = { errors: { reset: 1 }, sent: 506 };
    expect(outcomeOf(evidence(OPEN, reset, 4)).status).toBe('failed');
    expect(outcomeOf(evidence(OPEN, { firstError: 'reset: by peer' }, 4)).status).toBe('failed');
    const hung = { completed: 0, ok: 0, sent: 5 };
    expect(outcomeOf(evidence(OPEN, hung, 3)).reason).toContain('the server hung');
  });
});

describe('requests that no reply ever came to', () => {
  const answered = { timeouts: 0, firstError: undefined, sent: 505, unfinished: 5 };
  const { firstError: _none, ...quiet } = answered;
  const lived = (unanswered: number): Lived => {
    const made = evidence(keepalive(2), { ...quiet, unanswered }, 0);
    const parts = made.parts.map((part) => {
      const { firstError: _, ...window } = part.window;
      return { ...part, window };
    });
    return { ...made, parts };
  };

  it('fail a server that had the time to answer', () => {
    expect(outcomeOf(lived(2))).toMatchObject({
      status: 'failed',
      reason: '2 requests had no reply when traffic had stopped for a second or more',
    });
    expect(outcomeOf(lived(1)).reason).toMatch(/^1 request had no reply/);
  });

  it('fail nobody where all were answered when traffic had stopped', () => {
    expect(outcomeOf(lived(0)).status).toBe('ok');
  });
});

describe('the change of speed in a life', () => {
  const drift = (counts: readonly number[]) => {
    const made = evidence(keepalive(2), {}, 0);
    const [part] = made.parts;
    if (part === undefined) throw new Error('no part');
    const parts = counts.map((completed, round) => ({
      ...part,
      round,
      window: { ...part.window, completed },
    }));
    return outcomeOf({ ...made, parts }).checks.find(({ name }) => name === 'drift_percent');
  };

  it('is that from its first slices to its last', () => {
    expect(drift([500, 500, 500, 500, 500, 500])).toMatchObject({ value: 0, level: 'ok' });
    expect(drift([300, 300, 400, 400, 500, 500])?.level).toBe('warn');
  });

  it('is not known from a few', () => {
    const few = { value: null, level: 'ok', text: 'fewer than 6 slices' };
    expect(drift([500, 400, 300])).toMatchObject(few);
  });
});
