import { describe, expect, it } from 'vitest';
import type { LoadMode } from '../results/schema.js';
import { refuseConditions } from './refusals.js';
import { conditionOf, parseWorkload } from './workloads.js';

const APART = { serverCpus: [0], clientCpus: [1] };
const USUAL = { client: 'native', net: 'lo', placement: APART, windowMs: 1000 } as const;
const CLOSED: LoadMode = { kind: 'closed', pipeline: 1 };
const OPEN: LoadMode = { kind: 'open', ratePerS: 1000, arrivals: 'poisson' };
const conditions = (text: string, load: LoadMode = CLOSED, connections = 64) =>
  parseWorkload(text).map((workload) => conditionOf(workload, connections, load));

describe('refuseConditions', () => {
  it.each(['keepalive', 'greeting', 'idle', 'relay', 'bulk', 'work', 'sleep'])(
    'takes %s, closed and open, with the native client',
    (name) => {
      for (const load of [CLOSED, OPEN]) {
        expect(() => refuseConditions(conditions(name, load), USUAL)).not.toThrow();
      }
    },
  );

  const shared = { serverCpus: [0, 1], clientCpus: [1] };
  it.each([
    ['an open load of wrk', conditions('keepalive', OPEN), { client: 'wrk' }, 'wrk makes no open'],
    [
      'bulk of autocannon',
      conditions('bulk'),
      { client: 'autocannon' },
      'autocannon cannot do bulk',
    ],
    ['idle of wrk', conditions('idle'), { client: 'wrk' }, 'wrk cannot do idle'],
    [
      'an open load without a CPU',
      conditions('work:10', OPEN),
      { placement: shared },
      'share CPU 1',
    ],
    ['relay over veth', conditions('relay'), { net: 'veth' }, 'on the loopback device'],
    [
      'a pipeline of greetings',
      conditions('greeting', { kind: 'closed', pipeline: 2 }),
      {},
      'a connection per request has no pipeline',
    ],
    [
      'work that takes longer than a client waits',
      conditions('work:10000', CLOSED, 512),
      {},
      'work-10000us-c512: 512 connections need 5120 ms of CPU for one reply each',
    ],
    [
      'a sleep of most of a window',
      conditions('sleep:600'),
      {},
      'a reply takes 600 ms, and windows',
    ],
    [
      'replies that take longer',
      conditions('bulk:8388608'),
      {},
      '2000 ms, and windows are 2000 ms',
    ],
  ] as const)('refuses %s', (_, asked, change, message) => {
    expect(() => refuseConditions(asked, { ...USUAL, ...change })).toThrow(message);
  });

  it('knows that slow readers have windows of two seconds, however short those of a plan are', () => {
    const short = { ...USUAL, windowMs: 200 };
    expect(() => refuseConditions(conditions('bulk:4194304'), short)).not.toThrow();
    expect(() => refuseConditions(conditions('sleep:101'), short)).toThrow('windows are 200 ms');
  });

  it('lets other clients do what they can', () => {
    for (const name of ['keepalive', 'work', 'sleep']) {
      expect(() => refuseConditions(conditions(name), { ...USUAL, client: 'wrk' })).not.toThrow();
    }
  });

  it('counts the CPUs of the server in', () => {
    const two = { serverCpus: [0, 1], clientCpus: [2] };
    const asked = conditions('work:10000', CLOSED, 512);
    expect(() => refuseConditions(asked, { ...USUAL, placement: two })).not.toThrow();
  });
});
