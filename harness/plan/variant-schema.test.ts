import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../root.js';
import { discoverVariants } from './discover.js';
import { fieldHelp, fieldsAt, REGENERATE, SCHEMA_FILE, schemaText } from './variant-schema.js';

test('variant.schema.json is current', async () => {
  const checkedIn = await readFile(path.join(repositoryRoot(), SCHEMA_FILE), 'utf8');
  expect(JSON.parse(checkedIn), `it is stale: run ${REGENERATE}`).toEqual(JSON.parse(schemaText()));
});

test('every variant.json names the schema, so that editors find it', async () => {
  const root = repositoryRoot();
  for (const { folder, name } of await discoverVariants([path.join(root, 'servers')])) {
    const manifest = JSON.parse(await readFile(path.join(folder, 'variant.json'), 'utf8'));
    const found = path.resolve(folder, manifest.$schema ?? 'none');
    expect(found, name).toBe(path.join(root, SCHEMA_FILE));
  }
});

test('every field but those whose name says it explains itself', () => {
  expect(fieldHelp(['threadsPerCpu'])).toContain('per CPU');
  expect(fieldHelp(['launch', 'command'])).toContain('Starts the server');
  expect(fieldHelp(['needs', 0, 'hint'])).toBe('How to get it.');
  expect(fieldHelp(['nothing'])).toBeUndefined();
});

test('the fields at a place are those of every alternative', () => {
  expect(fieldsAt(['launch'])).toEqual([
    'native',
    'workdir',
    'build',
    'command',
    'version',
    'stop',
  ]);
  expect(fieldsAt([])).toContain('answers');
});
