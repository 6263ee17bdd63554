import { describe, expect, test } from 'vitest';
import type { RunHeader } from '../../results/schema.js';
import { CALLBACK, madeResults, THREAD } from '../testing.js';
import { cast, choiceText } from './cast.js';

const { header } = madeResults();

describe('cast', () => {
  test('the subjects by role', () => {
    expect(cast(header, ['thread'])).toEqual({ ids: { thread: THREAD }, absent: null });
  });

  test('a role that nobody was asked to play is left open', () => {
    const lacking = { ...header, subjects: [] };
    expect(cast(lacking, ['thread', 'callback']).absent).toMatchObject({
      because: 'left-open',
      sentence: expect.stringContaining(
        `no server of the model ${THREAD} and no server of the model ${CALLBACK}`,
      ),
    });
  });

  test('one that this machine cannot run is not measurable here, with the reason', () => {
    for (const [role, variant] of [
      ['callback', CALLBACK],
      ['go', header.plan.reference],
    ] as const) {
      const skipped = [{ variant, why: 'its compiler is missing' }];
      const { absent } = cast({ ...header, subjects: [], skipped }, [role]);
      expect(absent).toMatchObject({ because: 'machine', command: null });
      expect(absent?.sentence).toMatch(/^Not measurable here: .*: its compiler is missing\.$/);
    }
  });
});

test('a choice among several servers of a model is said', () => {
  const [template = expect.fail('no subject')] = header.subjects;
  const subjects = [CALLBACK, 'mine'].map((id) => {
    return { ...template, id, variant: id, model: CALLBACK };
  });
  const chosen: RunHeader = { ...header, subjects };
  expect(choiceText(chosen, ['callback'])).toBe(
    ` (of 2 servers of the model ${CALLBACK}, ${CALLBACK})`,
  );
  expect(choiceText(header, ['thread', 'go'])).toBe('');
});
