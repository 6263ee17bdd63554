/**
 * JSON Schema of results.json and of trials.ndjson's lines, for readers in other languages; checked
 * in as results.schema.json. Run as a program, from the repository's root, it rewrites that file
 * (REGENERATE).
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { resumeSchema } from './header.js';
import { resultsSchema, runHeaderSchema, trialSchema } from './schema.js';

/** Rewrites results.schema.json and formats it; the test that finds the file stale prints this. */
export const REGENERATE = [
  'npm run build',
  'node dist/harness/results/json-schema.js',
  'npx biome format --write harness/results/results.schema.json',
].join(' && ');

/** Path from the repository's root. */
export const SCHEMA_FILE = 'harness/results/results.schema.json';

/**
 * The checked-in file, but for its layout: the schema of results.json, with the schema of a line of
 * trials.ndjson in $defs.
 */
export function schemaText(): string {
  const line = z.discriminatedUnion('kind', [runHeaderSchema, trialSchema, resumeSchema]);
  const { $schema, ...results } = z.toJSONSchema(resultsSchema, { target: 'draft-2020-12' });
  const { $schema: _, ...trialsLine } = z.toJSONSchema(line, { target: 'draft-2020-12' });
  const title = 'iomodels results.json; $defs.trialsLine is a line of trials.ndjson';
  return `${JSON.stringify({ $schema, title, ...results, $defs: { trialsLine } }, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SCHEMA_FILE, schemaText());
