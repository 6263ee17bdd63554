import { describe, expect, test } from 'vitest';
import {
  clipMiddle,
  count,
  instant,
  interval,
  list,
  quantity,
  ratio,
  ratioInterval,
  shellWord,
  unbroken,
  whole,
} from './format.js';

describe('quantity', () => {
  test.each([
    [0, '0'],
    [104213.4, '104,213'],
    [1592, '1,592'],
    [999.6, '1,000'],
    [161.4, '161'],
    [12.34, '12.3'],
    [9.997, '10.0'],
    [99.97, '100'],
    [1.005, '1.00'],
    [0.994, '0.99'],
    [0.0123, '0.012'],
    [0.00039, '0.00039'],
    [-31.26, '-31.3'],
    [1234567, '1,234,567'],
    [Number.NaN, '–'],
  ])('%d is shown as %s', (value, text) => {
    expect(quantity(value)).toBe(text);
  });

  test('a tiny number is never shown as zero', () => {
    for (const value of [1e-3, 1e-5, 3e-7]) expect(Number(quantity(value))).toBeGreaterThan(0);
  });
});

test('counts have no decimals', () => {
  expect([whole(1), whole(512), whole(10000)]).toEqual(['1', '512', '10,000']);
  expect([count(1, 'trial'), count(90, 'trial')]).toEqual(['1 trial', '90 trials']);
});

test('intervals and ratios', () => {
  expect(interval({ lo: 8.211, hi: 18.44 })).toBe('8.21 – 18.4');
  expect([ratio(1.5912), ratio(0.8), ratio(0.0509), ratio(12)]).toEqual([
    '1.59',
    '0.80',
    '0.051',
    '12.00',
  ]);
});

test('lists read as sentences', () => {
  expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
});

test('clipMiddle keeps whole characters and marks the cut', () => {
  expect(clipMiddle('callback-epoll', 14)).toBe('callback-epoll');
  expect(clipMiddle('callback-epoll:handoffs-4', 14)).toBe('callba…doffs-4');
  expect(clipMiddle('😀a😀b😀', 3)).toBe('😀…😀');
});

test('a shell word survives a shell', () => {
  expect(shellWord('--window=1500')).toBe('--window=1500');
  expect(shellWord("it's; rm -rf $HOME")).toBe(`'it'\\''s; rm -rf $HOME'`);
  expect(shellWord('')).toBe("''");
});

test('instants are UTC to the second, other texts are left alone', () => {
  expect(instant('2026-03-02T09:30:00.123Z')).toBe('2026-03-02 09:30:00 UTC');
  expect(instant('yesterday')).toBe('yesterday');
});

test('a bound that excludes 1 does not look like 1', () => {
  expect(ratioInterval({ lo: 0.76, hi: 0.998 })).toBe('0.76 – 0.998');
  expect(ratioInterval({ lo: 1.0004, hi: 1.2 })).toBe('1.0004 – 1.20');
  expect(ratioInterval({ lo: 0.9, hi: 1 })).toBe('0.90 – 1.00');
});

test('a number and its per cent stay together, and nothing else is changed', () => {
  expect(unbroken('+7.1 % (5 % to 9 %) of 3 pairs, as a % b')).toBe(
    '+7.1\u00a0% (5\u00a0% to 9\u00a0%) of 3 pairs, as a % b',
  );
});
