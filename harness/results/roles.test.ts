import { describe, expect, test } from 'vitest';
import { candidates, modelOf, subjectOf } from './roles.js';
import type { RunHeader, Subject } from './schema.js';
import { makeRun } from './testing.js';

const { header } = makeRun({ blocks: 1 });
const CALLBACK = modelOf('callback');
const THREAD = modelOf('thread');

function withSubjects(...more: Partial<Subject>[]): RunHeader {
  const [template] = header.subjects;
  if (template === undefined) throw new Error('no subject');
  return { ...header, subjects: more.map((each) => ({ ...template, ...each })) };
}

test('the models of the roles', () => {
  expect((['thread', 'callback', 'coroutine', 'go'] as const).map(modelOf)).toEqual([
    'thread-per-connection',
    'callback-epoll',
    'coroutine-epoll',
    'goroutine-per-connection',
  ]);
});

describe('subjectOf', () => {
  test('the variant that is called like its model, wherever it stands', () => {
    const named = { id: CALLBACK, variant: CALLBACK, model: CALLBACK };
    const other = { id: 'mine', variant: 'mine', model: CALLBACK };
    expect(subjectOf(withSubjects(other, named), 'callback')?.id).toBe(CALLBACK);
  });

  test('else the first', () => {
    const some = ['b', 'a'].map((id) => ({ id, variant: id, model: THREAD }));
    expect(subjectOf(withSubjects(...some), 'thread')?.id).toBe('b');
  });

  test('the reference among servers of its model', () => {
    const some = ['fork', header.plan.reference].map((id) => {
      return { id, variant: id, model: modelOf('go') };
    });
    expect(subjectOf(withSubjects(...some), 'go')?.id).toBe(header.plan.reference);
  });

  test('never a copy, and never one with flags', () => {
    const copy = { id: 'copy', model: THREAD, aaOf: 'x' };
    const flagged = { id: 'flagged', model: THREAD, args: ['--trigger', 'level'] };
    expect(candidates(withSubjects(copy, flagged), 'thread')).toEqual([]);
  });
});
