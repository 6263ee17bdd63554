import { expect, test } from 'vitest';
import { repositoryRoot } from '../root.js';
import { prepare } from './prepare.js';
import { subjectOf } from './subject.js';
import { fixtureVariant, LIMITS, runInput } from './testing.js';

const good = fixtureVariant('good');

test('a server that says it cannot run here is skipped with its reason, and is no problem', async () => {
  const { input } = runInput('/nowhere', [good, fixtureVariant('cannot-run')]);
  const { candidates, skipped, problems } = await prepare(input, repositoryRoot(), LIMITS);
  expect(candidates.map(({ subject }) => subject.id)).toEqual(['good']);
  // Results name no folder of this machine.
  const commands = candidates.map((one) => subjectOf(one).build.command.join(' '));
  expect(commands[0]).toContain('harness/run/fixtures/good.mjs');
  expect(commands[0]).not.toContain(repositoryRoot());
  const why = 'cannot-run cannot run here: the kernel has no teleport(2)';
  expect(skipped).toEqual([{ variant: 'cannot-run', why }]);
  expect(problems).toEqual([]);
});

test('a server that does not conform is left out with the case, and is a problem', async () => {
  const conform = async ({ variant }: { variant: { name: string } }) =>
    variant.name === 'good' ? null : 'split: at byte 1: nothing came';
  const { input } = runInput('/nowhere', [good, fixtureVariant('few-counters')], { conform });
  const { candidates, skipped, problems } = await prepare(input, repositoryRoot(), LIMITS);
  expect(candidates.map(({ subject }) => subject.id)).toEqual(['good']);
  expect(skipped).toEqual([{ variant: 'few-counters', why: problems[0], failed: true }]);
  expect(problems[0]).toMatch(
    /^few-counters is left out, its conformance fails: split: at byte 1: nothing came\. To see more: npm run conformance -- few-counters$/,
  );
});
