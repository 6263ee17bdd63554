import { describe, expect, test } from 'vitest';
import { cannotHere } from '../claim.js';
import { epollFlags } from '../epoll-flags.js';
import { listenSequence } from '../listen-sequence.js';
import { COROUTINE, GO, madeResults } from '../testing.js';
import { calls, LISTEN_AS_CLAIMED, LISTEN_AS_IS, SERVED, traces } from '../testing-evidence.js';
import { writeParks } from '../write-parks.js';
import { flagsOf, isRead, isWrite, parkings } from './traces.js';

describe('parkings', () => {
  test('follows each EAGAIN to the next try', () => {
    expect(parkings(calls(SERVED), isRead)).toEqual({ again: 2, parked: 2, succeeded: 2 });
    expect(parkings(calls(SERVED), isWrite)).toEqual({ again: 1, parked: 1, succeeded: 1 });
  });

  test('one that is never tried again is left out, one tried at once is no parking', () => {
    const last = calls('read connection - = EAGAIN\nepoll_pwait epoll - = 0');
    expect(parkings(last, isRead)).toEqual({ again: 0, parked: 0, succeeded: 0 });
    const spins = calls('read connection - = EAGAIN\nread connection - = 5');
    expect(parkings(spins, isRead)).toEqual({ again: 1, parked: 0, succeeded: 0 });
  });
});

test('flags are read with and without the prefixes of the headers', () => {
  const [call] = calls('epoll_ctl connection EPOLL_CTL_ADD|EPOLLIN|EPOLLET = 0');
  expect([...flagsOf(call ?? expect.fail('no call'))]).toEqual(['ADD', 'IN', 'ET']);
});

describe('who decides', () => {
  test("Go's trace; ours that does otherwise is a flip", () => {
    const both = traces([COROUTINE], LISTEN_AS_CLAIMED, SERVED).traces.items ?? [];
    const items = [...(traces([GO], LISTEN_AS_IS, SERVED).traces.items ?? []), ...both];
    const evidence = { traces: { items, why: null } };
    const decision = listenSequence.decide(madeResults({ evidence }));
    expect(decision.verdict).toBe('refuted');
    expect(decision.flips).toEqual([
      `${COROUTINE} does otherwise: 6 of 6 steps, in this order: socket, non-blocking, bind, listen, epoll_create and epoll_ctl ADD`,
    ]);
  });

  test('without it nothing is decided, and ours is given', () => {
    const evidence = traces([COROUTINE], LISTEN_AS_IS, SERVED);
    const decision = epollFlags.decide(madeResults({ evidence }));
    expect(decision).toMatchObject({ verdict: 'not-measurable', because: 'machine' });
    expect(decision.sentence).toContain(
      `${GO} was not traced. ${COROUTINE} (strace): 1 connection`,
    );
    expect(decision.sentence.startsWith(cannotHere('').sentence.slice(0, 18))).toBe(true);
  });

  test('a trace without the occasion leaves it open', () => {
    const served = SERVED.replace(/.*write connection - = EAGAIN\n/, '');
    const evidence = traces([GO, COROUTINE], LISTEN_AS_IS, served);
    expect(writeParks.decide(madeResults({ evidence }))).toMatchObject({
      verdict: 'not-measurable',
      because: 'left-open',
    });
  });
});

test('a second ADD, a MOD, a missing DEL and another flag are each seen', () => {
  const altered: [string, string][] = [
    ['read connection - = 77', 'epoll_ctl connection ADD|IN|OUT|RDHUP|ET = 0'],
    ['read connection - = 77', 'epoll_ctl connection MOD|IN = 0'],
    ['epoll_ctl connection DEL = 0', 'close connection - = 0'],
    ['ADD|IN|OUT|RDHUP|ET', 'ADD|IN|OUT|RDHUP'],
    ['ADD|IN|OUT|RDHUP|ET', 'ADD|IN|OUT|RDHUP|ET|EXCLUSIVE'],
  ];
  for (const [from, to] of altered) {
    const evidence = traces([GO], LISTEN_AS_IS, SERVED.replace(from, to));
    expect(epollFlags.decide(madeResults({ evidence })).verdict, to).toBe('refuted');
  }
});

test('two connections are followed each on its own', () => {
  const two = calls(`
    read connection - = EAGAIN
    read connection - = EAGAIN
    epoll_pwait epoll - = 2
    read connection - = 7
    read connection - = 7`).map((call, i) =>
    i % 3 === 1 ? { ...call, on: 'connection 2' } : call,
  );
  expect(two.map(({ on }) => on)).toContain('connection 2');
  expect(parkings(two, isRead)).toEqual({ again: 2, parked: 2, succeeded: 2 });
});
