import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import type { Variant } from '../plan/variant.js';
import { repositoryRoot } from '../root.js';
import { fixtureVariant } from '../run/testing.js';
import { CASES } from './cases.js';
import { reasonOf } from './reason.js';
import { survey } from './survey.js';

const tools = {
  root: repositoryRoot(),
  cases: CASES.filter(({ name }) => name === 'pipelining'),
  signal: new AbortController().signal,
};
const plain = (variant: Variant): Variant => ({ ...variant, answers: 'plain' });

test('a variant that passes has a result for each case', async () => {
  const seen: string[] = [];
  const onCase = (name: string, result: { name: string }) => seen.push(`${name} ${result.name}`);
  const done = await survey(plain(fixtureVariant('good')), { ...tools, onCase });
  expect(done).toMatchObject({ variant: 'good', status: 'passed', why: null });
  expect(done.cases).toMatchObject([{ name: 'pipelining', checks: 7, failure: null }]);
  expect(seen).toEqual(['good pipelining']);
});

test.each([
  ['cannot-run', 'skipped', 'cannot-run cannot run here: the kernel has no teleport(2)'],
  [
    'exits-at-start',
    'failed',
    expect.stringMatching(
      /^exits-at-start ended with exit status 1 before it was ready; stderr: bind: /,
    ),
  ],
])('%s is %s, with the reason', async (name, status, why) => {
  const done = await survey(plain(fixtureVariant(name)), tools);
  expect(done).toMatchObject({ status, why, cases: [] });
});

test('what is not installed, and what does not build, is said', async () => {
  const needs = [{ program: 'no-such-tool', hint: 'get it' }];
  const lacking = await survey({ ...fixtureVariant('good'), needs }, tools);
  expect(lacking).toMatchObject({
    status: 'skipped',
    why: 'no-such-tool is not installed: get it',
  });
  const launch = { build: ['false'], command: ['true'] };
  const broken = await survey({ ...fixtureVariant('good'), launch }, tools);
  expect(broken).toMatchObject({ status: 'failed', why: expect.stringContaining('did not build') });
});

test('a reason is one line, and of long texts the part that differs', () => {
  expect(reasonOf(new Error('one\n  two'))).toBe('one two');
  const long = 'a'.repeat(500);
  expect(reasonOf(failure(`${long}b`, `${long}c`))).toMatch(/^got …"a+b", not …"a+c"$/);
});

function failure(actual: string, expected: string): unknown {
  try {
    assert.equal(actual, expected);
  } catch (error) {
    return error;
  }
  throw new Error('they are equal');
}
