import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from './root.js';

test('the root is the folder of the package named iomodels, which holds this file', () => {
  const root = repositoryRoot();
  expect(path.join(root, 'harness')).toBe(import.meta.dirname);
  const content = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  expect(content.name).toBe('iomodels');
});
