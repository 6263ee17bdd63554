/** Files that a gate reads, with anything in them: a checked value, or a UserError that names it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../errors.js';
import { parseAccept } from './accept.js';
import { type Baseline, historyMargin, parseBaseline, storedValue } from './baseline.js';
import { countMarginOf, fewestBlocks, parseConfig } from './config.js';
import { CONFIG } from './testing.js';

const TODAY = new Date('2026-11-26T12:00:00Z');
const PLACE = { variant: 'demo', condition: 'keepalive-c64', metric: 'cpu_us_per_request' };

const BASELINE: Baseline = {
  schemaVersion: 1,
  machineClass: 'demo',
  runs: [1.02, 0.98, 1.01].map((value, i) => ({
    runId: `run-${i}`,
    at: '2026-11-20T10:00:00.000Z',
    commit: null,
    rows: [{ lane: 'timing', ...PLACE, value }],
  })),
};

const ACCEPT = {
  accept: [{ ...PLACE, size: 0.2, reason: 'checks more headers', expires: '2026-12-31' }],
};

const FILES = [
  { file: 'gate.config.json', good: CONFIG, parse: parseConfig },
  { file: 'baselines/demo.json', good: BASELINE, parse: parseBaseline },
  {
    file: 'gate.accept.json',
    good: ACCEPT,
    parse: (text: string, file: string) => parseAccept(text, file, TODAY),
  },
] as const;

type File = (typeof FILES)[number];

/** What the file says; null: it was refused, and the refusal names the file. */
function taken({ parse, file }: File, text: string): ReturnType<File['parse']> | null {
  try {
    return parse(text, file);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(file);
    expect((error as UserError).exitCode).toBe(3);
    expect((error as UserError).remedy).not.toBe('');
    return null;
  }
}

/** A copy with one value of it, at whatever depth, replaced. */
function withOne(content: unknown, at: readonly number[], value: unknown): unknown {
  const [first, ...rest] = at;
  if (first === undefined || typeof content !== 'object' || content === null) return value;
  const keys = Object.keys(content);
  const key = keys[first % keys.length];
  if (key === undefined) return value;
  const copy: Record<string, unknown> = Array.isArray(content)
    ? ([...content] as unknown as Record<string, unknown>)
    : { ...content };
  copy[key] = withOne(copy[key], rest, value);
  return copy;
}

const somewhere = fc.array(fc.nat(20), { minLength: 1, maxLength: 5 });
const anyNumber = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 1e308, 5e-324));
const anyValue = fc.oneof(fc.jsonValue(), anyNumber);

describe.each(FILES)('$file', (one) => {
  test('any text and any JSON', () => {
    expect(taken(one, JSON.stringify(one.good))).toEqual(
      'accept' in one.good ? one.good.accept : one.good,
    );
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
    fc.assert(fc.property(anything, (text) => void expect(taken(one, text)).toBeNull()));
  });

  test('cut anywhere, it is refused', () => {
    const text = JSON.stringify(one.good);
    const cut = fc.nat(text.length - 1);
    fc.assert(fc.property(cut, (n) => void expect(taken(one, text.slice(0, n))).toBeNull()));
  });
});

test('a configuration that is taken can fail a slowdown, and has sane margins', () => {
  const property = fc.property(somewhere, anyValue, (at, value) => {
    const config = taken(FILES[0], JSON.stringify(withOne(CONFIG, at, value)));
    if (config === null || !('timing' in config)) return;
    const { blocks, failConfidence, margins } = config.timing;
    expect(blocks).toBeGreaterThanOrEqual(fewestBlocks(failConfidence));
    for (const margin of Object.values(margins)) expect(margin > 0 && margin <= 1).toBe(true);
    const count = { condition: 'keepalive-c1', metric: 'syscalls_per_request' } as const;
    const margin = countMarginOf(config.counts, count);
    expect(margin === undefined || Number.isFinite(margin.absolute)).toBe(true);
  });
  fc.assert(property, { numRuns: 1000 });
});

test('a baseline that is taken yields a number or none, and never a narrower margin', () => {
  const property = fc.property(somewhere, anyValue, (at, value) => {
    const baseline = taken(FILES[1], JSON.stringify(withOne(BASELINE, at, value)));
    if (baseline === null || !('runs' in baseline)) return;
    const stored = storedValue(baseline, PLACE);
    expect(stored === null || Number.isFinite(stored)).toBe(true);
    const margin = historyMargin(baseline, PLACE, 0.05);
    expect(margin >= 0.05 && margin <= 10).toBe(true);
  });
  fc.assert(property, { numRuns: 1000 });
});

test('an accepted loss that is taken has a size, a reason and a day that is not over', () => {
  const property = fc.property(somewhere, anyValue, (at, value) => {
    const entries = taken(FILES[2], JSON.stringify(withOne(ACCEPT, at, value)));
    if (!Array.isArray(entries)) return;
    for (const { size, reason, expires } of entries) {
      expect(size > 0 && size <= 10).toBe(true);
      expect(reason.length).toBeGreaterThanOrEqual(10);
      expect(expires >= '2026-11-26').toBe(true);
    }
  });
  fc.assert(property, { numRuns: 1000 });
});
