import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../root.js';
import { REGENERATE, schemaTexts } from './schema-files.js';

test.each([...schemaTexts()])('%s is current', async (file, text) => {
  const checkedIn = JSON.parse(await readFile(path.join(repositoryRoot(), file), 'utf8'));
  expect(checkedIn, `it is stale: run ${REGENERATE}`).toEqual(JSON.parse(text));
});
