import { describe, expect, test } from 'vitest';
import type { RunHeader, Subject } from '../results/schema.js';
import { candidates, cast, choiceText, subjectOf } from './roles.js';
import { CALLBACK, madeResults, THREAD } from './testing.js';

const { header } = madeResults();

function withSubjects(...more: Partial<Subject>[]): RunHeader {
  const [template] = header.subjects;
  if (template === undefined) throw new Error('no subject');
  return { ...header, subjects: more.map((each) => ({ ...template, ...each })) };
}

describe('subjectOf', () => {
  test('the variant that is called like its model, wherever it stands', () => {
    const named = { id: CALLBACK, variant: CALLBACK, model: CALLBACK };
    const other = { id: 'mine', variant: 'mine', model: CALLBACK };
    expect(subjectOf(withSubjects(other, named), 'callback')?.id).toBe(CALLBACK);
    expect(choiceText(withSubjects(other, named), ['callback'])).toBe(
      ` (of 2 servers of the model ${CALLBACK}, ${CALLBACK})`,
    );
  });

  test('else the first, which is said', () => {
    const some = ['b', 'a'].map((id) => ({ id, variant: id, model: THREAD }));
    expect(subjectOf(withSubjects(...some), 'thread')?.id).toBe('b');
    expect(choiceText(withSubjects(...some), ['thread'])).toContain('of 2 servers');
    expect(choiceText(header, ['thread', 'go'])).toBe('');
  });

  test('the reference among servers of its model', () => {
    const some = ['fork', header.plan.reference].map((id) => {
      return { id, variant: id, model: 'goroutine-per-connection' };
    });
    expect(subjectOf(withSubjects(...some), 'go')?.id).toBe(header.plan.reference);
  });

  test('never a copy, and never one with flags', () => {
    const copy = { id: 'copy', model: THREAD, aaOf: 'x' };
    const flagged = { id: 'flagged', model: THREAD, args: ['--trigger', 'level'] };
    expect(candidates(withSubjects(copy, flagged), 'thread')).toEqual([]);
  });
});

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
