import { expect, test } from 'vitest';
import { Interrupted, sleep, unlessAborted, within } from './wait.js';

const never = new Promise<never>(() => {});

test('within gives the value, the failure, or the news that it is late', async () => {
  expect(await within(Promise.resolve(7), 10_000)).toEqual({ late: false, value: 7 });
  await expect(within(Promise.reject(new Error('no')), 10_000)).rejects.toThrow('no');
  expect(await within(never, 1)).toEqual({ late: true });
});

test('an abort before, during and after', async () => {
  const abort = new AbortController();
  expect(await unlessAborted(abort.signal, Promise.resolve(1))).toBe(1);
  const during = unlessAborted(abort.signal, never);
  const sleeping = sleep(60_000, abort.signal);
  abort.abort();
  await expect(during).rejects.toBeInstanceOf(Interrupted);
  await expect(sleeping).rejects.toBeInstanceOf(Interrupted);
  const late = unlessAborted(abort.signal, Promise.reject(new Error('not unhandled')));
  await expect(late).rejects.toBeInstanceOf(Interrupted);
});
