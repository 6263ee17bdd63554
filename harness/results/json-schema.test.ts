import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { REGENERATE, SCHEMA_FILE, schemaText } from './json-schema.js';

const file = new URL('./results.schema.json', import.meta.url);

test('results.schema.json is current', async () => {
  expect(file.pathname.endsWith(SCHEMA_FILE)).toBe(true);
  const checkedIn: unknown = JSON.parse(await readFile(file, 'utf8'));
  expect(checkedIn, `it is stale: run ${REGENERATE}`).toEqual(JSON.parse(schemaText()));
});

test('it stands alone: every part is spelt out, nothing is allowed that is not named', () => {
  const schema = JSON.parse(schemaText());
  expect(schemaText()).not.toContain('"$ref"');
  expect(schema.additionalProperties).toBe(false);
  expect(schema.required).toContain('summary');
  expect(schema.$defs.trialsLine.oneOf).toHaveLength(3);
});
