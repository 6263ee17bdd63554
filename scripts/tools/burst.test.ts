import { expect, test } from 'vitest';
import { fixtureBuilt } from '../../harness/run/testing.js';
import { faultsUnderBursts } from './burst.js';
import { programsOf } from './programs.js';

test('a right server has no fault', async () => {
  const [program] = await programsOf(['callback-epoll']);
  if (program === undefined) throw new Error('it is not built');
  expect(await faultsUnderBursts(program)).toEqual([]);
});

test.each([
  ['wrong-byte', [], /http: wrong_bytes: .*expected "r!", received "n!"/],
  ['crashes-at-stop', [], /http: .* ended with exit status 6 after SIGTERM, not with 0/],
  ['dies', ['--die-after', '700'], /^http: .*(reset|closed|ended)/],
])('%s %s is found', async (name, flags, fault) => {
  const [first] = await faultsUnderBursts(fixtureBuilt(name, ...flags));
  expect(first).toMatch(fault);
});
