import { expect, it } from 'vitest';
import { given } from './optional.js';

it('leaves out what is undefined, and nothing else', () => {
  const made = given({ a: undefined, b: null, c: 0, d: '', e: false });
  expect(Object.entries(made)).toEqual([
    ['b', null],
    ['c', 0],
    ['d', ''],
    ['e', false],
  ]);
});
