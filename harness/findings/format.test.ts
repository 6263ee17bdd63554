import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  clock,
  count,
  duration,
  instant,
  interval,
  intervalText,
  list,
  number,
  percent,
  ratio,
  ratioInterval,
  ratioText,
  seenFrom,
  shortNumber,
  whole,
} from './format.js';

const cpu = { less: 'less', asMuch: 'as much' } as const;
const switches = { less: 'fewer', asMuch: 'as many' } as const;

test.each([
  [0, '0'],
  [0.0109, '0.0109'],
  [0.00004, '0.0000400'],
  [5.634, '5.63'],
  [31.46, '31.5'],
  [9.999, '10.0'],
  [140912.4, '140912'],
])('number(%d) is %s', (value, text) => {
  expect(number(value)).toBe(text);
});

test.each([
  [0.59, '59 %'],
  [0.0949, '9.5 %'],
  [0.0999, '10 %'],
  [0.034, '3.4 %'],
  [0.0004, '0.04 %'],
  [-0.2, '20 %'],
  [2.5, '250 %'],
  [0, '0 %'],
])('percent(%d) is %s', (share, text) => {
  expect(percent(share)).toBe(text);
});

test('with digits a share keeps its sign and as many as are asked for', () => {
  expect([percent(0.995, 3), percent(0.031, 2), percent(-0.5, 2)]).toEqual([
    '99.5 %',
    '3.1 %',
    '-50 %',
  ]);
});

test('ratios read as more, less or times', () => {
  expect(ratioText(1.29, cpu)).toBe('29 % more');
  expect(ratioText(0.8, switches)).toBe('20 % fewer');
  expect(ratioText(91.2, switches)).toBe('91.2 times as many');
  expect(ratioText(0.31, cpu)).toBe('0.310 times as much');
  const thing = { what: 'CPU', than: 'go-net' };
  expect(ratioText(1.29, cpu, thing)).toBe('29 % more CPU than go-net');
  expect(ratioText(3.1, cpu, thing)).toBe('3.10 times as much CPU as go-net');
});

test('intervals follow the form of their ratio', () => {
  expect(intervalText(1.29, 1.25, 1.33, cpu)).toBe('25 % to 33 % more');
  expect(intervalText(0.8, 0.78, 0.82, cpu)).toBe('18 % to 22 % less');
  expect(intervalText(1.01, 0.99, 1.03, cpu)).toBe('1 % less to 3 % more');
  expect(intervalText(3.1, 2.9, 3.4, cpu)).toBe('2.90 to 3.40 times');
});

test('lists and counts', () => {
  expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ]);
  expect([count(1, 'block'), count(0, 'block')]).toEqual(['1 block', '0 blocks']);
});

test.each([
  [0.031, '3.1 %'],
  [0.99, '99 %'],
  [1, '2.00 times as much'],
  [110, '111 times as much'],
])('a difference of %d could have been seen from %s', (mde, text) => {
  expect(seenFrom(mde)).toBe(text);
});

describe('a number in a table', () => {
  it.each([
    [0, '0'],
    [0.00001, '<0.0001'],
    [0.00123, '0.0012'],
    [0.01234, '0.0123'],
    [0.9996, '1.00'],
    [0.998, '0.998'],
    [1, '1.00'],
    [9.996, '10.0'],
    [12.345, '12.3'],
    [99.96, '100'],
    [123.4, '123'],
    [999.4, '999'],
    [999.6, '1000'],
    [24137, '24100'],
  ])('%d is %s', (value, text) => {
    expect(number(value, 'table')).toBe(text);
  });

  it('is within half a per cent of the value', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 1e7, noNaN: true }), (value) => {
        expect(Math.abs(Number(number(value, 'table')) / value - 1)).toBeLessThan(0.00501);
      }),
    );
  });

  it('is never longer than seven characters below ten million', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9.9e6, noNaN: true }), (value) => {
        expect(number(value, 'table').length).toBeLessThanOrEqual(7);
      }),
    );
  });
});

describe('shortNumber', () => {
  it.each([
    [9994, '9990'],
    [9996, '10.0k'],
    [104_213, '104k'],
    [999_400, '999k'],
    [999_600, '1.00M'],
    [1_234_567, '1.23M'],
  ])('%d is %s', (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });
});

describe('a ratio in a table', () => {
  it.each([
    [1, '1.00'],
    [0.8149, '0.81'],
    [0.0512, '0.051'],
    [0.00512, '0.0051'],
    [12.34, '12.3'],
    [91.2, '91.2'],
    [9.994, '9.99'],
  ])('%d is %s', (value, text) => {
    expect(ratio(value, 'table')).toBe(text);
  });
});

describe('durations', () => {
  it.each([
    [400, '0 s'],
    [59_400, '59 s'],
    [59_600, '1 min 0 s'],
    [198_000, '3 min 18 s'],
    [2_550_000, '43 min'],
    [3_900_000, '1 h 5 min'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [0, '0:00'],
    [1, '0:01'],
    [112_000, '1:52'],
    [3_900_000, '1:05:00'],
  ])('a clock shows %d ms as %s', (ms, text) => {
    expect(clock(ms)).toBe(text);
  });
});

describe('a number on the page', () => {
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
    expect(number(value, 'page')).toBe(text);
  });

  test('a tiny number is never shown as zero', () => {
    for (const value of [1e-3, 1e-5, 3e-7])
      expect(Number(number(value, 'page'))).toBeGreaterThan(0);
  });
});

test('counts on the page have no decimals', () => {
  expect([whole(1), whole(512), whole(10000)]).toEqual(['1', '512', '10,000']);
  expect([count(1, 'trial', 'page'), count(90, 'trial', 'page')]).toEqual(['1 trial', '90 trials']);
});

test('intervals and ratios', () => {
  expect(interval({ lo: 8.211, hi: 18.44 })).toBe('8.21 – 18.4');
  expect(interval(null)).toBe('no interval');
  expect(interval({ lo: null, hi: null }, 'none')).toBe('none');
  expect(ratioInterval(null, 'table')).toBe('no interval');
  expect([
    ratio(1.5912, 'page'),
    ratio(0.8, 'page'),
    ratio(0.0509, 'page'),
    ratio(12, 'page'),
  ]).toEqual(['1.59', '0.80', '0.051', '12.00']);
});

test('instants are UTC to the second, other texts are left alone', () => {
  expect(instant('2026-03-02T09:30:00.123Z')).toBe('2026-03-02 09:30:00 UTC');
  expect(instant('yesterday')).toBe('yesterday');
});

test('a bound that excludes 1 does not look like 1', () => {
  expect(ratioInterval({ lo: 0.76, hi: 0.998 }, 'page')).toBe('0.76 – 0.998');
  expect(ratioInterval({ lo: 1.0004, hi: 1.2 }, 'page')).toBe('1.0004 – 1.20');
  expect(ratioInterval({ lo: 0.9, hi: 1 }, 'page')).toBe('0.90 – 1.00');
  expect(ratioInterval({ lo: 0.998, hi: 12.34 }, 'table')).toBe('0.998-12.3');
});
