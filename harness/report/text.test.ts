import { expect, test } from 'vitest';
import { clipMiddle, unbroken } from './text.js';

test('clipMiddle keeps whole characters and marks the cut', () => {
  expect(clipMiddle('callback-epoll', 14)).toBe('callback-epoll');
  expect(clipMiddle('callback-epoll:handoffs-4', 14)).toBe('callba…doffs-4');
  expect(clipMiddle('😀a😀b😀', 3)).toBe('😀…😀');
});

test('a number and its per cent stay together, and nothing else is changed', () => {
  expect(unbroken('+7.1 % (5 % to 9 %) of 3 pairs, as a % b')).toBe(
    '+7.1\u00a0% (5\u00a0% to 9\u00a0%) of 3 pairs, as a % b',
  );
});
