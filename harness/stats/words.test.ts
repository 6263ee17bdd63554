import { expect, test } from 'vitest';
import { count, intervalText, list, number, percent, ratioText, seenFrom } from './words.js';

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
