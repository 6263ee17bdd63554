import { expect, it } from 'vitest';
import { findProgram } from '../../programs.js';
import { cpusForTests, processesWith } from '../../run/testing.js';
import { withDisturbance } from './disturber.js';

const SPINNER = 'const periodMs = 10;';

it.skipIf(findProgram('taskset') === null)(
  'spins while the body runs, and is gone after it',
  async () => {
    const { serverCpus } = cpusForTests();
    const during = await withDisturbance(serverCpus, 0.1, () => processesWith(SPINNER));
    expect(during.length).toBeGreaterThan(0);
    expect(await processesWith(SPINNER)).toEqual([]);
    const failing = withDisturbance(serverCpus, 0.1, () => Promise.reject(new Error('body')));
    await expect(failing).rejects.toThrow('body');
    expect(await processesWith(SPINNER)).toEqual([]);
  },
);

it.skipIf(findProgram('taskset') === null)('says which CPU cannot be had', async () => {
  const nothing = () => Promise.resolve();
  await expect(withDisturbance([4095], 0.1, nothing)).rejects.toMatchObject({
    message: expect.stringContaining('CPU 4095'),
    output: expect.stringMatching(/\S/),
  });
});
