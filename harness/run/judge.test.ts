import { describe, expect, it } from 'vitest';
import type { LoadWindow } from '../load/client.js';
import { LatencyRecorder } from '../load/histogram.js';
import type { Condition } from '../results/schema.js';
import { THRESHOLDS } from '../results/thresholds.js';
import { type Evidence, judge } from './judge.js';
import { keepalive } from './testing.js';

const unknown = { ok: false, why: 'not looked at' } as const;
const OPEN: Condition = {
  ...keepalive(2),
  load: { kind: 'open', ratePerS: 1000, arrivals: 'poisson' },
};

/** A window of 1 s in which 500 of 1000 requests had a reply and 3 waited too long. */
function evidence(condition: Condition, change: Partial<LoadWindow>, errors: number): Evidence {
  const histogram = new LatencyRecorder().summary();
  const window: LoadWindow = {
    ...{ startNs: 0n, endNs: 1_000_000_000n, completed: 500, sent: 505, ok: 500, errors: {} },
    ...{ timeouts: 3, unfinished: 2, unanswered: 2, offered: 1000, starved: 900, bytesRead: 0 },
    ...{ service: histogram, response: histogram, lateness: histogram },
    cpuUs: { value: 1e6, source: 'test', quality: 'exact' },
    firstError: 'timeout: no reply within 5 s',
    ...change,
  };
  return {
    place: { subject: 'good', condition, block: 0, position: 0 },
    client: { kind: 'native', version: 'test' },
    observation: {
      ...{ statsIntervalNs: 1e9, completedBetweenStats: 500, uncertain: 0, oursUs: 0 },
      ...{ errorsSinceStart: errors, cpu: unknown, harnessUs: 0, rss: unknown, threads: unknown },
      server: { requests: { value: 500, source: 'server', quality: 'exact' } },
      machine: {},
    },
    window,
    rssReady: unknown,
    warmup: { completed: 10, wanted: 2, errors: 0 },
    tenths: { why: 'not recorded' },
    thresholds: THRESHOLDS,
    stopFault: undefined,
  };
}

describe('requests that waited longer than the client does', () => {
  it('are a result of an open load, those sent before the window too', () => {
    const { status, counts } = judge(evidence(OPEN, {}, 3));
    expect(status).toBe('ok');
    expect(counts?.timeouts).toBe(3);
    expect(judge(evidence(OPEN, { timeouts: 0, sent: 502 }, 1)).status).toBe('ok');
  });

  it('fail a closed load, in which the server was asked no more than it had answered', () => {
    expect(judge(evidence(keepalive(2), {}, 3))).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('3 requests failed'),
    });
  });

  it('excuse no other error, and no server that answers nothing', () => {
    const reset = { errors: { reset: 1 }, sent: 506 };
    expect(judge(evidence(OPEN, reset, 4)).status).toBe('failed');
    expect(judge(evidence(OPEN, { firstError: 'reset: by peer' }, 4)).status).toBe('failed');
    const hung = { completed: 0, ok: 0, sent: 5 };
    expect(judge(evidence(OPEN, hung, 3)).reason).toContain('the server hung');
  });
});
