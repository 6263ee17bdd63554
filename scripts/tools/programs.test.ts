import { expect, test } from 'vitest';
import { programsOf } from './programs.js';

test('a variant by its name, or all native ones', async () => {
  const one = await programsOf(['callback-epoll']);
  expect(one.map(({ variant }) => variant.name)).toEqual(['callback-epoll']);
  const natives = await programsOf([]);
  expect(natives.length).toBeGreaterThan(3);
  expect(natives.every(({ variant }) => 'native' in variant.launch)).toBe(true);
});

test('a name that nobody has is said', async () => {
  await expect(programsOf(['nobody'])).rejects.toThrow('there is no variant nobody');
});
