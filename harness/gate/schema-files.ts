/** JSON Schemas of the gate's files, for editors and other languages; checked in next to this. */
import { z } from 'zod';
import { acceptFileSchema } from './accept.js';
import { baselineSchema } from './baseline.js';
import { gateConfigSchema } from './config.js';
import { qualificationSchema } from './qualification.js';
import { gateFileSchema } from './schema.js';

/** Path from the repository's root -> the schema of the file that it describes. */
const SCHEMAS: Readonly<Record<string, readonly [title: string, schema: z.ZodType]>> = {
  'harness/gate/config.schema.json': ['iomodels gate.config.json', gateConfigSchema],
  'harness/gate/accept.schema.json': ['iomodels gate.accept.json', acceptFileSchema],
  'harness/gate/gate.schema.json': ['iomodels gate.json', gateFileSchema],
  'harness/gate/baseline.schema.json': ['iomodels baseline of the gate', baselineSchema],
  'harness/gate/qualification.schema.json': [
    'iomodels qualification of the gate',
    qualificationSchema,
  ],
};

/** The checked-in files, but for their layout. */
export function schemaTexts(): ReadonlyMap<string, string> {
  const files = Object.entries(SCHEMAS).map(([file, [title, schema]]) => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' });
    return [file, `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`] as const;
  });
  return new Map(files);
}

/** Writes them; the test that finds one stale prints this. */
export const REGENERATE = [
  'npm run build',
  'node scripts/gate-schemas.mjs',
  'npx biome format --write harness/gate',
].join(' && ');
