import { describe, expect, test } from 'vitest';
import { parseResults, serialiseResults } from './parse.js';
import { INSTRUMENTS, partName, partOf, type Quality } from './quality.js';
import { makeResults } from './testing.js';

const whole: Quality = { level: 'invalid', reasons: ['x'], excluded: [] };

describe('a file from before levels were by part', () => {
  test('is read', () => {
    const old = makeResults({ blocks: 1 }, { quality: whole });
    expect(parseResults(serialiseResults(old), 'results.json').quality).toEqual(whole);
  });

  test('what rests on figures has the level of the run, what happens in which order none', () => {
    for (const id of [INSTRUMENTS, 'keepalive-c64', 'switchCosts', 'memory']) {
      expect(partOf(whole, id), id).toEqual({ level: 'invalid', reasons: ['x'] });
    }
    for (const id of ['traces', 'wakeups', 'sources']) {
      expect(partOf(whole, id).level, id).toBe('clean');
    }
  });
});

test('a part has its own level, whatever the run is called', () => {
  const part = { id: 'memory', kind: 'evidence', level: 'noisy', reasons: ['y'] } as const;
  const quality: Quality = { ...whole, parts: [{ ...part, reasons: ['y'] }] };
  expect(partOf(quality, 'memory')).toMatchObject({ level: 'noisy', reasons: ['y'] });
  expect(partOf(quality, 'keepalive-c64')).toEqual({ level: 'clean', reasons: [] });
});

test('parts have names for people', () => {
  expect(['keepalive-c64', INSTRUMENTS, 'switchCosts', 'traces'].map(partName)).toEqual([
    'keepalive-c64',
    'the instruments',
    'switch costs',
    'traces',
  ]);
});
