import { expect, test } from 'vitest';
import { LoadError } from './client.js';
import { nativeClient } from './native.js';
import { inNetns } from './netns.js';
import { loadOf } from './testing.js';

test('a command is what it was without a namespace, and behind nsenter with one', () => {
  expect(inNetns(undefined, ['wrk', '-t1'])).toEqual(['wrk', '-t1']);
  const entered = ['nsenter', '--net=/run/netns/a', '--', 'wrk', '-t1'];
  expect(inNetns('/run/netns/a', ['wrk', '-t1'])).toEqual(entered);
});

test.each([
  ['/run/netns/iomodels-no-such', /namespace \/run\/netns\/iomodels-no-such: open: No such file/],
  ['/dev/null', /namespace \/dev\/null: setns: Invalid argument. The file is no network namespace/],
])('a load in the namespace %s cannot be opened, and says why', async (netns, why) => {
  const opening = nativeClient().open({ ...loadOf(1), netns });
  await expect(opening).rejects.toThrow(LoadError);
  await expect(opening).rejects.toThrow(why);
});
