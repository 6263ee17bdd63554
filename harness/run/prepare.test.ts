import { expect, test } from 'vitest';
import { shortestForm } from '../conformance/short-form.js';
import { UserError } from '../errors.js';
import { repositoryRoot } from '../root.js';
import { type Conform, prepare, requireOneCore } from './prepare.js';
import { subjectOf } from './subject.js';
import { benchOf, fixtureVariant, planOf } from './testing.js';

const good = fixtureVariant('good');

function prepareBoth(other: string, conform: Conform = shortestForm) {
  const variants = [good, fixtureVariant(other)];
  const bench = benchOf('good', { plan: planOf(variants.map(({ name }) => name)) });
  const subjects = variants.map((variant) => ({ id: variant.name, variant, args: [] }));
  return prepare({ bench, root: repositoryRoot(), subjects, skipped: [], conform });
}

test('a server that says it cannot run here is skipped with its reason, and is no problem', async () => {
  const { candidates, skipped, problems } = await prepareBoth('cannot-run');
  expect(candidates.map(({ subject }) => subject.id)).toEqual(['good']);
  // Results name no folder of this machine.
  const commands = candidates.map((one) => subjectOf(one).build.command.join(' '));
  expect(commands[0]).toContain('harness/run/fixtures/servers.mjs good');
  expect(commands[0]).not.toContain(repositoryRoot());
  const why = 'cannot-run cannot run here: the kernel has no teleport(2)';
  expect(skipped).toEqual([{ variant: 'cannot-run', why }]);
  expect(problems).toEqual([]);
});

test('a server that does not conform is left out with the case, and is a problem', async () => {
  const conform: Conform = async (asked) => {
    const { ready } = await shortestForm(asked);
    const isGood = asked.built.variant.name === 'good';
    return { ready, wrong: isGood ? null : 'split: at byte 1: nothing came' };
  };
  const { candidates, skipped, problems } = await prepareBoth('few-counters', conform);
  expect(candidates.map(({ subject }) => subject.id)).toEqual(['good']);
  expect(skipped).toEqual([{ variant: 'few-counters', why: problems[0], failed: true }]);
  expect(problems[0]).toMatch(
    /^few-counters is left out, its conformance fails: split: at byte 1: nothing came\. To see more: npm run conformance -- few-counters$/,
  );
});

test('different cores are refused, and both are named', () => {
  const ready = (variant: string, core?: string) => ({
    id: variant,
    ready: {
      event: 'ready' as const,
      port: 1,
      pid: 1,
      variant,
      ...(core === undefined ? {} : { core }),
    },
  });
  requireOneCore([ready('a', 'x'), ready('go-net'), ready('b', 'x')]);
  const refused = () => requireOneCore([ready('a', 'x'), ready('go-net'), ready('b', 'y')]);
  expect(refused).toThrow(UserError);
  expect(refused).toThrow(/a \(core x\) and b \(core y\)/);
});
