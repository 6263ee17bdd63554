import { expect, test } from 'vitest';
import {
  Changes,
  Interrupted,
  inTime,
  Late,
  setWaitLimit,
  sleep,
  unlessAborted,
  until,
  untilChanged,
  within,
} from './wait.js';

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

test('a wait names what it was for when its limit is over, or the limit of the process', async () => {
  await expect(inTime(never, 'Godot', 1)).rejects.toThrow('after 1 ms still waiting for Godot');
  const before = setWaitLimit(2);
  try {
    await expect(
      until(
        () => undefined,
        () => 'Godot',
      ),
    ).rejects.toBeInstanceOf(Late);
    await expect(untilChanged(new Changes(), () => undefined, 'Godot')).rejects.toThrow('2 ms');
  } finally {
    setWaitLimit(before);
  }
});

test('a change wakes those who wait for it, who look again', async () => {
  const changes = new Changes();
  let count = 0;
  const waiting = untilChanged(changes, () => (count === 2 ? 'two' : undefined), 'two changes');
  for (let i = 0; i < 2; i += 1) {
    count += 1;
    changes.notify();
    await Promise.resolve();
  }
  expect(await waiting).toBe('two');
});
