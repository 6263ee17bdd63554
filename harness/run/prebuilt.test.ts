import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from './run.js';
import type { RunSubject } from './subject.js';
import { fixtureBuilt, fixtureVariant, planOf, runInput, temporaryFolder } from './testing.js';

let place: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  place = await temporaryFolder();
});
afterEach(() => place.remove());

/** One variant, built from two states of the sources. */
function sides(core: { base: string; candidate: string }, trees: readonly [string, string]) {
  const side = (id: string, which: string, tree: string): RunSubject => ({
    id,
    variant: fixtureVariant('good'),
    args: [],
    prebuilt: { built: fixtureBuilt('good', '--core', which), tree },
  });
  return [side('good@base', core.base, trees[0]), side('good@candidate', core.candidate, trees[1])];
}

const measured = (subjects: readonly RunSubject[]) => {
  const plan = planOf(
    subjects.map(({ id }) => id),
    { blocks: 1 },
  );
  return run(runInput(place.folder, [fixtureVariant('good')], { subjects, plan }).input);
};

describe('two states of one variant', () => {
  it('are measured side by side, each with its own program and core', async () => {
    const subjects = sides({ base: 'old', candidate: 'new' }, ['a', 'b']);
    const { results } = await measured(subjects);
    expect(results.header.subjects.map(({ id, ready }) => [id, ready.core])).toEqual([
      ['good@base', 'old'],
      ['good@candidate', 'new'],
    ]);
    expect(results.trials.map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  it('of one state must share a core', async () => {
    const subjects = sides({ base: 'old', candidate: 'new' }, ['a', 'a']);
    await expect(measured(subjects)).rejects.toThrow('different versions of the native core');
  });
});
