import { describe, expect, it } from 'vitest';
import { acceptsOf, parseAccept, unusedEntries, withAccepted } from './accept.js';
import { rowOf } from './testing.js';

const ENTRY = {
  variant: 'demo',
  condition: 'keepalive-c64',
  metric: 'cpu_us_per_request',
  size: 0.12,
  reason: 'checks every header now',
  expires: '2026-12-31',
};
const TODAY = new Date('2026-11-26T12:00:00Z');
const parse = (...accept: object[]) =>
  parseAccept(JSON.stringify({ accept }), 'gate.accept.json', TODAY);

describe('gate.accept.json', () => {
  it('is taken as it is, to its last day', () => {
    expect(parse(ENTRY)).toEqual([ENTRY]);
    expect(parse({ ...ENTRY, expires: '2026-11-26' })).toHaveLength(1);
  });

  it.each([
    ['an expired entry', [{ ...ENTRY, expires: '2026-11-25' }], 'whose time is over: demo keep'],
    ['a repeated entry', [ENTRY, ENTRY], 'twice'],
    ['no reason', [{ ...ENTRY, reason: '-' }], 'accept[0].reason: say in a sentence why'],
    ['no date', [{ ...ENTRY, expires: 'soon' }], 'accept[0].expires'],
    ['no size', [{ ...ENTRY, size: 0 }], 'accept[0].size'],
    ['a field too many', [{ ...ENTRY, until: 'x' }], 'until'],
  ])('refuses %s', (_, accept, message) => {
    let found: unknown;
    try {
      parse(...accept);
    } catch (error) {
      found = error;
    }
    expect(found).toMatchObject({ exitCode: 3, message: expect.stringContaining(message) });
  });

  it('says where its JSON breaks', () => {
    expect(() => parseAccept('{', 'gate.accept.json', TODAY)).toThrow(
      'gate.accept.json is not JSON',
    );
  });
});

describe('accepted losses', () => {
  it('widen the margin of their own row only', () => {
    const accepts = acceptsOf(parse(ENTRY));
    expect(accepts(rowOf())).toBe(0.12);
    expect(accepts(rowOf({ metric: 'latency_us_p99' }))).toBeUndefined();
    const [mine, other] = withAccepted([rowOf(), rowOf({ variant: 'other' })], parse(ENTRY));
    expect(mine?.accepted).toMatchObject({ size: 0.12, reason: ENTRY.reason });
    expect(other?.accepted).toBeNull();
  });

  it('are used by a row that would not pass without them', () => {
    expect(unusedEntries(parse(ENTRY), [rowOf({ verdict: 'fail' })])).toEqual([]);
    expect(unusedEntries(parse(ENTRY), [rowOf({ verdict: 'inconclusive' })])).toEqual([]);
  });

  it('are an error where their row passes, or where there is no such row', () => {
    expect(unusedEntries(parse(ENTRY), [rowOf()])[0]).toContain('without need');
    const other = rowOf({ condition: 'keepalive-c1' });
    expect(unusedEntries(parse(ENTRY), [other])[0]).toContain('there is no row');
  });

  it('of a variant that was not measured are left alone', () => {
    expect(unusedEntries(parse(ENTRY), [rowOf({ variant: 'other' })])).toEqual([]);
  });
});
