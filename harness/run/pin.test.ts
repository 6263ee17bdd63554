import { expect, test } from 'vitest';
import { readAllowedCpus } from '../probe/proc.js';
import { pinHarness } from './pin.js';
import { cpusForTests } from './testing.js';

test('every thread of the harness is pinned, and put back', async () => {
  const before = readAllowedCpus('self');
  const { clientCpus } = cpusForTests();
  const pinned = await pinHarness(clientCpus);
  if (!pinned.ok) throw new Error(pinned.why);
  expect(readAllowedCpus('self')).toEqual({ ok: true, value: clientCpus });
  await pinned.restore();
  expect(readAllowedCpus('self')).toEqual(before);
});

test('a CPU that does not exist is a reason, not an exception', async () => {
  const pinned = await pinHarness([4095]);
  expect(pinned).toMatchObject({ ok: false, why: expect.stringMatching(/pin|taskset|CPU/) });
});
