import { afterEach, expect, it, vi } from 'vitest';
import { BootstrapError, Interrupted, printFailure, tail } from './failure.mjs';

const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
afterEach(() => write.mockClear());

it('prints the output’s end, the message and the remedy, and returns 1', () => {
  expect(printFailure(new BootstrapError('It broke.', 'Mend it.', 'why\n'))).toBe(1);
  expect(write.mock.calls).toEqual([['why\niomodels: It broke.\n  Mend it.\n']]);
});

it('returns the shell’s status for a signal, and says nothing', () => {
  expect(printFailure(new Interrupted('SIGINT'))).toBe(130);
  expect(printFailure(new Interrupted('SIGTERM'))).toBe(143);
  expect(write).not.toHaveBeenCalled();
});

it('lets a mistake of ours keep its stack', () => {
  expect(() => printFailure(new Error('ours'))).toThrow('ours');
});

it('keeps the last 40 lines', () => {
  const text = Array.from({ length: 100 }, (_, i) => `${i}`).join('\n');
  expect(tail(`${text}\n`).split('\n')).toEqual(Array.from({ length: 40 }, (_, i) => `${i + 60}`));
});
