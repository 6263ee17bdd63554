import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../root.js';
import { DOCUMENT, REGENERATE, START, withClaimSections } from './document.js';
import { CLAIMS } from './index.js';

const text = readFileSync(path.join(repositoryRoot(), DOCUMENT), 'utf8');

test('docs/CLAIMS.md is current', () => {
  expect(text, `it is stale: run ${REGENERATE}`).toBe(withClaimSections(text));
});

test('what is written by hand stays, and every claim follows, once', () => {
  const made = withClaimSections(`# By hand\n\n${START}\n\n### an-old-claim\n`);
  expect(made).toMatch(/^# By hand\n\n<!--/);
  expect(made).not.toContain('an-old-claim');
  const sections = made.split(/^### /m).slice(1);
  expect(sections.map((section) => section.split('\n')[0])).toEqual(CLAIMS.map(({ id }) => id));
});

test('a document without a place for the claims is not touched', () => {
  expect(() => withClaimSections('# By hand\n')).toThrow('has no line');
});
